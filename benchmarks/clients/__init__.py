"""Clients of the Realtime API side by side: ours, the bare socket, and the libraries that people use otherwise."""
