"""What happened when in one run, as a satellite sees it? The run is spoken by one of the bench's satellites."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
import time
from typing import Any

from benchmarks.pipeline.kinds import TTS_OPTIONS, Output
from benchmarks.pipeline.server import Sent
from benchmarks.pipeline.sound import silent_bytes
from benchmarks.satellites import DOMAIN, RunStarts
from demo.hass_api import HassApi
from demo.processes import DemoError
from demo.timeline import Mark, marks

RUN_SECONDS = 30


class Moment(StrEnum):
    """What is measured, in the order of the table's columns."""

    END_NOTICED = "end noticed"
    TRANSCRIPT = "transcript"
    AGENT_ASKED = "agent asked"
    FIRST_TEXT = "first text"
    TTS_ASKED = "TTS asked"
    TEXT_COMPLETE = "text complete"
    FIRST_AUDIO = "first audio"


_MOMENTS = {
    Mark.END_OF_SPEECH_NOTICED: Moment.END_NOTICED,
    Mark.TRANSCRIPT: Moment.TRANSCRIPT,
    Mark.FIRST_TEXT: Moment.FIRST_TEXT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What is said by whom, through which pipeline, and what the answer is to be sent as."""

    satellite: str
    pipeline_id: str
    pcm: Path
    output: Output
    new_conversation: bool = True
    patience: float = RUN_SECONDS
    """Seconds after which the run counts as failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: seconds from the end of speech, and of our own part where the answer's audio is a server's."""

    after_speech: Mapping[Moment, float]
    answer: str
    own_part: float | None = None
    """From the later of (first audio delta sent, Home Assistant asks) to the first byte that can be heard."""
    delta_to_byte: float | None = None
    """From the first audio delta sent to the first byte that can be heard."""


async def speak(api: HassApi, starts: RunStarts, spoken: Spoken) -> tuple[dict[str, Any], float]:
    """Speak a file of PCM16 mono at 16 kHz; returns what the satellite saw, and when the first byte was heard.

    Raises DemoError where the run failed, was not over in time, or its answer had no sound.
    """
    starts.forget(spoken.satellite)
    speaking = asyncio.create_task(_speak(api, spoken), name="bench speech")
    listening = asyncio.create_task(_listen(api, starts, spoken), name="bench ears")
    try:
        ended, waited = await asyncio.wait(
            {speaking, listening}, timeout=spoken.patience, return_when=asyncio.FIRST_EXCEPTION
        )
        for task in ended:
            task.result()
        if waited:
            raise DemoError(f"a run was not over in {spoken.patience:.0f} s")
        return speaking.result(), listening.result()
    finally:
        speaking.cancel()
        listening.cancel()
        await asyncio.wait({speaking, listening})


async def ask(api: HassApi, pipeline_id: str, sentence: str) -> Measured:
    """Ask a pipeline's agent in writing; its answer is complete as long after the question as is returned."""
    asked = time.monotonic()
    fields = {"start_stage": "intent", "end_stage": "intent", "input": {"text": sentence}, "pipeline": pipeline_id}
    async with asyncio.timeout(RUN_SECONDS), api.subscribe("assist_pipeline/run", **fields) as events:
        while (event := await events.get())["type"] != "intent-end":
            _check(event)
        complete = time.monotonic()
    return Measured(after_speech={Moment.TEXT_COMPLETE: complete - asked}, answer=_answer(event))


def measured(seen: Mapping[str, Any], first_byte: float, sent: Sent) -> Measured:
    """Return the figures of a run; raises `DemoError` when it lacks one."""
    speech_end: float = seen["speech_end"]
    moments: dict[Moment, float] = {}
    answer = ""
    for event in seen["events"]:
        for moment in _moments(event):
            moments.setdefault(moment, event["at"] - speech_end)
        if event["type"] == "intent-end":
            answer = _answer(event)
            # Home Assistant's own agent tells its text as a whole.
            moments.setdefault(Moment.FIRST_TEXT, event["at"] - speech_end)
            moments[Moment.TEXT_COMPLETE] = event["at"] - speech_end
    moments[Moment.FIRST_AUDIO] = first_byte - speech_end
    if sent.end_of_speech is not None:
        # Home Assistant has not been looking for it.
        moments[Moment.END_NOTICED] = sent.end_of_speech - speech_end
    if missing := [moment for moment in Moment if moment not in moments]:
        raise DemoError(f"a run had no {', '.join(missing)}")
    if sent.first_audio is None:
        return Measured(after_speech=moments, answer=answer)
    asked = speech_end + moments[Moment.TTS_ASKED]
    return Measured(
        after_speech=moments,
        answer=answer,
        own_part=first_byte - max(sent.first_audio, asked),
        delta_to_byte=first_byte - sent.first_audio,
    )


def _check(event: Mapping[str, Any]) -> None:
    if event["type"] == "error":
        raise DemoError(f"a run failed with {event['data']['code']}: {event['data']['message']}")


def _answer(event: Mapping[str, Any]) -> str:
    answer: str = event["data"]["intent_output"]["response"]["speech"]["plain"]["speech"]
    return answer


def _moments(event: Mapping[str, Any]) -> Iterable[Moment]:
    for mark in marks(event):
        if mark in _MOMENTS:
            yield _MOMENTS[mark]
    if event["type"] == "intent-start":
        yield Moment.AGENT_ASKED
    if event["type"] == "tts-start" or (event["data"] or {}).get("tts_start_streaming"):
        yield Moment.TTS_ASKED


async def _speak(api: HassApi, spoken: Spoken) -> dict[str, Any]:
    result = await api.call(
        "call_service",
        domain=DOMAIN,
        service="speak",
        target={"entity_id": spoken.satellite},
        service_data={
            "path": str(spoken.pcm),
            "pipeline_id": spoken.pipeline_id,
            "tts_options": dict(TTS_OPTIONS[spoken.output]),
            "new_conversation": spoken.new_conversation,
        },
        return_response=True,
    )
    seen: dict[str, Any] = result["response"][spoken.satellite]
    for event in seen["events"]:
        _check(event)
    return seen


async def _listen(api: HassApi, starts: RunStarts, spoken: Spoken) -> float:
    """Return when the first byte came that can be heard, after the last has come."""
    head, first = bytearray(), 0.0
    async for piece in api.stream(await starts.url(spoken.satellite)):
        if first:
            continue
        head += piece
        silent = silent_bytes(spoken.output, head)
        if silent is not None and len(head) > silent:
            first = time.monotonic()
    if not first:
        raise DemoError("an answer had no audio")
    return first
