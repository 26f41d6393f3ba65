"""How does the server answer? Known to it and to whoever measures."""

from enum import StrEnum


class Workload(StrEnum):
    """What one response looks like on the wire."""

    ALONE = "alone"
    """One audio delta, long after the events before it."""
    BURST = "burst"
    """One audio delta in one piece with the events before it."""
    PACED = "paced"
    """Audio deltas one by one."""
    FLOOD = "flood"
    """Audio deltas as fast as they leave."""
