"""What does the server tell of what is used? Every response and transcription, as it goes out on the wire."""

from collections.abc import Mapping
from typing import Any

from benchmarks.cost.bill import Bill, response_bill, transcription_bill

_TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


class Counting:
    """Adds up what one server says; `observe` is its observer. One session talks at a time."""

    def __init__(self) -> None:
        self.running = 0
        """How many responses have begun and not ended."""
        self.instructions = ""
        """Those of the session that was configured last."""
        self.tools: list[dict[str, Any]] = []
        self._bill = Bill()
        self._model = ""
        self._ears = ""

    def take(self) -> Bill:
        """Return what was used since this was last asked."""
        taken, self._bill = self._bill, Bill()
        return taken

    def observe(self, event: Mapping[str, Any]) -> None:
        """Take in an event of the server."""
        match event["type"]:
            case "session.created" | "session.updated":
                self._configured(event["session"])
            case "response.created":
                self.running += 1
            case "response.done":
                self.running -= 1
                self._bill += response_bill(self._model, event["response"]["usage"])
            case t if t == _TRANSCRIBED:
                self._bill += transcription_bill(self._ears, event["usage"])

    def _configured(self, session: Mapping[str, Any]) -> None:
        self._model = session["model"]
        self.instructions, self.tools = session["instructions"], list(session["tools"])
        transcription = session["audio"]["input"]["transcription"]
        if transcription is not None:
            self._ears = transcription["model"]
