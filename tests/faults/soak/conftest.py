"""How many turns the soak takes."""

import pytest

TURNS, SEED, SECONDS = "--soak-turns", "--soak-seed", "--soak-seconds"
FEW = 60
"""What the whole suite has time for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the options of `python -m tests.faults.soak`."""
    parser.addoption(TURNS, type=int, default=FEW)
    parser.addoption(SEED, type=int, default=1)
    parser.addoption(SECONDS, type=float, default=float("inf"))
