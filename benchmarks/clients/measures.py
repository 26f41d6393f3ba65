"""What is measured, in which unit, and what do we want of ourselves? Columns and marks."""

from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """One column of the table."""

    ALONE = "first delta"
    BURST = "burst"
    WS = "ws ready"
    WSS = "wss ready"
    CPU_IN = "CPU in"
    CPU_OUT = "CPU out"
    CPU_FLOOD = "CPU flood"
    TALK = "CPU talking"
    SESSION = "memory"
    GROWTH = "growth"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a measure is told."""

    measure: Measure
    title: str
    unit: str
    digits: int
    explained: str


COLUMNS = (
    Column(
        measure=Measure.ALONE,
        title="first delta",
        unit="µs",
        digits=0,
        explained="from the server's write of an answer's first audio delta, 20 ms after the events before it, to the"
        " moment that the library's user has its PCM",
    ),
    Column(
        measure=Measure.BURST,
        title="burst",
        unit="µs",
        digits=0,
        explained="the same where the delta comes in one piece with the seven events before it",
    ),
    Column(
        measure=Measure.WS,
        title="ws ready",
        unit="ms",
        digits=1,
        explained="from the call that connects to the moment that the server has read `session.update`",
    ),
    Column(
        measure=Measure.WSS,
        title="wss ready",
        unit="ms",
        digits=1,
        explained="the same with TLS 1.3 and a certificate authority of the benchmark's own, at the end of a bundle as"
        " long as a real one",
    ),
    Column(
        measure=Measure.CPU_IN,
        title="CPU in",
        unit="s/min",
        digits=2,
        explained="processor time for a minute of speech in frames of 20 ms; Realtime Assist resamples it from 16 to"
        " 24 kHz, all others are given 24 kHz",
    ),
    Column(
        measure=Measure.CPU_OUT,
        title="CPU out",
        unit="s/min",
        digits=2,
        explained="processor time for a minute of answers in deltas of 100 ms that come one by one",
    ),
    Column(
        measure=Measure.CPU_FLOOD,
        title="CPU flood",
        unit="s/min",
        digits=3,
        explained="the same where all deltas come at once",
    ),
    Column(
        measure=Measure.TALK,
        title="CPU talking",
        unit="s/min",
        digits=2,
        explained="processor time of one session for a minute of which it speaks half and listens half, beside others in one process",
    ),
    Column(
        measure=Measure.SESSION,
        title="memory",
        unit="KiB",
        digits=0,
        explained="resident memory of one more open session",
    ),
    Column(
        measure=Measure.GROWTH,
        title="growth",
        unit="KiB/min",
        digits=0,
        explained="by how much a session's resident memory grows with each minute of answers: the slope over eight of them",
    ),
    Column(
        measure=Measure.IMPORT,
        title="import",
        unit="s",
        digits=2,
        explained="the library's import, on top of Python's asyncio; for Realtime Assist on top of Home Assistant with what"
        " its default configuration loads: the Assist pipeline, the recorder, sensors, and streams, which bring numpy",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What we want of ourselves: not more than this, or than the floor where `limit` is None."""

    measure: Measure
    limit: float | None


MARKS = (
    Mark(measure=Measure.ALONE, limit=None),
    Mark(measure=Measure.BURST, limit=250),
    Mark(measure=Measure.WSS, limit=6),
    Mark(measure=Measure.CPU_IN, limit=0.80),
    Mark(measure=Measure.CPU_OUT, limit=0.22),
    Mark(measure=Measure.CPU_FLOOD, limit=0.025),
    Mark(measure=Measure.GROWTH, limit=1),
    Mark(measure=Measure.IMPORT, limit=0.1),
)
SESSIONS_PER_CORE_MARK = 190


def column(measure: Measure) -> Column:
    """Return how a measure is told."""
    return next(column for column in COLUMNS if column.measure is measure)
