"""Tests of the protocol core: no loop, no socket, no clock."""
