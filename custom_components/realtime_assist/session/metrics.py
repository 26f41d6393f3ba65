"""When things happened in a turn, and what its responses used: stamps of the session's clock, and tokens by model."""

from dataclasses import dataclass, field
from enum import StrEnum

from ..realtime import Usage


class Stamp(StrEnum):
    """A moment of a turn; only its first time counts."""

    BEGUN = "begun"
    SPEECH_ENDED = "speech_ended"
    """The user has finished: the audio was committed, or the text was there."""
    TRANSCRIPT = "transcript"
    FIRST_TEXT = "first_text"
    FIRST_AUDIO = "first_audio"
    FINISHED = "finished"


@dataclass(slots=True)
class TurnTimings:
    """The stamps of one turn, in seconds of the session's clock."""

    stamps: dict[Stamp, float] = field(default_factory=dict)
    connect: float | None = None
    """Seconds that opening a socket took within the turn; None where one was open."""
    session_age: float | None = None
    """How old the socket was when the turn began, in seconds; None where there was none."""

    def mark(self, stamp: Stamp, now: float) -> None:
        """Stamp a moment, unless it was stamped before."""
        self.stamps.setdefault(stamp, now)

    def forget(self, *stamps: Stamp) -> None:
        """Take stamps back: what they stood for is to happen once more."""
        for stamp in stamps:
            self.stamps.pop(stamp, None)

    def since_speech(self, stamp: Stamp) -> float | None:
        """Return the seconds from the end of speech to a moment; None where either did not come."""
        return self._between(Stamp.SPEECH_ENDED, stamp)

    @property
    def total(self) -> float | None:
        """Return the seconds of the whole turn; None while it runs."""
        return self._between(Stamp.BEGUN, Stamp.FINISHED)

    def _between(self, start: Stamp, end: Stamp) -> float | None:
        """Return the seconds between two stamps."""
        if start not in self.stamps or end not in self.stamps:
            return None
        return self.stamps[end] - self.stamps[start]


@dataclass(slots=True)
class Meter:
    """What the responses of one turn used, as the server reports it, by model: a turn may go through several."""

    usage: dict[str, Usage] = field(default_factory=dict)
    unreported: set[str] = field(default_factory=set)
    """The ids of responses that have made something and of whose use the server has not said a word."""

    def output(self, response_id: str) -> None:
        """Take note that a response makes something, which will cost."""
        self.unreported.add(response_id)

    def done(self, model: str, response_id: str | None, usage: Usage | None) -> None:
        """Take note of what a response has used; None is what the server reported."""
        if usage is None:
            return
        self.usage[model] = self.usage.get(model, Usage()) + usage
        if response_id is None:
            self.unreported.clear()
        else:
            self.unreported.discard(response_id)
