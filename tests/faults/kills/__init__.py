"""Home Assistant killed at random moments, and what is left of what was counted."""
