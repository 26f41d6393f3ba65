"""Feed every target for a while; what breaks one is kept as a file that does so again.

    python -m tests.faults.fuzz --minutes 10 [--target events] [--seed 1]
    python -m tests.faults.fuzz --check

With atheris, in `.tools/fuzz`, what reaches new lines is kept and changed further; without, good input is changed at
random. `--check` takes about twenty seconds for all of it.
"""

import argparse
from pathlib import Path
import sys

from .runs import ATHERIS, run_blind, run_guided
from .targets import TARGETS

CHECK_SECONDS = 1.5
FOLDER = Path("build") / "fuzz"


def main() -> int:
    """Run the targets; return 1 where one broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fuzz")
    parser.add_argument("--minutes", type=float, default=10.0, help="for all targets together (10)")
    parser.add_argument("--target", choices=sorted(TARGETS), help="this one alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="a moment for each target, without atheris")
    options = parser.parse_args()
    targets = [options.target] if options.target else list(TARGETS)
    seconds = CHECK_SECONDS if options.check else options.minutes * 60 / len(targets)
    guided = ATHERIS.is_dir() and not options.check
    if not guided and not options.check:
        _say("atheris is not there (scripts/setup --fuzz; x86_64 only): going without an eye on the lines reached")
    broken = 0
    for target in targets:
        folder = FOLDER / target
        folder.mkdir(parents=True, exist_ok=True)
        found = (run_guided if guided else run_blind)(target, seconds, folder, options.seed)
        _say(f"{target:16} {found.inputs:>10} inputs  {found.note}")
        broken += found.failure is not None
        if found.failure is not None:
            _say(f"  broken by {found.failure}")
    return 1 if broken else 0


def _say(line: str) -> None:
    """Tell whoever watches."""
    sys.stdout.write(f"{line.rstrip()}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
