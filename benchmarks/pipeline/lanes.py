"""Who speaks when? Several satellites at a time, so timed that none of them is at its moment while another one is.

A row's runs are spoken one after the other; in a beat there is one run of each of several rows. The cascade's local ears
and voice take a whole core for as long as they work, so its end of speech is noticed that much earlier than all others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
import itertools

from benchmarks.pipeline.kinds import CASCADED, REALTIME, Kind, Way
from benchmarks.pipeline.server import SILENCE_SECONDS

LANES = 4
"""How many rows that wait for a server share a beat."""
STAGGER_SECONDS = 0.22
"""Between their moments: no sum of a server's fixed times, so that they never fall together."""
HOME_ASSISTANT_SILENCE_SECONDS = 1.2
"""After how long Home Assistant notices the end of speech, about."""
CASCADE_SECONDS = 1.1
"""What the cascade's ears and voice take after that, at most in nearly all runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One run of a beat: in which lane, and how many seconds after the beat's begin its satellite begins to speak."""

    lane: int
    kind: Kind
    begin: float


def alone(kind: Kind) -> Sequence[Slot]:
    """Return a beat in which nobody else speaks."""
    return (Slot(lane=0, kind=kind, begin=0.0),)


def beats(number: int, speech_seconds: Mapping[Kind, float]) -> Iterator[Sequence[Slot]]:
    """Yield the beats of a round, in which every row is spoken once; each round has other neighbours."""
    turned = REALTIME[number % len(REALTIME) :] + REALTIME[: number % len(REALTIME)]
    cascaded = CASCADED if number % 2 == 0 else CASCADED[::-1]
    batches = list(itertools.batched(turned, LANES, strict=False))
    for batch, other in itertools.zip_longest(batches, cascaded):
        noticed = [(other, 0.0)] if other else []
        noticed += [(kind, CASCADE_SECONDS + place * STAGGER_SECONDS) for place, kind in enumerate(batch or ())]
        yield _slots(noticed, speech_seconds)


def _slots(noticed: Sequence[tuple[Kind, float]], speech_seconds: Mapping[Kind, float]) -> Sequence[Slot]:
    """Return runs whose end of speech is noticed at these times, the first of which begins at once."""
    begins = [at - _silence(kind) - speech_seconds[kind] for kind, at in noticed]
    return [
        Slot(lane=lane, kind=kind, begin=begin - min(begins))
        for lane, ((kind, _), begin) in enumerate(zip(noticed, begins, strict=True))
    ]


def _silence(kind: Kind) -> float:
    return SILENCE_SECONDS if kind.way is Way.SERVER_VAD else HOME_ASSISTANT_SILENCE_SECONDS
