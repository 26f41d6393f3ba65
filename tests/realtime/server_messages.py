"""The server's events as the GA wire carries them, written by hand; `tests/test_openai_sdk.py` holds them to the types."""

from base64 import b64encode
from typing import Any

type Message = dict[str, Any]

RESPONSE = "resp_1"
USER_ITEM = "item_user"
ANSWER_ITEM = "item_answer"
CALL_ITEM = "item_call"

_PCM = {"type": "audio/pcm", "rate": 24_000}
_PLACE = {"output_index": 0, "content_index": 0}
_SERVER_VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}


def event(event_type: str, **fields: Any) -> Message:
    return {"type": event_type, "event_id": "event_of_the_server", **fields}


def session(session_id: str = "sess_1", model: str = "gpt-realtime-2.1", **fields: Any) -> Message:
    listening = {"format": _PCM, "transcription": None, "noise_reduction": None, "turn_detection": _SERVER_VAD}
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "What the server would say of itself.",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": 1_800_000_000,
        "audio": {"input": listening, "output": {"format": _PCM, "voice": "marin", "speed": 1.0}},
        "include": None,
        **fields,
    }


def session_created(**fields: Any) -> Message:
    return event("session.created", session=session(**fields))


def session_updated(**fields: Any) -> Message:
    return event("session.updated", session=session(**fields))


def speech_started(item_id: str = USER_ITEM) -> Message:
    return event("input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=227)


def speech_stopped(item_id: str = USER_ITEM) -> Message:
    return event("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=432)


def committed(item_id: str = USER_ITEM) -> Message:
    return event("input_audio_buffer.committed", previous_item_id=None, item_id=item_id)


def transcription_completed(transcript: str, item_id: str = USER_ITEM, usage: dict[str, Any] | None = None) -> Message:
    return event(
        "conversation.item.input_audio_transcription.completed",
        item_id=item_id,
        content_index=0,
        transcript=transcript,
        usage=usage or {"type": "duration", "seconds": 3},
    )


def transcription_failed(item_id: str = USER_ITEM, **error: Any) -> Message:
    return event(
        "conversation.item.input_audio_transcription.failed",
        item_id=item_id,
        content_index=0,
        error={"type": "transcription_error", "message": "There is no such deployment.", "param": None, **error},
    )


def response(response_id: str, status: str, **fields: Any) -> Message:
    return {
        "object": "realtime.response",
        "id": response_id,
        "status": status,
        "status_details": None,
        "output": [],
        "conversation_id": "conv_1",
        "output_modalities": ["audio"],
        "max_output_tokens": "inf",
        "audio": {"output": {"format": _PCM, "voice": "marin"}},
        "usage": None,
        "metadata": None,
        **fields,
    }


def response_created(response_id: str = RESPONSE, **fields: Any) -> Message:
    return event("response.created", response=response(response_id, "in_progress", **fields))


def response_done(response_id: str = RESPONSE, status: str = "completed", **fields: Any) -> Message:
    return event("response.done", response=response(response_id, status, **fields))


def tokens(text: int = 0, audio: int = 0, **fields: Any) -> Message:
    return {"text_tokens": text, "audio_tokens": audio, **fields}


def usage(prompt: Message, cached: Message, output: Message) -> Message:
    """Return the `usage` of a response; `cached` is the part of the prompt that was."""
    totals = [sum(part.values()) for part in (prompt, cached)]
    made = output["text_tokens"] + output["audio_tokens"]
    details = {**prompt, "cached_tokens": totals[1], "cached_tokens_details": cached}
    return {
        "total_tokens": totals[0] + made,
        "input_tokens": totals[0],
        "output_tokens": made,
        "input_token_details": details,
        "output_token_details": output,
    }


def message_item(item_id: str = ANSWER_ITEM, status: str = "completed", **fields: Any) -> Message:
    return {"id": item_id, "type": "message", "status": status, "role": "assistant", "content": [], **fields}


def call_item(arguments: str, item_id: str = CALL_ITEM, status: str = "completed", **fields: Any) -> Message:
    return {
        "id": item_id,
        "type": "function_call",
        "status": status,
        "name": "get_weather",
        "call_id": "call_1",
        "arguments": arguments,
        **fields,
    }


def item_added(item: Message, response_id: str = RESPONSE) -> Message:
    return event("response.output_item.added", response_id=response_id, output_index=0, item=item)


def item_done(item: Message, response_id: str = RESPONSE) -> Message:
    return event("response.output_item.done", response_id=response_id, output_index=0, item=item)


def text_delta(delta: str, response_id: str = RESPONSE) -> Message:
    return event("response.output_text.delta", response_id=response_id, item_id=ANSWER_ITEM, **_PLACE, delta=delta)


def transcript_delta(delta: str, response_id: str = RESPONSE) -> Message:
    return event(
        "response.output_audio_transcript.delta", response_id=response_id, item_id=ANSWER_ITEM, **_PLACE, delta=delta
    )


def text_done(text: str, response_id: str = RESPONSE) -> Message:
    return event("response.output_text.done", response_id=response_id, item_id=ANSWER_ITEM, **_PLACE, text=text)


def transcript_done(transcript: str, response_id: str = RESPONSE) -> Message:
    return event(
        "response.output_audio_transcript.done",
        response_id=response_id,
        item_id=ANSWER_ITEM,
        **_PLACE,
        transcript=transcript,
    )


def audio_delta(pcm: bytes, response_id: str = RESPONSE) -> Message:
    delta = b64encode(pcm).decode()
    return event("response.output_audio.delta", response_id=response_id, item_id=ANSWER_ITEM, **_PLACE, delta=delta)


def arguments_delta(delta: str, response_id: str = RESPONSE) -> Message:
    return event(
        "response.function_call_arguments.delta",
        response_id=response_id,
        item_id=CALL_ITEM,
        output_index=0,
        call_id="call_1",
        delta=delta,
    )


def part_added(kind: str, response_id: str = RESPONSE) -> Message:
    part = {"type": "text", "text": ""} if kind == "text" else {"type": "audio", "transcript": ""}
    return event("response.content_part.added", response_id=response_id, item_id=ANSWER_ITEM, **_PLACE, part=part)


def conversation_item_added(item: Message) -> Message:
    return event("conversation.item.added", previous_item_id=None, item=item)


def rate_limits() -> Message:
    limit = {"name": "tokens", "limit": 15_000_000, "remaining": 14_998_954, "reset_seconds": 0.004}
    return event("rate_limits.updated", rate_limits=[limit])


def error(
    code: str | None, about: str | None = None, error_type: str = "invalid_request_error", **fields: Any
) -> Message:
    """Return an `error`; `about` is the id of the client event that it is about."""
    details = {"type": error_type, "code": code, "message": "That was refused.", "param": None, "event_id": about}
    return event("error", error={**details, **fields})
