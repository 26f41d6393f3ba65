"""Faults of networks, servers and homes, and what becomes of a voice run that meets them."""
