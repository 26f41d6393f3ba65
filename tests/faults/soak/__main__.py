"""Run the soak from the command line; see docs/endurance.md.

It is a test, as only the test plugin makes a Home Assistant that can be left without a trace; it is run by itself, without
what a test run remembers of every log line.
"""

import argparse
from pathlib import Path
import sys

import pytest

from .conftest import SECONDS, SEED, TURNS

CHECK = 300


def main() -> int:
    """Run it; return pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help=f"only {CHECK} turns")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no day after so many")
    chosen = parser.parse_args()
    turns = CHECK if chosen.check else chosen.turns
    quiet = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:logging", "-o", "timeout=0"]
    test = str(Path(__file__).with_name("test_soak.py"))
    options = (f"{TURNS}={turns}", f"{SEED}={chosen.seed}", f"{SECONDS}={chosen.minutes * 60}")
    return pytest.main([test, *options, *quiet])


if __name__ == "__main__":
    sys.exit(main())
