"""Have we become slower? A quick look at ratios to the floor, which do not depend on the machine; for every change.

Times on a machine that does other things as well vary by far more than code does. So the best of three rounds is taken of
either side, and a limit is well above the worst that was seen on a machine that did much else meanwhile.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
import sys
import tempfile

from benchmarks.clients.environments import FLOOR, OURS, Contestant
from benchmarks.clients.measures import Measure
from benchmarks.clients.rounds import Samples, Size, arena
from demo.lifetime import exit_status
from demo.report import Report

# How often the floor's figure ours may be.
LIMITS: Mapping[Measure, float] = {
    Measure.ALONE: 2.0,
    Measure.BURST: 3.5,
    Measure.CPU_IN: 2.5,
    Measure.CPU_OUT: 2.5,
    Measure.CPU_FLOOD: 2.0,
}
SIZE = Size(latencies=10, audio_s=5.0)
ROUNDS = 3


def ratios(ours: Sequence[Samples], floor: Sequence[Samples]) -> Mapping[Measure, float]:
    """Return how often the floor's figure ours is: the best of the rounds of either."""
    return {measure: _best(ours, measure) / _best(floor, measure) for measure in LIMITS}


def exceeded(found: Mapping[Measure, float]) -> list[str]:
    """Return a sentence for each ratio that is over its limit."""
    return [
        f"{measure} is {ratio:.1f} times the floor's, and may be {LIMITS[measure]:.1f} times that"
        for measure, ratio in found.items()
        if ratio > LIMITS[measure]
    ]


def _best(rounds: Sequence[Samples], measure: Measure) -> float:
    return min(median(samples[measure]) for samples in rounds)


async def check(report: Report) -> bool:
    """Measure both sides in turn; return whether all ratios are within their limits."""
    found: dict[Contestant, list[Samples]] = {FLOOR: [], OURS: []}
    with tempfile.TemporaryDirectory(prefix="realtime-assist-") as folder:
        async with arena(Path(folder)) as place, place.client(FLOOR) as floor, place.client(OURS) as ours:
            for client in (floor, ours):
                await client.answer()
            for _ in range(ROUNDS):
                found[FLOOR].append(await place.session(floor, SIZE))
                found[OURS].append(await place.session(ours, SIZE))
    seen = ratios(found[OURS], found[FLOOR])
    told = ", ".join(f"{measure} {ratio:.1f} of {LIMITS[measure]:.1f}" for measure, ratio in seen.items())
    report.step(f"times the floor: {told}")
    for sentence in (sentences := exceeded(seen)):
        report.step(sentence)
    return not sentences


def main() -> int:
    """Return the exit status of `scripts/benchmark --check`."""
    report = Report()
    return exit_status(check(report), report)


if __name__ == "__main__":
    sys.exit(main())
