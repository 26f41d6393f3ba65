"""The Realtime protocol without I/O: text in, events out; no loop, clock, socket or randomness."""

from .conversation_items import (
    AssistantMessage,
    ConversationItem,
    FunctionCall,
    FunctionCallOutput,
    OutputItem,
    UserMessage,
)
from .endpoint import OPENAI_BASE_URL, Endpoint, InvalidBaseUrl
from .exceptions import LocalProtocolError
from .protocol import Command, CommandRefused, Limits, ProtocolEvent, RealtimeProtocol, TimeLimitReached, Waiting
from .server_events import (
    ErrorEvent,
    InputAudioBufferCommitted,
    InputAudioTranscriptionCompleted,
    InputAudioTranscriptionFailed,
    RateLimit,
    RateLimitsUpdated,
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseStatus,
    SessionCreated,
)
from .session_config import FunctionTool, Modality, SessionConfig, Transcription
from .state import ResponseState, SessionState
from .usage import TokenCounts, TranscriptionUsage, Usage

__all__ = [
    "OPENAI_BASE_URL",
    "AssistantMessage",
    "Command",
    "CommandRefused",
    "ConversationItem",
    "Endpoint",
    "ErrorEvent",
    "FunctionCall",
    "FunctionCallOutput",
    "FunctionTool",
    "InputAudioBufferCommitted",
    "InputAudioTranscriptionCompleted",
    "InputAudioTranscriptionFailed",
    "InvalidBaseUrl",
    "Limits",
    "LocalProtocolError",
    "Modality",
    "OutputItem",
    "ProtocolEvent",
    "RateLimit",
    "RateLimitsUpdated",
    "RealtimeProtocol",
    "ResponseCreated",
    "ResponseDone",
    "ResponseOutputAudioDelta",
    "ResponseOutputAudioTranscriptDelta",
    "ResponseOutputItemAdded",
    "ResponseOutputItemDone",
    "ResponseOutputTextDelta",
    "ResponseState",
    "ResponseStatus",
    "SessionConfig",
    "SessionCreated",
    "SessionState",
    "TimeLimitReached",
    "TokenCounts",
    "Transcription",
    "TranscriptionUsage",
    "Usage",
    "UserMessage",
    "Waiting",
]
