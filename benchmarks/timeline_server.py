"""When does a model's first audio leave its server? One server for each way and length, each with one fixed answer.

The servers live in the bench's own process, on `time.monotonic`.
"""

from collections.abc import Mapping
import contextlib
from dataclasses import dataclass
from enum import StrEnum
import time
from typing import Any, Self

from local_server.wire import RealtimeServer, scenario_from_dict

KEY = "sk-bench"
TRANSCRIPTION_SECONDS = 0.4
"""What a transcript takes after the commit."""
RESPONSE_SECONDS = 0.5
"""What a model takes from `response.create` to its first output."""
DELTA_SECONDS = 0.02
"""Between deltas of 100 ms audio: five times as fast as it is heard."""


class Length(StrEnum):
    """An answer's length, which decides the way that Home Assistant asks for its audio."""

    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is said, and what is answered."""

    recording: str
    sentence: str
    answer: str
    audio_ms: int


SCRIPTS: Mapping[Length, Script] = {
    Length.SHORT: Script(
        recording="question",
        sentence="What is the temperature in the bedroom?",
        answer="It is eighteen degrees.",
        audio_ms=1200,
    ),
    Length.LONG: Script(
        recording="shopping-list",
        sentence="What is on the shopping list?",
        answer="On the shopping list are bread, butter, tomatoes, apples, coffee and orange juice, "
        "and somebody has added a note that the milk is nearly gone.",
        audio_ms=2400,
    ),
}


class TimedServer:
    """A Realtime server that answers after fixed times; entering opens it."""

    def __init__(self, script: Script) -> None:
        self._first_audio: float | None = None
        self._server = RealtimeServer(
            keys=[KEY],
            scenario=scenario_from_dict(
                {
                    "turns": [{"transcript": script.sentence, "delay": TRANSCRIPTION_SECONDS}],
                    "responses": [
                        {
                            "text": script.answer,
                            "audio_ms": script.audio_ms,
                            "delay": RESPONSE_SECONDS,
                            "delta_delay": DELTA_SECONDS,
                        }
                    ],
                    "repeat": True,
                }
            ),
            record=False,
            observer=self._observe,
        )
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        await self._stack.enter_async_context(self._server)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the server."""
        await self._stack.aclose()

    @property
    def base_url(self) -> str:
        """Return the URL that ends in /v1."""
        return self._server.http_url

    def take_first_audio(self) -> float | None:
        """Return when the first audio delta was sent since this was last asked, None when none was."""
        first, self._first_audio = self._first_audio, None
        return first

    def _observe(self, event: Mapping[str, Any]) -> None:
        kind = event["type"]
        if kind == "response.created":
            # An answer that was begun too early and is made again counts from its second beginning.
            self._first_audio = None
        elif kind == "response.output_audio.delta" and self._first_audio is None:
            self._first_audio = time.monotonic()
