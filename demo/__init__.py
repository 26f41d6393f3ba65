"""The house of the demo: real Home Assistant, the local server and spoken commands."""
