"""The rungs that can answer, from the wanted one down, and which error moves to which.

A rung is a model with its voice. Each has a circuit breaker: after failures in a row it is left alone for a while that
grows, then tried again. Another breaker stands before the account as a whole, for what no other model can help.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .clock import Clock
from .exceptions import ModelUnavailable, RateLimited, SessionError

# A turn or two may fail by chance; after three in a row the next one should not wait for another.
FAILURES_TO_OPEN = 3
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 30 * 60.0
# Where the server does not say when its limit is reset.
RATE_LIMIT_PAUSE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A model, and the voice that it speaks with."""

    model: str
    voice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """A step down the ladder: what was left, what took its place, and the code of the reason."""

    left: Rung
    taken: Rung
    reason: str


class LadderExhausted(SessionError):
    """No rung is left; `cause` is why the last one could not answer."""

    reason = "ladder_exhausted"

    def __init__(self, code: str | None = None, *, cause: SessionError | None = None) -> None:
        """Keep the cause: it has the sentence that the user hears."""
        super().__init__(code if cause is None else cause.code)
        self.cause = cause


class Move(StrEnum):
    """Where to go after an error."""

    SAME_RUNG = "same_rung"
    NEXT_RUNG = "next_rung"
    GIVE_UP = "give_up"


@dataclass(slots=True)
class Breaker:
    """Counts failures in a row, and says for how long to keep away. Times are a clock's seconds."""

    failures: int = 0
    closed_at: float = 0.0
    """When the next try is due; in the past while nothing is wrong."""
    error: SessionError | None = None
    """What went wrong last."""

    def allows(self, now: float) -> bool:
        """Return whether a try is due."""
        return now >= self.closed_at

    def fail(self, error: SessionError, now: float, *, opens_after: int = FAILURES_TO_OPEN, pause: float = 0.0) -> None:
        """Count a failure. With `opens_after` of them in a row the breaker opens, for `pause` seconds at least."""
        self.failures += 1
        self.error = error
        if self.failures >= opens_after:
            growing = FIRST_PAUSE * 2 ** min(self.failures - opens_after, 10)
            self.closed_at = now + max(pause, min(growing, LONGEST_PAUSE))

    def succeed(self) -> None:
        """Forget the failures."""
        self.failures = 0
        self.closed_at = 0.0
        self.error = None


@dataclass(slots=True)
class Ladder:
    """The rungs of one agent, shared by its conversations."""

    rungs: Sequence[Rung]
    clock: Clock
    account: Breaker = field(default_factory=Breaker)
    breakers: dict[Rung, Breaker] = field(default_factory=dict)

    def choose(self, passed: Collection[Rung] = ()) -> Rung:
        """Return the highest rung that may be tried and has not been passed. Raises LadderExhausted."""
        now = self.clock.time()
        if not self.account.allows(now) and self.account.error is not None:
            raise LadderExhausted(cause=self.account.error)
        cause: SessionError | None = None
        for rung in self.rungs:
            breaker = self.breaker(rung)
            if rung not in passed and breaker.allows(now):
                return rung
            cause = breaker.error or cause
        raise LadderExhausted(cause=cause)

    def has_left(self, passed: Collection[Rung]) -> bool:
        """Return whether there is a rung to try that was not passed."""
        now = self.clock.time()
        return any(rung not in passed and self.breaker(rung).allows(now) for rung in self.rungs)

    def breaker(self, rung: Rung) -> Breaker:
        """Return a rung's breaker."""
        return self.breakers.setdefault(rung, Breaker())

    def move(self, error: SessionError, *, retried: bool) -> Move:
        """Return where an error leads; the same rung gets one second try in a turn."""
        if error.retry and not retried:
            return Move.SAME_RUNG
        return Move.NEXT_RUNG if error.next_model else Move.GIVE_UP

    def failed(self, rung: Rung, error: SessionError, *, reset_after: float | None = None) -> None:
        """Take note that a rung could not answer. `reset_after` is when a rate limit ends, in seconds."""
        now = self.clock.time()
        if error.whole_account:
            self.account.fail(error, now)
        if not error.next_model:
            return
        if isinstance(error, RateLimited):
            self.breaker(rung).fail(error, now, opens_after=1, pause=reset_after or RATE_LIMIT_PAUSE)
        else:
            # A model that is refused by name will be refused again: once is enough to know.
            opens_after = 1 if isinstance(error, ModelUnavailable) else FAILURES_TO_OPEN
            self.breaker(rung).fail(error, now, opens_after=opens_after)

    def succeeded(self, rung: Rung) -> None:
        """Take note that a rung has answered."""
        self.account.succeed()
        self.breaker(rung).succeed()
