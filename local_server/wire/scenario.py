"""What the server does when it follows a script."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local_server.wire.admission import Refusal
from local_server.wire.answer import Answer, ErrorDetails
from local_server.wire.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Where a turn's speech lies, instead of listening for it; milliseconds from the beginning of the turn's audio."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is heard in one committed stretch of input audio."""

    transcript: str | None = None
    """None lets the engine listen, or takes "Hello." where there is no engine."""
    error: ErrorDetails | None = None
    """The transcription fails."""
    delay: float = 0.0
    """Seconds before the first event of the transcription."""
    never: bool = False
    """The transcription never comes."""
    speech: Speech | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStep:
    """What happens to one attempt to connect."""

    refusal: Refusal | None = None
    upgrade_delay: float = 0.0
    """Seconds before the upgrade is answered."""
    created: bool = True
    """False never sends `session.created`."""
    expires_in: float | None = None
    """Seconds until this session expires; None takes the scenario's."""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A script for the server as a whole: each step is taken once, by whichever connection comes to it."""

    turns: tuple[Turn, ...] = ()
    """One for each commit; afterwards the last one stays."""
    responses: tuple[Answer, ...] = ()
    """One for each response; afterwards the engine answers, or the response fails with `scenario_exhausted`."""
    out_of_band: tuple[Answer, ...] | None = None
    """One for each response outside the conversation; None takes these from `responses` as well."""
    connections: tuple[ConnectionStep, ...] = ()
    """One for each attempt to connect to /v1/realtime; afterwards all are let in."""
    faults: tuple[Fault, ...] = ()
    """Armed at the beginning of every connection."""
    models: Mapping[str, Refusal] = field(default_factory=dict)
    """Models that are refused."""
    keys: Mapping[str, Refusal] = field(default_factory=dict)
    """Keys that are known and refused all the same."""
    rest: Refusal | None = None
    """Answers every REST request with this refusal's HTTP status."""
    expires_in: float = 3600.0
    """Seconds until a session expires."""
    repeat: bool = False
    """Begin `turns`, `responses` and `out_of_band` again when they are used up."""


class Cursor[Step]:
    """Hands out the steps of a list, one after another."""

    def __init__(self, steps: tuple[Step, ...], *, repeat: bool = False) -> None:
        self._steps = steps
        self._repeat = repeat
        self._taken = 0

    def peek(self) -> Step | None:
        """Return the step that comes next, or None when there is none left."""
        if self._taken < len(self._steps):
            return self._steps[self._taken]
        return self._steps[self._taken % len(self._steps)] if self._repeat and self._steps else None

    def take(self) -> Step | None:
        """Return the step that comes next and go on to the one after it."""
        step = self.peek()
        self._taken += 1
        return step
