"""Tests of the sessions: real sockets, no Home Assistant."""
