"""How an answer ends, and what of it comes after whoever answers it has gone on: usage, errors."""

from ..realtime import CommandRefused, ResponseDone
from .answer import failure_of
from .exceptions import SessionError, error_from_code
from .ladder import Ladder
from .responding import Responding
from .standing import Standing
from .turn import Turn
from .uplink import Uplink


class Tail:
    """Ends the answers of a conversation's turns."""

    def __init__(self, uplink: Uplink, ladder: Ladder, standing: Standing, responding: Responding) -> None:
        self._uplink = uplink
        self._ladder = ladder
        self._standing = standing
        self._responding = responding

    def answered(self, turn: Turn) -> None:
        """Take note that an answer is whole."""
        turn.finish()
        if turn.rung is not None:
            self._ladder.succeeded(turn.rung)

    def failed(self, turn: Turn, error: SessionError) -> None:
        """Take note of the error that has ended an answer; what the server still says of it is cut off."""
        if not turn.finished:
            self._standing.leave_rung(turn, error)
        turn.fail(error)
        if not turn.cut and self._responding.responses.running(turn) is not None:
            self._cut_short(turn)

    def follow(self, turn: Turn) -> None:
        """Take in what has come of an answer that nobody waits for any more."""
        for event in turn.inbox.drain():
            match event:
                case ResponseDone():
                    self._over(turn, failure_of(event))
                case CommandRefused():
                    self._over(turn, error_from_code(event.code, event.error_type))
        if not turn.finished and turn.inbox.error is not None:
            # The socket went away before what had come last was taken.
            self.failed(turn, turn.inbox.error)

    def _over(self, turn: Turn, error: SessionError | None) -> None:
        """Take note of the end."""
        if error is None:
            self.answered(turn)
        else:
            self.failed(turn, error)
        # A call that came all the same has no result, as nobody is there to run it.
        self._cut_short(turn)

    def _cut_short(self, turn: Turn) -> None:
        """Leave the conversation as if all of the audio had been heard."""
        if (link := self._uplink.usable) is not None:
            self._responding.retraction.cut_short(link, turn, turn.audio.num_bytes)
