"""How fast are we beside the bare socket and beside what else people could use? All in one run."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import sys
import tempfile

from benchmarks.clients.environments import CONTESTANTS, FLOOR, OURS, Contestant, make_environments
from benchmarks.clients.measures import Measure
from benchmarks.clients.page import COMMAND, PLOT, SECTION, section
from benchmarks.clients.plot import plot
from benchmarks.clients.results import Result
from benchmarks.clients.rounds import Size, arena
from benchmarks.machine import facts, load
from benchmarks.sections import DOCS, PAGE
from demo.lifetime import exit_status
from demo.report import Report

DEFAULT_ROUNDS = 4
# No round begins that would not be over by then.
MOST_SECONDS = 540.0
STAGED = Size(latencies=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    rounds: int
    contestants: tuple[Contestant, ...]
    docs: Path


def parse(arguments: Sequence[str]) -> Options:
    """Return the options, or leave with a usage message."""
    drivers = [contestant.driver for contestant in CONTESTANTS]
    parser = argparse.ArgumentParser(COMMAND, description=__doc__)
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, help="of all clients (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=drivers, default=drivers, help="measure these clients alone")
    parser.add_argument("--docs", type=Path, default=DOCS, help=f"the folder of {PAGE}")
    found = parser.parse_args(arguments)
    if found.rounds < 1:
        parser.error("--rounds must be 1 or more")
    contestants = tuple(contestant for contestant in CONTESTANTS if contestant.driver in found.only)
    return Options(rounds=found.rounds, contestants=contestants, docs=found.docs)


async def bench(options: Options, report: Report) -> bool:
    """Measure everything and write page and plot."""
    report.step("making the environments of the clients, where they are not there yet")
    await make_environments(options.contestants)
    begun, size = load(), Size()
    results = await _measured(options, size, report)
    written = section(results, facts(begun), size)
    print(written)
    await asyncio.to_thread(SECTION.write, options.docs, written, {PLOT: plot(results)})
    report.step(f"wrote {options.docs / PAGE}")
    return True


async def _measured(options: Options, size: Size, report: Report) -> list[Result]:
    """Measure all clients in turn, round after round."""
    results = [Result(contestant=contestant) for contestant in options.contestants]
    with tempfile.TemporaryDirectory(prefix="realtime-assist-") as folder:
        async with arena(Path(folder)) as place:
            longest = 0.0
            for number in range(options.rounds):
                if report.elapsed + longest > MOST_SECONDS:
                    report.step(f"no time for round {number + 1}")
                    break
                begun = report.elapsed
                for result in results if number % 2 == 0 else reversed(results):
                    result.add(await place.measure(result.contestant, size))
                    report.step(f"round {number + 1}: {_told(result)}")
                longest = max(longest, report.elapsed - begun)
            for result in results:
                if result.contestant in (FLOOR, OURS):
                    report.step(f"looking where {result.contestant.driver} spends its time")
                    result.stages = await place.stages(result.contestant, STAGED)
    return results


def _told(result: Result) -> str:
    first, burst = result.figure(Measure.ALONE).median, result.figure(Measure.BURST).median
    return f"{result.contestant.driver}, first delta {first:.0f} µs, burst {burst:.0f} µs"


def main() -> int:
    """Return the exit status of `scripts/benchmark client`."""
    report = Report()
    return exit_status(bench(parse(sys.argv[1:]), report), report)


if __name__ == "__main__":
    sys.exit(main())
