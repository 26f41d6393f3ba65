"""The rungs that can answer, from the wanted one down, and which error moves to which.

A rung is a model with its voice. Each has a circuit breaker: after failures in a row it is left alone for a while that
grows, then tried again. Another breaker stands before the account as a whole, for what no other model can help.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ..realtime import RateLimit
from .clock import Clock
from .exceptions import CannotConnect, RateLimited, SessionError

# A turn or two may fail by chance; after three in a row the next one should not wait for another.
FAILURES_TO_OPEN = 3
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 30 * 60.0
# A house that is online again, or whose bill is paid, should hear so soon; a refused dial costs little.
LONGEST_ACCOUNT_PAUSE = 2 * 60.0
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
    next_try: float = 0.0
    """When the next try is due; in the past while nothing is wrong."""
    resets_at: float = 0.0
    """When the server said that a limit which was used up is reset."""
    error: SessionError | None = None
    """What went wrong last."""

    def allows(self, now: float) -> bool:
        """Return whether a try is due."""
        return now >= self.next_try

    def fail(
        self, error: SessionError, now: float, *, first_pause: float = FIRST_PAUSE, longest_pause: float = LONGEST_PAUSE
    ) -> None:
        """Count a failure, the same error only once; enough of them in a row open the breaker for a growing pause."""
        if error is self.error:
            # A turn and a text read aloud may both have waited for the same socket.
            return
        self.failures += 1
        self.error = error
        # What is refused by name will be refused again: once is enough to know.
        excess = self.failures - (1 if error.lasting else FAILURES_TO_OPEN)
        if excess >= 0:
            self.next_try = now + max(first_pause, min(first_pause * 2 ** min(excess, 10), longest_pause))

    def succeed(self) -> None:
        """Forget the failures."""
        self.failures = 0
        self.next_try = 0.0
        self.error = None


@dataclass(slots=True)
class Ladder:
    """The rungs of one agent, shared by its conversations."""

    rungs: Sequence[Rung]
    clock: Clock
    account: Breaker = field(default_factory=Breaker)
    breakers: dict[Rung, Breaker] = field(default_factory=dict)

    # Which rung

    def choose(self, passed: Collection[Rung] = ()) -> Rung:
        """Return the highest rung that may be tried and has not been passed. Raises what `exhausted` returns."""
        if (rung := next(self._open_rungs(passed), None)) is not None:
            return rung
        if not self.account.allows(self.clock.time()):
            raise self.exhausted(self.account.error)
        errors = [breaker.error for rung in self.rungs if (breaker := self.breaker(rung)).error is not None]
        raise self.exhausted(errors[-1] if errors else None)

    def has_left(self, passed: Collection[Rung]) -> bool:
        """Return whether there is a rung to try that was not passed."""
        return next(self._open_rungs(passed), None) is not None

    def allows(self, rung: Rung) -> bool:
        """Return whether a rung may be tried."""
        return rung in self._open_rungs(())

    def above(self, rung: Rung | None) -> Sequence[Rung]:
        """Return the rungs over one; none over no rung."""
        return () if rung is None else self.rungs[: self.rungs.index(rung)]

    def exhausted(self, cause: SessionError | None) -> SessionError:
        """Return the error that says that no rung is left: the cause itself where there was only one rung."""
        if isinstance(cause, LadderExhausted) or (cause is not None and len(self.rungs) == 1):
            return cause.with_traceback(None)
        return LadderExhausted(cause=cause)

    def breaker(self, rung: Rung) -> Breaker:
        """Return a rung's breaker."""
        return self.breakers.setdefault(rung, Breaker())

    def move(self, error: SessionError, *, retried: bool) -> Move:
        """Return where an error leads; the same rung gets one second try in a turn."""
        if error.retry and not retried:
            return Move.SAME_RUNG
        return Move.NEXT_RUNG if error.next_model else Move.GIVE_UP

    # What happened

    def failed(self, rung: Rung, error: SessionError) -> None:
        """Take note that a rung could not answer."""
        now = self.clock.time()
        if error.whole_account:
            self.account.fail(error, now, longest_pause=LONGEST_ACCOUNT_PAUSE)
        if error.next_model:
            breaker = self.breaker(rung)
            breaker.fail(error, now, first_pause=_first_pause(error, breaker, now))

    def succeeded(self, rung: Rung) -> None:
        """Take note that a rung has answered."""
        self.account.succeed()
        self.breaker(rung).succeed()

    def greeted(self) -> None:
        """Take note that a server has let us in: whatever else is wrong, the house is online."""
        if isinstance(self.account.error, CannotConnect):
            self.account.succeed()

    def limits_updated(self, rung: Rung, limits: Iterable[RateLimit]) -> None:
        """Take note of when the limits of a rung that are used up are reset."""
        resets = [limit.reset_seconds for limit in limits if limit.used_up]
        if not resets:
            return
        breaker = self.breaker(rung)
        breaker.resets_at = self.clock.time() + max(resets)
        if isinstance(breaker.error, RateLimited):
            # The server knows better than the guess that was made when it refused.
            breaker.next_try = breaker.resets_at

    def _open_rungs(self, passed: Collection[Rung]) -> Iterator[Rung]:
        """Yield the rungs that may be tried and were not passed; none while the account is left alone."""
        now = self.clock.time()
        if self.account.allows(now):
            yield from (rung for rung in self.rungs if rung not in passed and self.breaker(rung).allows(now))


def _first_pause(error: SessionError, breaker: Breaker, now: float) -> float:
    """Return how long a rung is left alone at first, in seconds: until its limit is reset where it has reached one."""
    if not isinstance(error, RateLimited):
        return FIRST_PAUSE
    if error.reset_after is not None:
        return error.reset_after
    return breaker.resets_at - now if breaker.resets_at > now else RATE_LIMIT_PAUSE
