"""The Realtime protocol without I/O: text in, events out; no loop, clock, socket or randomness."""

from .addresses import Reach, is_near, reach, refusal
from .catalog import DialectName
from .conversation_items import (
    AssistantMessage,
    ConversationItem,
    FunctionCall,
    FunctionCallOutput,
    OutputItem,
    UserMessage,
)
from .dialects import DIALECTS, GA, Dialect
from .endpoint import OPENAI_BASE_URL, Auth, Endpoint, InvalidBaseUrl
from .exceptions import LocalProtocolError
from .input_events import (
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    InputAudioTranscriptionCompleted,
    InputAudioTranscriptionFailed,
)
from .protocol import RealtimeProtocol
from .protocol_events import Command, CommandRefused, Limits, ProtocolEvent, TimeLimitReached, Waiting
from .response_events import (
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputAudioTranscriptDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseOutputTextDone,
    ResponseStatus,
)
from .server_events import ErrorEvent, RateLimit, RateLimitsUpdated, SessionCreated
from .session_config import (
    Eagerness,
    FunctionTool,
    Modality,
    NoiseReduction,
    SemanticVad,
    ServerVad,
    SessionConfig,
    Transcription,
    Truncation,
    TurnDetection,
)
from .state import ResponseState, SessionState
from .usage import TokenCounts, TranscriptionUsage, Usage
from .wire_values import encoded

__all__ = [
    "DIALECTS",
    "GA",
    "OPENAI_BASE_URL",
    "AssistantMessage",
    "Auth",
    "Command",
    "CommandRefused",
    "ConversationItem",
    "Dialect",
    "DialectName",
    "Eagerness",
    "Endpoint",
    "ErrorEvent",
    "FunctionCall",
    "FunctionCallOutput",
    "FunctionTool",
    "InputAudioBufferCommitted",
    "InputAudioBufferSpeechStarted",
    "InputAudioBufferSpeechStopped",
    "InputAudioTranscriptionCompleted",
    "InputAudioTranscriptionFailed",
    "InvalidBaseUrl",
    "Limits",
    "LocalProtocolError",
    "Modality",
    "NoiseReduction",
    "OutputItem",
    "ProtocolEvent",
    "RateLimit",
    "RateLimitsUpdated",
    "Reach",
    "RealtimeProtocol",
    "ResponseCreated",
    "ResponseDone",
    "ResponseOutputAudioDelta",
    "ResponseOutputAudioTranscriptDelta",
    "ResponseOutputAudioTranscriptDone",
    "ResponseOutputItemAdded",
    "ResponseOutputItemDone",
    "ResponseOutputTextDelta",
    "ResponseOutputTextDone",
    "ResponseState",
    "ResponseStatus",
    "SemanticVad",
    "ServerVad",
    "SessionConfig",
    "SessionCreated",
    "SessionState",
    "TimeLimitReached",
    "TokenCounts",
    "Transcription",
    "TranscriptionUsage",
    "Truncation",
    "TurnDetection",
    "Usage",
    "UserMessage",
    "Waiting",
    "encoded",
    "is_near",
    "reach",
    "refusal",
]
