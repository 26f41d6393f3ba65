"""How a session's configuration is written down for each family of servers."""

from collections.abc import Mapping
from typing import Any

from .audio import WIRE
from .catalog import VOICES, transcription_model, wire_voice
from .session_config import Modality, SemanticVad, SessionConfig, Transcription, Truncation, TurnDetection

_PCM = {"type": "audio/pcm", "rate": WIRE.rate}
_BETA_PCM = "pcm16"

# Grok thinks long or not at all.
_XAI_EFFORTS: Mapping[str, str] = {"minimal": "none", "high": "high", "xhigh": "high"}


def ga_session(config: SessionConfig) -> dict[str, Any]:
    """Return the configuration in the GA shape.

    No response starts or stops by itself, whoever finds the end of speech: who answers is decided here. Instructions
    are always sent, as the server's default ones are not empty.
    """
    session: dict[str, Any] = {
        "type": "realtime",
        "instructions": config.instructions,
        "tools": _tools(config),
        "output_modalities": [config.modality.value],
        "audio": {
            "input": _input(config),
            "output": _output(config),
        },
        "max_output_tokens": _limit(config),
    }
    if config.reasoning_effort is not None:
        session["reasoning"] = {"effort": config.reasoning_effort}
    if config.parallel_tools is not None:
        session["parallel_tool_calls"] = config.parallel_tools
    if config.truncation is not None:
        session["truncation"] = _truncation(config.truncation)
    return session


def xai_session(config: SessionConfig) -> dict[str, Any]:
    """Return the configuration in xAI's shape: voice and turn detection at the top, formats and ears as in GA.

    There is no choice of modality: an answer is always spoken.
    """
    session: dict[str, Any] = {
        "instructions": config.instructions,
        "tools": _tools(config),
        "voice": config.voice,
        "turn_detection": _turn_detection(config.turn_detection),
        "audio": {
            "input": {"format": _PCM, "transcription": _transcription(config.transcription)},
            "output": {"format": _PCM},
        },
    }
    if (effort := _XAI_EFFORTS.get(config.reasoning_effort or "")) is not None:
        session["reasoning"] = {"effort": effort}
    return session


def beta_session(config: SessionConfig) -> dict[str, Any]:
    """Return the configuration in the flat shape of the beta."""
    session: dict[str, Any] = {
        "instructions": config.instructions,
        "tools": _tools(config),
        "modalities": beta_modalities(config.modality),
        "voice": config.voice,
        "input_audio_format": _BETA_PCM,
        "output_audio_format": _BETA_PCM,
        "turn_detection": _turn_detection(config.turn_detection),
        "input_audio_transcription": _transcription(config.transcription),
        "max_response_output_tokens": _limit(config),
    }
    if config.noise_reduction is not None:
        session["input_audio_noise_reduction"] = {"type": config.noise_reduction.value}
    if config.speed is not None:
        session["speed"] = config.speed
    return session


def voice_live_session(config: SessionConfig) -> dict[str, Any]:
    """Return the configuration in the shape of Azure Voice Live: the beta's, with a voice that says whose it is."""
    whose = "openai" if config.voice in VOICES else "azure-standard"
    return {
        **beta_session(config),
        "voice": {"type": whose, "name": config.voice},
        "input_audio_sampling_rate": WIRE.rate,
    }


def beta_modalities(modality: Modality) -> list[str]:
    """Return what an answer is made of: in the beta, sound always brings text along, and says so."""
    return ["text"] if modality is Modality.TEXT else ["text", "audio"]


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


def _tools(config: SessionConfig) -> list[dict[str, Any]]:
    """Return the shape of the functions, which is flat everywhere."""
    return [
        {"type": "function", "name": tool.name, "description": tool.description, "parameters": tool.parameters}
        for tool in config.tools
    ]


def _limit(config: SessionConfig) -> int | str:
    """Return how long a response may be."""
    return "inf" if config.max_output_tokens is None else config.max_output_tokens


def _input(config: SessionConfig) -> dict[str, Any]:
    """Return the shape of the ears."""
    listening: dict[str, Any] = {
        "format": _PCM,
        "turn_detection": _turn_detection(config.turn_detection),
        "transcription": _transcription(config.transcription),
    }
    if config.noise_reduction is not None:
        listening["noise_reduction"] = {"type": config.noise_reduction.value}
    return listening


def _turn_detection(detection: TurnDetection | None) -> dict[str, Any] | None:
    """Return the shape of the server's turn detection, which is the same everywhere."""
    if detection is None:
        return None
    if isinstance(detection, SemanticVad):
        kind: dict[str, Any] = {"type": "semantic_vad", "eagerness": detection.eagerness.value}
    else:
        settings = {
            "threshold": detection.threshold,
            "prefix_padding_ms": detection.prefix_padding_ms,
            "silence_duration_ms": detection.silence_duration_ms,
        }
        kind = {"type": "server_vad", **{name: value for name, value in settings.items() if value is not None}}
    return {**kind, "create_response": False, "interrupt_response": False}


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
