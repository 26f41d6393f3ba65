"""What do many samples come to? Percentiles that were measured."""

from collections.abc import Iterable
import math


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least this share of all are no greater than; there must be one."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
