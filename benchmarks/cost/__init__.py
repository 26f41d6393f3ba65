"""What do typical commands cost, what of it is the prompt, what the speech, and what do options save? By counted tokens."""
