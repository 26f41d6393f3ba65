"""On which rung a conversation stands: what moves its turns down the ladder, and what they have to tell of that."""

from collections import Counter
from dataclasses import dataclass, field
import logging

from .exceptions import SessionError
from .ladder import Descent, Ladder, LadderExhausted, Move, Rung
from .turn import Turn

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class _Untold:
    """What happened between two turns, in the words of a turn."""

    connections_tried: int = 0
    connections_failed: int = 0
    errors: Counter[str] = field(default_factory=Counter)


class Standing:
    """The rung that the turns of a conversation were told of last, and connections that were made between them."""

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        self._rung = ladder.rungs[0]
        self._untold = _Untold()

    # Connections; `turn` is the one that runs

    def turn_begun(self, turn: Turn, rung: Rung | None) -> None:
        """Tell a new turn what happened since the one before; `rung` is where the link that it finds open stands."""
        untold, self._untold = self._untold, _Untold()
        turn.connections_tried += untold.connections_tried
        turn.connections_failed += untold.connections_failed
        turn.errors += untold.errors
        if rung is not None:
            self._stand(turn, rung)

    def opened(self, turn: Turn | None, rung: Rung) -> None:
        """Take note of a link that was opened."""
        (turn or self._untold).connections_tried += 1
        if turn is not None:
            self._stand(turn, rung)

    def dial_failed(self, turn: Turn | None, rung: Rung, error: SessionError, move: Move) -> None:
        """Take note of a rung that refused the dial, and of where the next one goes."""
        (turn or self._untold).connections_tried += 1
        self.not_let_in(turn, error)
        if turn is None:
            return
        if move is Move.SAME_RUNG:
            self._retry(turn, rung)
        else:
            turn.passed[rung] = error.code

    def not_let_in(self, turn: Turn | None, error: SessionError) -> None:
        """Take note of a connection that ended before the server's greeting."""
        (turn or self._untold).connections_failed += 1
        if turn is not None:
            turn.note(error)
        else:
            self._untold.errors[error.code] += 1

    # Errors

    def passed(self, turn: Turn | None) -> set[Rung]:
        """Return the rungs that are not to be dialled for a turn, which never goes up again."""
        return set() if turn is None else {*turn.passed, *self._ladder.above(turn.rung)}

    def recover(self, turn: Turn, error: SessionError, *, link_lives: bool) -> SessionError | None:
        """Return None where a turn goes on after an error, and the error that ends it otherwise.

        It goes on where its rung gets a second try, or on another one once `turn.passed` has its own.
        """
        if turn.finished or turn.rung is None or isinstance(error, LadderExhausted):
            return error
        move = self._ladder.move(error, retried=turn.rung in turn.retried)
        if move is Move.SAME_RUNG and (link_lives or turn.can_be_told_again):
            self._retry(turn, turn.rung)
            return None
        self.leave_rung(turn, error)
        if move is not Move.NEXT_RUNG or not turn.can_be_told_again:
            return error
        return None if self._ladder.has_left(self.passed(turn)) else self._ladder.exhausted(error)

    def leave_rung(self, turn: Turn, error: SessionError) -> None:
        """Count the failure of the turn's rung; one turn counts once against each."""
        if turn.rung is None or turn.rung in turn.passed or isinstance(error, LadderExhausted):
            return
        turn.passed[turn.rung] = error.code
        self._ladder.failed(turn.rung, error)

    def _retry(self, turn: Turn, rung: Rung) -> None:
        """Give a rung its second try."""
        turn.retries += 1
        turn.retried.add(rung)

    def _stand(self, turn: Turn, rung: Rung) -> None:
        """Note on which rung the turn stands now, and whether that is lower than where the one before stood."""
        left, self._rung = self._rung, rung
        turn.rung = rung
        if left not in self._ladder.above(rung):
            return
        broken = self._ladder.breaker(left).error
        reason = turn.passed.get(left) or (broken.code if broken is not None else "unavailable")
        turn.descents.append(Descent(left=left, taken=rung, reason=reason))
        _LOGGER.info("%s cannot answer (%s); %s takes its place", left.model, reason, rung.model)
