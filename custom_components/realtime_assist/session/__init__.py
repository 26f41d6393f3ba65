"""Realtime sessions on asyncio: sockets, tasks and clocks; Home Assistant is unknown here."""

from .admission import admit
from .clock import Clock
from .connection import Connection
from .exceptions import (
    CannotConnect,
    ConnectionLost,
    Misread,
    ModelUnavailable,
    QuotaExceeded,
    ResponseFiltered,
    ServerFault,
    SessionError,
    TooManySessions,
    TranscriptionFailed,
)
from .ladder import Breaker, Descent, Ladder, LadderExhausted, Rung
from .limits import SessionLimits
from .metrics import Stamp, TurnTimings
from .pool import SessionPool
from .probe import probe
from .rest import Fetch, announced_shutdowns
from .session import RealtimeSession
from .speech_endpoint import SpeechEndpoint
from .streams import AlreadyClaimed
from .tools import ToolExecutor, ToolFailed, ToolOutcome, parse_arguments
from .turn import Turn
from .turn_events import AudioStarted, MessageStarted, TextDelta, ToolCalled, ToolReturned, TurnEvent

__all__ = [
    "AlreadyClaimed",
    "AudioStarted",
    "Breaker",
    "CannotConnect",
    "Clock",
    "Connection",
    "ConnectionLost",
    "Descent",
    "Fetch",
    "Ladder",
    "LadderExhausted",
    "MessageStarted",
    "Misread",
    "ModelUnavailable",
    "QuotaExceeded",
    "RealtimeSession",
    "ResponseFiltered",
    "Rung",
    "ServerFault",
    "SessionError",
    "SessionLimits",
    "SessionPool",
    "SpeechEndpoint",
    "Stamp",
    "TextDelta",
    "TooManySessions",
    "ToolCalled",
    "ToolExecutor",
    "ToolFailed",
    "ToolOutcome",
    "ToolReturned",
    "TranscriptionFailed",
    "Turn",
    "TurnEvent",
    "TurnTimings",
    "admit",
    "announced_shutdowns",
    "parse_arguments",
    "probe",
]
