"""Tests: real parts, servers on 127.0.0.1, no sleeping."""
