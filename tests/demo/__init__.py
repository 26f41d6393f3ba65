"""Tests of the demo's pure parts; the demo itself is run whole."""
