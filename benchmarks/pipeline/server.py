"""What does the far end do, and when? A server for each row that has one, each with one fixed answer.

The servers live in the bench's own process, on `time.monotonic`.
"""

from collections.abc import Mapping
import contextlib
from dataclasses import dataclass
import time
from typing import Any, Self

from benchmarks.pipeline.kinds import Script
from local_server.wire import RealtimeServer, scenario_from_dict

KEY = "sk-bench"
TRANSCRIPTION_SECONDS = 0.4
"""What a transcript takes after the commit."""
RESPONSE_SECONDS = 0.5
"""What a model takes from `response.create` to its first output."""
DELTA_SECONDS = 0.02
"""Between deltas of 100 ms audio: five times as fast as it is heard."""
SILENCE_SECONDS = 0.5
"""After how long a silence a server with voice activity detection takes speech to have ended."""
_FIRST_SOUND_SECONDS = 0.2


@dataclass(slots=True)
class Sent:
    """When the server has said what, on `time.monotonic`."""

    end_of_speech: float | None = None
    first_audio: float | None = None


class TimedServer:
    """A Realtime server that answers after fixed times; entering opens it.

    With `speech_seconds` it finds the end of speech by itself, as long after it as a server would whose voice activity
    detection is never wrong, where a session asks it to.
    """

    def __init__(self, script: Script, speech_seconds: float) -> None:
        speech_ms = {
            "start_ms": round(_FIRST_SOUND_SECONDS * 1000),
            "end_ms": round((speech_seconds + SILENCE_SECONDS) * 1000),
        }
        self._sent = Sent()
        self._server = RealtimeServer(
            keys=[KEY],
            scenario=scenario_from_dict(
                {
                    "turns": [{"transcript": script.sentence, "delay": TRANSCRIPTION_SECONDS, "speech": speech_ms}],
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

    def take_sent(self) -> Sent:
        """Return when what was said since this was last asked."""
        sent, self._sent = self._sent, Sent()
        return sent

    def _observe(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "input_audio_buffer.speech_stopped":
                self._sent.end_of_speech = time.monotonic()
            case "response.created":
                # An answer that was begun too early and is made again counts from its second beginning.
                self._sent.first_audio = None
            case "response.output_audio.delta" if self._sent.first_audio is None:
                self._sent.first_audio = time.monotonic()
