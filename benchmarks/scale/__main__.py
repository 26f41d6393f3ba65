"""How many satellites may talk at once to one Home Assistant? Crowds of several sizes, one after the other."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
import sys
import tempfile

from benchmarks.machine import facts, load
from benchmarks.scale.crowd import Samples, talk
from benchmarks.scale.house import BUILD, House, crowded_house
from benchmarks.scale.page import COMMAND, PLOT, SECTION, plot, section
from benchmarks.sections import DOCS, PAGE
from custom_components.realtime_assist.model_options import DEFAULT_MAX_SESSIONS
from demo.lifetime import exit_status
from demo.report import Report

DEFAULT_SATELLITES = (1, 10, 25, 50)
DEFAULT_ROUNDS = 4
FEWEST_TURNS = 12
OVER_THE_LIMIT = DEFAULT_MAX_SESSIONS + 4
SESSIONS = 100
"""As many as an agent may be set to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    satellites: tuple[int, ...]
    rounds: int
    docs: Path


def parse(arguments: Sequence[str]) -> Options:
    """Return the options, or leave with a usage message."""
    parser = argparse.ArgumentParser(COMMAND, description=__doc__)
    numbers = " ".join(map(str, DEFAULT_SATELLITES))
    parser.add_argument(
        "--satellites", type=int, nargs="+", default=DEFAULT_SATELLITES, help=f"how many at once (default: {numbers})"
    )
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, help="of each crowd (default: %(default)s)")
    parser.add_argument("--docs", type=Path, default=DOCS, help=f"the folder of {PAGE}")
    found = parser.parse_args(arguments)
    if found.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if not 1 <= min(found.satellites) <= max(found.satellites) <= SESSIONS:
        parser.error(f"--satellites must be from 1 to {SESSIONS}")
    return Options(satellites=tuple(sorted(set(found.satellites))), rounds=found.rounds, docs=found.docs)


async def bench(options: Options, report: Report) -> bool:
    """Measure every crowd and write section and plot; failed turns are told and do not end it."""
    report.step(f"starting Home Assistant and its server; logs go to {BUILD}/")
    begun = load()
    most = max(*options.satellites, OVER_THE_LIMIT)
    crowds = [Samples(count=count) for count in options.satellites]
    limited = Samples(count=OVER_THE_LIMIT)
    with tempfile.TemporaryDirectory(prefix="realtime-assist-") as folder:
        async with crowded_house(Path(folder), most) as house:
            report.step(f"the house is ready, with {most} satellites")
            await talk(house, limited, new=True)
            report.step(f"with {DEFAULT_MAX_SESSIONS} sessions {_told(limited)}")
            await house.allow_sessions(SESSIONS)
            await talk(house, Samples(count=1), new=True)
            for crowd in crowds:
                await _measure(house, crowd, options.rounds)
                report.step(_told(crowd))
    for crowd in crowds:
        for failure in crowd.failures:
            report.step(f"a turn failed beside {crowd.count - 1} others: {failure}")
    again = f"{COMMAND} --satellites {' '.join(map(str, options.satellites))} --rounds {options.rounds}"
    written = section(crowds, limited, DEFAULT_MAX_SESSIONS, facts(begun), again)
    print(written)
    await asyncio.to_thread(SECTION.write, options.docs, written, {PLOT: plot(crowds)})
    report.step(f"wrote {options.docs / PAGE}")
    return all(crowd.answered for crowd in crowds)


async def _measure(house: House, crowd: Samples, rounds: int) -> None:
    """Let a crowd speak, once in new conversations and then as often as makes enough turns."""
    await talk(house, crowd, new=True)
    for _ in range(max(rounds, FEWEST_TURNS // crowd.count)):
        await talk(house, crowd)


def _told(crowd: Samples) -> str:
    times = crowd.answered or crowd.first_turns
    first = f"first audio after {median(times) * 1000:.0f} ms" if times else "no answer"
    failed = f"{len(crowd.failures)} of {crowd.turns} turns failed"
    return f"{crowd.count} satellites: {first}, {mean(crowd.talking):.2f} cores, {failed}"


def main() -> int:
    """Return the exit status of `scripts/benchmark scale`."""
    report = Report()
    return exit_status(bench(parse(sys.argv[1:]), report), report)


if __name__ == "__main__":
    sys.exit(main())
