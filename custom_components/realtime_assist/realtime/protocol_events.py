"""What the protocol tells beyond what the server says, and how long it waits."""

from dataclasses import dataclass
from enum import StrEnum

from .server_events import ServerEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long the server may be silent, in seconds."""

    first_event: float = 10.0
    """From the upgrade to `session.created`, and from `response.create` to `response.created`."""
    silence: float = 15.0
    """Between two events of a response."""


class Waiting(StrEnum):
    """What the server was waited for."""

    SESSION = "session"
    RESPONSE = "response"
    SIDE_RESPONSE = "side_response"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimitReached:
    """The server was silent for too long. The core has given up what it waited for."""

    waiting: Waiting
    request: str | None = None
    """The tag of the side response that was waited for."""


class Command(StrEnum):
    """A command that the server may refuse."""

    UPDATE_SESSION = "session.update"
    COMMIT_AUDIO = "input_audio_buffer.commit"
    CREATE_RESPONSE = "response.create"
    CANCEL_RESPONSE = "response.cancel"
    CREATE_SIDE_RESPONSE = "side_response"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused:
    """The server said no to a command of ours; the core has taken it back."""

    command: Command
    error_type: str | None
    code: str | None
    request: str | None = None
    """The tag of the side response that was refused."""


type ProtocolEvent = ServerEvent | TimeLimitReached | CommandRefused
