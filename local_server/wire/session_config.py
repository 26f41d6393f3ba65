"""What becomes of the session when a session.update is merged into it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from local_server.wire.errors import WireError
from local_server.wire.models import Model
from local_server.wire.session_defaults import DEFAULT_INSTRUCTIONS, PCM, semantic_vad, server_vad
from local_server.wire.shape import invalid

_REASONING_ONLY: Final = ("reasoning", "parallel_tool_calls")


def merge_session(
    session: Mapping[str, Any], update: Mapping[str, Any], model: Model, *, has_spoken: bool
) -> dict[str, Any]:
    """Return the session with the fields of `update` in it; what is absent there stays as it is.

    Raises WireError where the model cannot do what is asked, or where it comes too late: the voice is settled by the
    first audio (`has_spoken`), the model by the connection.
    """
    _refuse_what_is_settled(session, update, has_spoken=has_spoken)
    refuse_what_the_model_lacks(update, model, "session.")
    check_modalities(update, "session.")
    merged = dict(session)
    for name, value in update.items():
        match name:
            case "audio":
                merged["audio"] = _merge_audio(session["audio"], value, model)
            case "instructions":
                # Recorded: an empty text brings the default instructions back.
                merged["instructions"] = value or DEFAULT_INSTRUCTIONS
            case "tools":
                merged["tools"] = [_tool(tool) for tool in value]
            case "max_output_tokens":
                merged["max_output_tokens"] = "inf" if value is None else value
            case _:
                merged[name] = value
    return merged


def _refuse_what_is_settled(session: Mapping[str, Any], update: Mapping[str, Any], *, has_spoken: bool) -> None:
    if update.get("model", session["model"]) != session["model"]:
        message = f"The model cannot be changed within a session: it stays '{session['model']}'. Open a new connection."
        raise invalid("session.model", message)
    current = session["audio"]["output"]["voice"]
    voice = update.get("audio", {}).get("output", {}).get("voice", current)
    if has_spoken and voice != current:
        message = "Cannot update a conversation's voice if assistant audio is present."
        raise WireError("cannot_update_voice", message, param="session.audio.output.voice")


def refuse_what_the_model_lacks(fields: Mapping[str, Any], model: Model, prefix: str) -> None:
    """Raise WireError for fields that only reasoning models know."""
    if model.reasoning:
        return
    for name in _REASONING_ONLY:
        if fields.get(name) is not None:
            message = f"Unknown parameter: '{prefix}{name}'. Model '{model.id}' does not support it."
            raise WireError("unknown_parameter", message, param=f"{prefix}{name}")


def check_modalities(fields: Mapping[str, Any], prefix: str) -> None:
    """Raise WireError unless the output is either text or audio."""
    modalities = fields.get("output_modalities")
    if modalities is not None and modalities not in (["text"], ["audio"]):
        message = f"Invalid modalities: {modalities}. Supported combinations are: ['text'] and ['audio']."
        raise invalid(f"{prefix}output_modalities", message)


def _merge_audio(audio: Mapping[str, Any], update: Mapping[str, Any], model: Model) -> dict[str, Any]:
    merged = {side: dict(audio[side]) for side in ("input", "output")}
    for side, fields in update.items():
        for name, value in fields.items():
            complete = _COMPLETE.get(name)
            merged[side][name] = value if complete is None else complete(audio[side][name], value, model)
    return merged


def _complete_format(_current: Any, value: Mapping[str, Any], _model: Model) -> dict[str, Any]:
    return dict(PCM) if value["type"] == PCM["type"] else dict(value)


def _complete_transcription(_current: Any, value: Mapping[str, Any] | None, _model: Model) -> dict[str, Any] | None:
    return None if value is None else {"model": None, "language": None, "prompt": None, **value}


def _complete_turn_detection(
    current: Mapping[str, Any] | None, value: Mapping[str, Any] | None, model: Model
) -> dict[str, Any] | None:
    if value is None:
        return None
    if current is not None and current["type"] == value["type"]:
        return {**current, **value}
    return {**(server_vad(model) if value["type"] == "server_vad" else semantic_vad()), **value}


_COMPLETE: Final[Mapping[str, Callable[[Any, Any, Model], Any]]] = {
    "format": _complete_format,
    "transcription": _complete_transcription,
    "turn_detection": _complete_turn_detection,
}


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    order = ("type", "name", "description", "parameters")
    return {name: tool[name] for name in (*order, *(name for name in tool if name not in order)) if name in tool}
