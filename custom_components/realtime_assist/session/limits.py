"""Every time limit and bound of a session, with its default."""

from dataclasses import dataclass, field

from ..realtime import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """Times in seconds."""

    connect: float = 5.0
    """From the dial to the upgrade."""
    protocol: Limits = field(default_factory=Limits)
    """How long the server may be silent once it has answered the dial."""
    transcript: float = 10.0
    """From the end of speech to the transcript."""
    tool: float = 30.0
    """For one tool call."""
    age: float = 55 * 60.0
    """A socket older than this is replaced before the next turn; the server ends it at 60 minutes."""
    replay: float = 30.0
    """How much of a turn's speech is kept, to be sent again on a new socket."""
    unclaimed_audio: float = 120.0
    """How much of an answer waits for somebody to ask for it."""
