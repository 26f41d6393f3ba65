"""What a session is asked to be, in nobody's shape yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Modality(StrEnum):
    """What an answer is made of; audio always brings its transcript."""

    AUDIO = "audio"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcription:
    """Who writes down what the user says."""

    model: str
    language: str | None = None
    """ISO 639-1; None lets the model find out."""
    keywords: tuple[str, ...] = field(default=(), repr=False)
    """Names that the user may say; told only to a model that takes them."""


class Eagerness(StrEnum):
    """How soon `semantic_vad` takes a pause for the end; it waits for at most 8 s, 4 s or 2 s. `auto` is medium."""

    AUTO = "auto"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVad:
    """The server ends the turn after a silence. None leaves a setting to the server."""

    threshold: float | None = None
    """How loud speech is, 0.0 to 1.0."""
    prefix_padding_ms: int | None = None
    """How much of what came before the speech belongs to it."""
    silence_duration_ms: int | None = None
    """How long the silence is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticVad:
    """The server ends the turn when the user's words sound complete."""

    eagerness: Eagerness = Eagerness.AUTO


type TurnDetection = ServerVad | SemanticVad


class NoiseReduction(StrEnum):
    """For which kind of microphone the server filters the noise out."""

    NEAR_FIELD = "near_field"
    FAR_FIELD = "far_field"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncation:
    """What is dropped of a long conversation."""

    retention_ratio: float
    """How much of the limit is kept when it is reached, 0.0 to 1.0: below 1.0, truncations are rarer and caches hold."""
    post_instructions: int | None = None
    """The limit in tokens, not counting instructions and tools; None is the model's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionTool:
    """A function that the model may call; `parameters` is a JSON schema."""

    name: str
    description: str = field(repr=False)
    parameters: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """Everything that a session is told about itself."""

    instructions: str = field(default="", repr=False)
    tools: Sequence[FunctionTool] = ()
    modality: Modality = Modality.AUDIO
    voice: str
    """A built-in voice's name, or the id of one of the user's own."""
    transcription: Transcription | None = None
    turn_detection: TurnDetection | None = None
    """Who on the server finds the end of speech; None leaves that to us."""
    noise_reduction: NoiseReduction | None = None
    truncation: Truncation | None = None
    """None lets the server drop the oldest at the model's own limit."""
    reasoning_effort: str | None = None
    """None leaves it to the model; one that does not reason must not be asked."""
    parallel_tools: bool | None = None
    """None leaves it to the model; one that cannot must not be asked."""
    speed: float | None = None
    """How fast the voice speaks, 0.25 to 1.5; None is its own pace."""
    max_output_tokens: int | None = None
    """For one response, 1 to 4,096; None sets no limit."""
