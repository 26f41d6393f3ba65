"""What does the benchmark's server say? Events in the GA shape, made ready before anything is measured.

A delta's PCM begins with a mark and the server's CLOCK_MONOTONIC in nanoseconds, so that whoever gets the PCM knows how
long it was on its way.
"""

from base64 import b64encode
from collections.abc import Mapping
import time
from typing import Any

import orjson

from benchmarks.clients.stamps import DELTA_BYTES, stamped

ANSWER = "The light is on."

_SESSION: Mapping[str, Any] = {
    "type": "realtime",
    "object": "realtime.session",
    "id": "sess_1",
    "model": "gpt-realtime-2.1",
    "output_modalities": ["audio"],
    "instructions": "You are the voice of this house.",
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "tracing": None,
    "truncation": "auto",
    "prompt": None,
    "expires_at": 4_000_000_000,
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": None,
        },
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin", "speed": 1.0},
    },
    "include": None,
}
_USAGE: Mapping[str, Any] = {
    "total_tokens": 40,
    "input_tokens": 16,
    "output_tokens": 24,
    "input_token_details": {
        "text_tokens": 16,
        "audio_tokens": 0,
        "image_tokens": 0,
        "cached_tokens": 0,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 6, "audio_tokens": 18},
}
# The first nine bytes of PCM, which change with each delta, are twelve characters of base64.
_SILENCE = b64encode(bytes(DELTA_BYTES - 9))
_WORDS = ("The light", " is", " on.")


def event(name: str, **fields: Any) -> bytes:
    """Return an event; `fields` are what it says beside its type and id."""
    return orjson.dumps({"type": name, "event_id": f"event_{time.monotonic_ns()}", **fields})


def session_event(name: str) -> bytes:
    """Return `session.created` or `session.updated`."""
    return event(name, session=_SESSION)


def item_events(item: Mapping[str, Any], previous: str | None) -> list[bytes]:
    """Return what confirms an item that the client has created."""
    whole = {"object": "realtime.item", "status": "completed", **item}
    return [
        event(name, previous_item_id=previous, item=whole)
        for name in ("conversation.item.added", "conversation.item.done")
    ]


class Answer:
    """One response: its beginning, as many audio deltas as are wanted, and its end."""

    def __init__(self, number: int, metadata: Mapping[str, Any] | None) -> None:
        self._ids = {"response_id": f"resp_{number}", "item_id": f"item_answer_{number}"}
        self._places = {**self._ids, "output_index": 0, "content_index": 0}
        self._metadata = metadata
        self._head, self._tail = event("response.output_audio.delta", **self._places, delta="@").split(b"@")

    def begin(self) -> list[bytes]:
        """Return all that comes before the first audio delta."""
        item = self._item("in_progress", [])
        return [
            event("response.created", response=self._response("in_progress", [], None)),
            event("response.output_item.added", response_id=self._ids["response_id"], output_index=0, item=item),
            event("conversation.item.added", previous_item_id=None, item=item),
            event("response.content_part.added", **self._places, part={"type": "audio", "transcript": ""}),
            *(event("response.output_audio_transcript.delta", **self._places, delta=words) for words in _WORDS),
        ]

    def delta(self) -> bytes:
        """Return 100 ms of audio that begins with the present."""
        return b"".join((self._head, b64encode(stamped(time.monotonic_ns())), _SILENCE, self._tail))

    def end(self) -> list[bytes]:
        """Return all that comes after the last audio delta."""
        item = self._item("completed", [{"type": "output_audio", "transcript": ANSWER}])
        return [
            event("response.output_audio.done", **self._places),
            event("response.output_audio_transcript.done", **self._places, transcript=ANSWER),
            event("response.content_part.done", **self._places, part={"type": "audio", "transcript": ANSWER}),
            event("conversation.item.done", previous_item_id=None, item=item),
            event("response.output_item.done", response_id=self._ids["response_id"], output_index=0, item=item),
            event("response.done", response=self._response("completed", [item], _USAGE)),
        ]

    def _item(self, status: str, content: list[Mapping[str, Any]]) -> dict[str, Any]:
        return {
            "id": self._ids["item_id"],
            "object": "realtime.item",
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def _response(
        self, status: str, output: list[Mapping[str, Any]], usage: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        return {
            "object": "realtime.response",
            "id": self._ids["response_id"],
            "status": status,
            "status_details": None,
            "output": output,
            "conversation_id": "conv_1",
            "output_modalities": ["audio"],
            "max_output_tokens": "inf",
            "audio": {"output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"}},
            "usage": usage,
            "metadata": self._metadata,
        }
