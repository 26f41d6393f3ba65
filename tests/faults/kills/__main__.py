"""What is lost, and what is counted twice, when Home Assistant is killed? A real one, at random moments, again and again."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
import sys
import tempfile

from demo.home_assistant import REPOSITORY
from demo.lifetime import exit_status
from demo.report import Report

from .bill import billing_server
from .house import SHIPPED_DELAY, new_house
from .lives import Lives, Moment, Tally

BUILD = Path("build/endurance")
HASTY_DELAY = 2.0
# A life of the house with the shipped delay takes three times as long.
_SHIPPED_SHARE = 1 / 3
_ANSWERS_PER_LIFE = 400
_CHECK = (Moment.WRITE, Moment.STARTUP, Moment.TURN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A house: what it is called, when its turns are written down, and when each of its lives is ended."""

    pace: str
    delay: float
    moments: Sequence[Moment]


def plans(restarts: int, random: Random) -> list[Plan]:
    """Return the houses of a run with so many restarts in all; each has the moments evenly, in random order."""
    patient = round(restarts * _SHIPPED_SHARE)
    counts = {"as shipped": (SHIPPED_DELAY, patient), "hasty": (HASTY_DELAY, restarts - patient)}
    return [
        Plan(pace=pace, delay=delay, moments=_moments(count, random))
        for pace, (delay, count) in counts.items()
        if count
    ]


def _moments(count: int, random: Random) -> list[Moment]:
    every = list(Moment)
    moments = [every[number % len(every)] for number in range(count)]
    random.shuffle(moments)
    return moments


async def kills(chosen: Sequence[Plan], seed: int, report: Report) -> bool:
    """Let all houses live side by side; return whether nothing was wrong."""
    report.step(f"{sum(len(plan.moments) for plan in chosen)} restarts, seed {seed}; logs go to {BUILD}/")
    tallies = await asyncio.gather(*(_house(plan, seed, report) for plan in chosen))
    for line in summary(tallies):
        report.step(line)
    return not any(tally.wrong for tally in tallies)


def summary(tallies: Sequence[Tally]) -> list[str]:
    """Return what came of all houses, in lines."""
    losses = [loss for tally in tallies for loss in tally.losses]
    moments = {moment: sum(tally.lives[moment] for tally in tallies) for moment in Moment}
    billed, kept = sum(tally.billed for tally in tallies), sum(tally.kept for tally in tallies)
    wrong = [each for tally in tallies for each in tally.wrong]
    halves = sum(tally.halves for tally in tallies)
    return [
        f"restarts {len(losses)} ({', '.join(f'{count} {moment}' for moment, count in moments.items())})",
        f"turns billed {billed}, kept {kept}, lost {sum(loss.turns for loss in losses)}",
        f"turns billed and not over at a kill {sum(loss.unfinished for loss in losses)}",
        f"largest loss {max(loss.seconds for loss in losses):.1f} s before the kill",
        f"files left half written, beside the right ones {halves}",
        f"double counts and whatever else must not be {len(wrong)}",
        *(f"  {each}" for each in wrong),
    ]


async def _house(plan: Plan, seed: int, report: Report) -> Tally:
    random = Random(f"{seed} {plan.pace}")
    log = REPOSITORY / BUILD / f"kills-{plan.pace.replace(' ', '-')}.log"
    with tempfile.TemporaryDirectory(prefix="realtime-assist-") as folder:
        async with billing_server(random, _ANSWERS_PER_LIFE * len(plan.moments)) as server:
            house = await new_house(Path(folder), log, server.http_url, delay=plan.delay, random=random)
            report.step(f"{plan.pace}: the house stands")
            lives = Lives(house, server, random, report, plan.pace)
            await lives.run(plan.moments)
    return lives.tally


def main() -> int:
    """Return the exit status of `scripts/endurance kills`."""
    parser = argparse.ArgumentParser("scripts/endurance kills", description=__doc__)
    parser.add_argument("--restarts", type=int, default=50, help="of all houses together (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="three restarts, for every change")
    found = parser.parse_args()
    if found.restarts < 1:
        parser.error("--restarts must be 1 or more")
    chosen = (
        [Plan(pace="hasty", delay=HASTY_DELAY, moments=_CHECK)]
        if found.check
        else plans(found.restarts, Random(found.seed))
    )
    report = Report()
    return exit_status(kills(chosen, found.seed, report), report)


if __name__ == "__main__":
    sys.exit(main())
