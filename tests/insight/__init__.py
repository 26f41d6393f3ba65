"""Tests of the figures: no clock, no socket, no Home Assistant."""
