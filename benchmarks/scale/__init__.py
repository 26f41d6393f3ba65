"""Many satellites that talk at once to one Home Assistant: how does what they notice grow."""
