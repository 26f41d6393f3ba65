"""How much of an answer has been heard, as far as a clock can tell.

A pipeline takes audio much faster than it is played: what was handed out says nothing about what was heard. A satellite
plays from the first byte on without a pause, unless it runs out of audio.
"""

from dataclasses import dataclass, field

from ..realtime.audio import WIRE, byte_count, duration


@dataclass(slots=True)
class _Stretch:
    """Bytes that are played without a pause from `begun` on, a clock's seconds; silence of ours is not counted."""

    begun: float
    ends: float
    num_bytes: int


@dataclass(slots=True)
class Playback:
    """What was taken of PCM16 at 24 kHz, and when."""

    _stretches: list[_Stretch] = field(default_factory=list)

    def took(self, num_bytes: int, now: float, *, silence: bool = False) -> None:
        """Take note of audio that was handed out; `silence` is none of the answer's own."""
        last = self._stretches[-1] if self._stretches else None
        seconds = duration(num_bytes, WIRE)
        if last is None or now > last.ends or silence:
            begun = now if last is None else max(now, last.ends)
            self._stretches.append(_Stretch(begun, begun + seconds, 0 if silence else num_bytes))
        elif last.num_bytes:
            last.ends += seconds
            last.num_bytes += num_bytes
        else:
            self._stretches.append(_Stretch(last.ends, last.ends + seconds, num_bytes))

    def playing(self, now: float) -> bool:
        """Return whether something that was taken is still being played."""
        return bool(self._stretches) and now < self._stretches[-1].ends

    def heard(self, now: float) -> int:
        """Return how many bytes of the answer have been heard."""
        return sum(
            min(stretch.num_bytes, byte_count(max(0.0, now - stretch.begun), WIRE)) for stretch in self._stretches
        )
