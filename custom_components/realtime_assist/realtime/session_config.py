"""What a session is asked to be, and the `session.update` that makes it so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .audio import WIRE
from .catalog import transcription_model, wire_voice

_PCM = {"type": "audio/pcm", "rate": WIRE.rate}


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


def ga_session(config: SessionConfig) -> dict[str, Any]:
    """Return the configuration in the GA shape.

    No response starts or stops by itself, whoever finds the end of speech: who answers is decided here. Instructions
    are always sent, as the server's default ones are not empty.
    """
    session: dict[str, Any] = {
        "type": "realtime",
        "instructions": config.instructions,
        "tools": [
            {"type": "function", "name": tool.name, "description": tool.description, "parameters": tool.parameters}
            for tool in config.tools
        ],
        "output_modalities": [config.modality.value],
        "audio": {
            "input": _input(config),
            "output": _output(config),
        },
        "max_output_tokens": "inf" if config.max_output_tokens is None else config.max_output_tokens,
    }
    if config.reasoning_effort is not None:
        session["reasoning"] = {"effort": config.reasoning_effort}
    if config.parallel_tools is not None:
        session["parallel_tool_calls"] = config.parallel_tools
    if config.truncation is not None:
        session["truncation"] = _truncation(config.truncation)
    return session


def _input(config: SessionConfig) -> dict[str, Any]:
    """Return the shape of the ears."""
    listening: dict[str, Any] = {
        "format": _PCM,
        "turn_detection": None if config.turn_detection is None else _turn_detection(config.turn_detection),
        "transcription": _transcription(config.transcription),
    }
    if config.noise_reduction is not None:
        listening["noise_reduction"] = {"type": config.noise_reduction.value}
    return listening


def _turn_detection(detection: TurnDetection) -> dict[str, Any]:
    """Return the shape of the server's turn detection."""
    shape: dict[str, Any] = {"create_response": False, "interrupt_response": False}
    match detection:
        case SemanticVad(eagerness=eagerness):
            return {"type": "semantic_vad", "eagerness": eagerness.value, **shape}
        case ServerVad():
            settings = {
                "threshold": detection.threshold,
                "prefix_padding_ms": detection.prefix_padding_ms,
                "silence_duration_ms": detection.silence_duration_ms,
            }
            return {
                "type": "server_vad",
                **{name: value for name, value in settings.items() if value is not None},
                **shape,
            }


def _truncation(truncation: Truncation) -> dict[str, Any]:
    """Return the shape of what is dropped."""
    shape: dict[str, Any] = {"type": "retention_ratio", "retention_ratio": truncation.retention_ratio}
    if truncation.post_instructions is not None:
        shape["token_limits"] = {"post_instructions": truncation.post_instructions}
    return shape


def _output(config: SessionConfig) -> dict[str, Any]:
    """Return the shape of the voice."""
    output: dict[str, Any] = {"format": _PCM, "voice": wire_voice(config.voice)}
    if config.speed is not None:
        output["speed"] = config.speed
    return output


def _transcription(transcription: Transcription | None) -> dict[str, Any] | None:
    """Return the transcription's shape."""
    if transcription is None:
        return None
    model = transcription_model(transcription.model)
    return {
        "model": transcription.model,
        **model.language_fields(transcription.language),
        **model.keyword_fields(transcription.keywords),
    }


def changed_fields(session: Mapping[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the fields of the top level that the server does not know yet; empty when it knows all.

    `session.update` merges, so what is left out stays, and an unchanged prefix keeps the server's prompt cache warm.
    The type is required in every update.
    """
    if known is None:
        return dict(session)
    changed = {key: value for key, value in session.items() if key not in known or known[key] != value}
    if changed and "type" in session:
        changed["type"] = session["type"]
    return changed
