"""What do the samples of all rounds come to? Medians, percentiles, and what follows from them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.clients.environments import Contestant
from benchmarks.clients.measures import Measure
from benchmarks.clients.rounds import Samples
from benchmarks.clients.stages import Stages

_SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What many samples come to."""

    median: float
    p95: float
    count: int


@dataclass(slots=True, kw_only=True)
class Result:
    """All that was measured of one client."""

    contestant: Contestant
    rounds: int = 0
    samples: dict[Measure, list[float]] = field(default_factory=lambda: defaultdict(list))
    stages: dict[Measure, Stages] = field(default_factory=dict)
    """Where the time of first sounds goes; of ours and of the floor alone."""

    def add(self, samples: Samples) -> None:
        """Take in one round."""
        self.rounds += 1
        for measure, found in samples.items():
            self.samples[measure].extend(found)

    def figure(self, measure: Measure) -> Figure:
        """Return a measure over all rounds."""
        return figure(self.samples[measure])

    @property
    def sessions_per_core(self) -> float:
        """How many sessions, half of which speak and half listen, one core has room for."""
        return _SECONDS_PER_MINUTE / self.figure(Measure.TALK).median


def figure(samples: Sequence[float]) -> Figure:
    """Return what samples come to; the 95th percentile is the nearest one that was seen."""
    ordered = sorted(samples)
    nearest = max(0, -(-len(ordered) * 95 // 100) - 1)
    return Figure(median=median(ordered), p95=ordered[nearest], count=len(ordered))
