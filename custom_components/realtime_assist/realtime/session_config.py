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

    Turn detection is off: the end of speech comes from Home Assistant, and no response starts by itself. Instructions
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
            "input": {
                "format": _PCM,
                "turn_detection": None,
                "transcription": _transcription(config.transcription),
            },
            "output": _output(config),
        },
        "max_output_tokens": "inf" if config.max_output_tokens is None else config.max_output_tokens,
    }
    if config.reasoning_effort is not None:
        session["reasoning"] = {"effort": config.reasoning_effort}
    if config.parallel_tools is not None:
        session["parallel_tool_calls"] = config.parallel_tools
    return session


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
    language = transcription_model(transcription.model).language_fields(transcription.language)
    return {"model": transcription.model, **language}


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
