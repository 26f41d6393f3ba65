"""Many turns from many satellites at a far end that breaks, with all waiting left out."""
