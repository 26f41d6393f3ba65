"""Realtime sessions on asyncio: sockets, tasks and clocks; Home Assistant is unknown here."""

from .clock import Clock
from .connection import Connection
from .exceptions import (
    CannotConnect,
    ModelUnavailable,
    QuotaExceeded,
    ResponseFiltered,
    ServerFault,
    SessionError,
    TranscriptionFailed,
)
from .ladder import Descent, Ladder, LadderExhausted, Rung
from .limits import SessionLimits
from .metrics import Stamp, TurnTimings
from .pool import SessionPool
from .probe import probe
from .rest import Fetch, announced_shutdowns
from .session import RealtimeSession
from .streams import AlreadyClaimed
from .tools import ToolExecutor, ToolFailed, ToolOutcome, parse_arguments
from .turn import MessageStarted, TextDelta, ToolCalled, ToolReturned, Turn, TurnEvent

__all__ = [
    "AlreadyClaimed",
    "CannotConnect",
    "Clock",
    "Connection",
    "Descent",
    "Fetch",
    "Ladder",
    "LadderExhausted",
    "MessageStarted",
    "ModelUnavailable",
    "QuotaExceeded",
    "RealtimeSession",
    "ResponseFiltered",
    "Rung",
    "ServerFault",
    "SessionError",
    "SessionLimits",
    "SessionPool",
    "Stamp",
    "TextDelta",
    "ToolCalled",
    "ToolExecutor",
    "ToolFailed",
    "ToolOutcome",
    "ToolReturned",
    "TranscriptionFailed",
    "Turn",
    "TurnEvent",
    "TurnTimings",
    "announced_shutdowns",
    "parse_arguments",
    "probe",
]
