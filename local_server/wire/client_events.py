"""What a client may send, and in which shape."""

from collections.abc import Mapping
from typing import Any, Final

from local_server.wire.errors import WireError
from local_server.wire.models import TRANSCRIPTION_MODELS, VOICES
from local_server.wire.shape import (
    Check,
    anything,
    array,
    boolean,
    by_field,
    choice,
    either,
    mapping,
    nullable,
    number,
    table,
    text,
)

_ID: Final = text(max_length=32)
_FORMAT: Final = by_field(
    "type",
    {
        "audio/pcm": table({"type": text(), "rate": number(24000, 24000, integer=True)}),
        "audio/pcmu": table({"type": text()}),
        "audio/pcma": table({"type": text()}),
    },
)
_TURN_DETECTION: Final = by_field(
    "type",
    {
        "server_vad": table(
            {
                "type": text(),
                "threshold": number(0, 1),
                "prefix_padding_ms": number(0, 10_000, integer=True),
                "silence_duration_ms": number(0, 10_000, integer=True),
                "idle_timeout_ms": nullable(number(5_000, 30_000, integer=True)),
                "create_response": boolean,
                "interrupt_response": boolean,
            }
        ),
        "semantic_vad": table(
            {
                "type": text(),
                "eagerness": choice("low", "medium", "high", "auto"),
                "create_response": boolean,
                "interrupt_response": boolean,
            }
        ),
    },
)
_TRANSCRIPTION: Final = table(
    {
        "model": choice(*TRANSCRIPTION_MODELS),
        "language": nullable(text()),
        "languages": nullable(array(text())),
        "prompt": nullable(text()),
        "keywords": nullable(array(text())),
        "delay": nullable(choice("minimal", "low", "medium", "high", "xhigh")),
    }
)
_NOISE_REDUCTION: Final = table({"type": choice("near_field", "far_field"), "strength": number(0, 1)})
_VOICE: Final = either(table({"id": text()}, required=("id",)), choice(*VOICES))
_OUTPUT: Final = {"format": _FORMAT, "voice": _VOICE}
_TOOL: Final = by_field(
    "type",
    {
        "function": table(
            {"type": text(), "name": text(max_length=64), "description": nullable(text()), "parameters": anything},
            required=("name",),
        ),
        "mcp": anything,
    },
)
_TOOL_CHOICE: Final = either(
    by_field(
        "type",
        {
            "function": table({"type": text(), "name": text()}, required=("name",)),
            "mcp": table({"type": text(), "server_label": text(), "name": text()}, required=("server_label",)),
        },
    ),
    choice("none", "auto", "required"),
)
_MAX_OUTPUT_TOKENS: Final = nullable(either(choice("inf"), number(1, 4096, integer=True)))
_MODALITIES: Final = array(choice("text", "audio"))
_REASONING: Final = nullable(table({"effort": choice("minimal", "low", "medium", "high", "xhigh")}))
_TRUNCATION: Final = either(
    table(
        {
            "type": choice("retention_ratio"),
            "retention_ratio": number(0, 1),
            "token_limits": table({"post_instructions": number(0, 128_000, integer=True)}),
        },
        required=("type", "retention_ratio"),
    ),
    choice("auto", "disabled"),
)
REALTIME_SESSION: Final = table(
    {
        "type": text(),
        "model": text(),
        "instructions": nullable(text()),
        "output_modalities": _MODALITIES,
        "tools": array(_TOOL),
        "tool_choice": _TOOL_CHOICE,
        "max_output_tokens": _MAX_OUTPUT_TOKENS,
        "parallel_tool_calls": nullable(boolean),
        "reasoning": _REASONING,
        "truncation": _TRUNCATION,
        "tracing": anything,
        "prompt": anything,
        "include": nullable(array(choice("item.input_audio_transcription.logprobs"))),
        "audio": table(
            {
                "input": table(
                    {
                        "format": _FORMAT,
                        "transcription": nullable(_TRANSCRIPTION),
                        "noise_reduction": nullable(_NOISE_REDUCTION),
                        "turn_detection": nullable(_TURN_DETECTION),
                    }
                ),
                "output": table({**_OUTPUT, "speed": number(0.25, 1.5)}),
            }
        ),
    }
)


def _refuse_transcription_session(_value: Any, _path: str) -> None:
    message = "Passing a transcription session update event to a realtime session is not allowed."
    raise WireError("invalid_value", message, param="session.type")


_CONTENT: Final[Mapping[str, Check]] = {
    "input_text": table({"type": text(), "text": text()}, required=("text",)),
    "input_audio": table({"type": text(), "audio": text(), "transcript": nullable(text())}, required=("audio",)),
    "input_image": table(
        {"type": text(), "image_url": text(), "detail": choice("auto", "low", "high")}, required=("image_url",)
    ),
    "output_text": table({"type": text(), "text": text()}, required=("text",)),
}
_ITEM_FIELDS: Final[Mapping[str, Check]] = {
    "id": nullable(_ID),
    "type": text(),
    "object": nullable(choice("realtime.item")),
    "status": nullable(choice("completed", "incomplete", "in_progress")),
}


def _message(*contents: str) -> Check:
    content = array(by_field("type", {name: _CONTENT[name] for name in contents}))
    fields = {**_ITEM_FIELDS, "role": text(), "content": content, "phase": nullable(text())}
    return table(fields, required=("content",))


# Audio of the assistant cannot be brought along: only what it said in text.
_MESSAGE: Final = by_field(
    "role",
    {
        "user": _message("input_text", "input_audio", "input_image"),
        "assistant": _message("output_text"),
        "system": _message("input_text"),
    },
)
_ITEMS: Final[Mapping[str, Check]] = {
    "message": _MESSAGE,
    "function_call": table(
        {**_ITEM_FIELDS, "name": text(), "call_id": nullable(_ID), "arguments": text()}, required=("name", "arguments")
    ),
    "function_call_output": table({**_ITEM_FIELDS, "call_id": _ID, "output": text()}, required=("call_id", "output")),
    "mcp_approval_response": anything,
}
_REFERENCE: Final = table({"type": text(), "id": _ID}, required=("id",))
_RESPONSE: Final = table(
    {
        "conversation": choice("auto", "none"),
        "instructions": nullable(text()),
        "input": array(by_field("type", {**_ITEMS, "item_reference": _REFERENCE})),
        "output_modalities": _MODALITIES,
        "tools": array(_TOOL),
        "tool_choice": _TOOL_CHOICE,
        "max_output_tokens": _MAX_OUTPUT_TOKENS,
        "metadata": nullable(mapping(text(max_length=512), max_items=16, max_key=64)),
        "audio": table({"output": table(_OUTPUT)}),
        "parallel_tool_calls": nullable(boolean),
        "reasoning": _REASONING,
        "prompt": anything,
    }
)


def _event(required: tuple[str, ...] = (), **fields: Check) -> Check:
    return table({"type": text(), "event_id": nullable(text()), **fields}, required)


_SESSION: Final = by_field("type", {"realtime": REALTIME_SESSION, "transcription": _refuse_transcription_session})
CLIENT_EVENTS: Final[Mapping[str, Check]] = {
    "session.update": _event(("session",), session=_SESSION),
    "input_audio_buffer.append": _event(("audio",), audio=text()),
    "input_audio_buffer.commit": _event(),
    "input_audio_buffer.clear": _event(),
    "output_audio_buffer.clear": _event(),
    "conversation.item.create": _event(("item",), item=by_field("type", _ITEMS), previous_item_id=nullable(text())),
    "conversation.item.delete": _event(("item_id",), item_id=text()),
    "conversation.item.retrieve": _event(("item_id",), item_id=text()),
    "conversation.item.truncate": _event(
        ("item_id", "content_index", "audio_end_ms"),
        item_id=text(),
        content_index=number(0, 100, integer=True),
        audio_end_ms=number(0, 3_600_000, integer=True),
    ),
    "response.create": _event(response=nullable(_RESPONSE)),
    "response.cancel": _event(response_id=nullable(text())),
}
_known = choice(*CLIENT_EVENTS)


def check_client_event(event: Any) -> None:
    """Raise WireError unless the parsed JSON is an event that a client may send."""
    if not isinstance(event, dict):
        raise WireError("invalid_event", "The event must be a JSON object with a 'type'.")
    if "type" not in event:
        raise WireError("missing_required_parameter", "Missing required parameter: 'type'.", param="type")
    _known(event["type"], "type")
    CLIENT_EVENTS[event["type"]](event, "")
