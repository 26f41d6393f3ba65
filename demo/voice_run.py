"""What happens when a sound file is spoken to an Assist pipeline in real time."""

import asyncio
from collections.abc import Mapping
import contextlib
from dataclasses import dataclass, field
import time
from typing import Any

import aiohttp

from demo.audio import ASSIST_RATE, FRAME_SECONDS, without_silent_end
from demo.hass_api import HassApi, HassApiError
from demo.processes import DemoError
from demo.timeline import Mark, Stamp, Timeline, marks

RUN_SECONDS = 60
MAX_SILENCE_SECONDS = 8
"""How long the microphone stays open after the speech when nobody notices its end."""
FRAME = int(ASSIST_RATE * FRAME_SECONDS) * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool that the agent called."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class VoiceRun:
    """A pipeline run as its client saw it; complete when `speak` returns it."""

    transcript: str = ""
    answer: str = ""
    conversation_id: str = ""
    tools: list[ToolCall] = field(default_factory=list)
    audio: bytes = b""
    """The answer in the format that Home Assistant sent, mp3 as a rule."""
    error: str = ""
    timeline: Timeline = field(default_factory=lambda: Timeline(speech_end=0, stamps=()))

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take what a pipeline event says."""
        data = event.get("data") or {}
        match event["type"]:
            case "run-start":
                self.conversation_id = data["conversation_id"]
            case "stt-end":
                self.transcript = data["stt_output"]["text"]
            case "intent-progress":
                calls = (data.get("chat_log_delta") or {}).get("tool_calls") or []
                self.tools += [ToolCall(name=call["tool_name"], arguments=call["tool_args"]) for call in calls]
            case "intent-end":
                output = data["intent_output"]
                self.answer = output["response"]["speech"].get("plain", {}).get("speech", "")
                self.conversation_id = output["conversation_id"]
            case "error":
                self.error = f"{data['code']}: {data['message']}"


async def speak(api: HassApi, pipeline_id: str, pcm: bytes, *, conversation_id: str | None = None) -> VoiceRun:
    """Speak PCM16 mono at 16 kHz to the pipeline and return the run with its answer's audio.

    The answer's URL is fetched as soon as the run names it, as satellites do. Raises `DemoError` when the run neither
    ends nor fails.
    """
    fields = {"conversation_id": conversation_id} if conversation_id else {}
    async with (
        api.subscribe(
            "assist_pipeline/run",
            start_stage="stt",
            end_stage="tts",
            input={"sample_rate": ASSIST_RATE},
            pipeline=pipeline_id,
            timeout=RUN_SECONDS,
            **fields,
        ) as events,
        contextlib.AsyncExitStack() as tasks,
    ):
        conversation = _Conversation(api, without_silent_end(pcm), tasks)
        try:
            async with asyncio.timeout(RUN_SECONDS + 5):
                while await conversation.take(await events.get()):
                    pass
                return await conversation.finish()
        except TimeoutError:
            raise DemoError(f"the voice run did not end in {RUN_SECONDS} s; so far: {conversation.run}") from None


class _Conversation:
    """The microphone, the loudspeaker and the run between them."""

    def __init__(self, api: HassApi, speech: bytes, tasks: contextlib.AsyncExitStack) -> None:
        self.run = VoiceRun()
        self._api = api
        self._speech = speech
        self._tasks = tasks
        self._stamps: list[Stamp] = []
        self._begin = 0.0
        self._heard = asyncio.Event()
        self._loudspeaker: asyncio.Task[None] | None = None

    async def take(self, event: dict[str, Any]) -> bool:
        """Take one event of the run; False after the last."""
        if event["type"] == "lost":
            raise HassApiError("Home Assistant closed the WebSocket during the voice run")
        self._stamps += [Stamp(mark=mark, at=time.monotonic()) for mark in marks(event)]
        self.run.hear(event)
        match event["type"]:
            case "run-start":
                self._begin = time.monotonic()
                self._start(self._speak(event["data"]["runner_data"]["stt_binary_handler_id"]), "demo microphone")
                url = event["data"]["tts_output"]["url"]
                self._loudspeaker = self._start(self._listen(url), "demo loudspeaker")
            case "stt-vad-end" | "stt-end" | "error":
                self._heard.set()
        return bool(event["type"] != "run-end")

    async def finish(self) -> VoiceRun:
        """Wait for the answer's last byte and return the run."""
        if self._loudspeaker and not self.run.error:
            try:
                await self._loudspeaker
            except (HassApiError, aiohttp.ClientError) as error:
                self.run.error = f"no audio: {error}"
        self.run.timeline = Timeline(speech_end=self._speech_end, stamps=tuple(self._stamps))
        return self.run

    @property
    def _speech_end(self) -> float:
        """When the last audible frame has been spoken, known before it is."""
        return self._begin + len(self._speech) / 2 / ASSIST_RATE

    def _start(self, coroutine: Any, name: str) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(coroutine, name=name)
        self._tasks.push_async_callback(_end, task)
        return task

    async def _speak(self, handler_id: int) -> None:
        """Send the speech and then silence in real time, until the end of speech was noticed."""
        prefix = bytes([handler_id])
        last = self._speech_end + MAX_SILENCE_SECONDS
        position = 0
        while not self._heard.is_set() and (now := time.monotonic()) < last:
            due = int((now - self._begin) / FRAME_SECONDS) + 1
            while position < due:
                frame = self._speech[position * FRAME : (position + 1) * FRAME]
                await self._api.send_bytes(prefix + frame.ljust(FRAME, b"\0"))
                position += 1
            await asyncio.sleep(max(0.0, self._begin + position * FRAME_SECONDS - time.monotonic()))
        if not self.run.error:
            await self._api.send_bytes(prefix)

    async def _listen(self, url: str) -> None:
        async for piece in self._api.stream(url):
            now = time.monotonic()
            if not self.run.audio:
                self._stamps.append(Stamp(mark=Mark.FIRST_AUDIO, at=now))
            self.run.audio += piece
        if self.run.audio:
            self._stamps.append(Stamp(mark=Mark.LAST_AUDIO, at=now))


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
