"""An answer's way through a real Home Assistant: whose time is it, from the end of speech to the first sound."""
