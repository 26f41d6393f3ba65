"""What happened when in one voice run, as a satellite sees it? The run is spoken by the bench's satellite."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
import time
from typing import Any

from demo.hass_api import HassApi
from demo.processes import DemoError
from demo.timeline import Mark, marks

RUN_STARTED = "bench_satellite_run_started"
RUN_SECONDS = 40
HEADER_BYTES = 128
"""No WAV header is longer: what comes after it can be heard."""


class Moment(StrEnum):
    """What is measured, in the order of the table's columns."""

    END_NOTICED = "end noticed"
    TRANSCRIPT = "transcript"
    FIRST_TEXT = "first text"
    ASKED = "TTS asked"
    TEXT_COMPLETE = "text complete"
    FIRST_AUDIO = "first audio"


_MOMENTS = {
    Mark.END_OF_SPEECH_NOTICED: Moment.END_NOTICED,
    Mark.TRANSCRIPT: Moment.TRANSCRIPT,
    Mark.FIRST_TEXT: Moment.FIRST_TEXT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: seconds from the end of speech, and of our own part where the answer's audio is a server's."""

    after_speech: Mapping[Moment, float]
    answer: str
    own_part: float | None = None
    """From the later of (first audio delta sent, Home Assistant asks) to the first byte that can be heard."""
    delta_to_byte: float | None = None
    """From the first audio delta sent to the first byte that can be heard."""


async def measure(api: HassApi, pcm: Path) -> tuple[dict[str, Any], float]:
    """Speak a file of PCM16 mono at 16 kHz; returns what the satellite saw, and when the first byte was heard."""
    async with api.subscribe("subscribe_events", event_type=RUN_STARTED) as started:
        spoken = asyncio.create_task(_speak(api, pcm), name="bench speech")
        try:
            async with asyncio.timeout(RUN_SECONDS):
                event = await started.get()
                first_byte = await _listen(api, event["data"]["url"])
                return await spoken, first_byte
        except TimeoutError:
            raise DemoError(f"a run was not over in {RUN_SECONDS} s") from None
        finally:
            spoken.cancel()
            await asyncio.wait([spoken])


def measured(seen: Mapping[str, Any], first_byte: float, first_delta: float | None) -> Measured:
    """Return the figures of a run; raises `DemoError` when it failed."""
    speech_end: float = seen["speech_end"]
    moments: dict[Moment, float] = {}
    answer = ""
    for event in seen["events"]:
        if event["type"] == "error":
            raise DemoError(f"a run failed with {event['data']['code']}: {event['data']['message']}")
        for moment in _moments(event):
            moments.setdefault(moment, event["at"] - speech_end)
        if event["type"] == "intent-end":
            answer = event["data"]["intent_output"]["response"]["speech"]["plain"]["speech"]
            # Home Assistant's own agent tells its text as a whole.
            moments.setdefault(Moment.FIRST_TEXT, event["at"] - speech_end)
            moments[Moment.TEXT_COMPLETE] = event["at"] - speech_end
    moments[Moment.FIRST_AUDIO] = first_byte - speech_end
    if first_delta is None:
        return Measured(after_speech=moments, answer=answer)
    asked = speech_end + moments[Moment.ASKED]
    return Measured(
        after_speech=moments,
        answer=answer,
        own_part=first_byte - max(first_delta, asked),
        delta_to_byte=first_byte - first_delta,
    )


def _moments(event: Mapping[str, Any]) -> Iterable[Moment]:
    for mark in marks(event):
        if mark in _MOMENTS:
            yield _MOMENTS[mark]
    if event["type"] == "tts-start" or (event["data"] or {}).get("tts_start_streaming"):
        yield Moment.ASKED


async def _speak(api: HassApi, pcm: Path) -> dict[str, Any]:
    result = await api.call(
        "call_service",
        domain="bench_satellite",
        service="speak",
        service_data={"path": str(pcm)},
        return_response=True,
    )
    seen: dict[str, Any] = result["response"]
    return seen


async def _listen(api: HassApi, url: str) -> float:
    """Return when the first byte came that can be heard, after the last has come."""
    count, first = 0, 0.0
    async for piece in api.stream(url):
        count += len(piece)
        if not first and count > HEADER_BYTES:
            first = time.monotonic()
    if not first:
        raise DemoError("an answer had no audio")
    return first
