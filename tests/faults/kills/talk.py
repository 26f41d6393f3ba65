"""What is said to the house until it dies: several conversations at once, in writing and in speech."""

import asyncio
from collections.abc import Sequence
import contextlib
from dataclasses import dataclass, field
from random import Random
import time

import aiohttp

from demo.audio import read_speech
from demo.commands import RECORDINGS
from demo.hass_api import HassApi
from demo.processes import DemoError
from demo.voice_run import VoiceRun, speak

from .bill import number_in

WRITERS, SPEAKERS = 3, 1
_SPEECH = "question"
_LONGEST_CONVERSATION = 4
_ANSWER_SECONDS = 60


@dataclass(slots=True)
class Heard:
    """What clients saw of their turns."""

    ended: dict[int, float] = field(default_factory=dict)
    """When a turn's run was over, on the monotonic clock, by the number in its answer."""
    wrong: list[tuple[float, str]] = field(default_factory=list)
    """When what was answered in its place."""

    def take(self, run: VoiceRun) -> None:
        """Take note of a run that is over."""
        if run.error or (number := number_in(run.answer)) is None:
            self.wrong.append((time.monotonic(), f"a turn was answered {run.answer!r} {run.error}".rstrip()))
        else:
            self.ended[number] = time.monotonic()


async def talk(api: HassApi, pipeline_id: str, heard: Heard, random: Random) -> None:
    """Say things until this is cancelled or the house is gone."""
    speech = await read_speech(RECORDINGS / f"{_SPEECH}.wav")
    async with asyncio.TaskGroup() as group:
        for number in range(WRITERS + SPEAKERS):
            pcm = speech if number >= WRITERS else None
            group.create_task(_talk(api, pipeline_id, heard, Random(random.random()), pcm))


async def _talk(api: HassApi, pipeline_id: str, heard: Heard, random: Random, pcm: bytes | None) -> None:
    """Hold one conversation after the other."""
    with contextlib.suppress(DemoError, aiohttp.ClientError, ConnectionError):
        while True:
            conversation_id: str | None = None
            for _ in range(random.randint(1, _LONGEST_CONVERSATION)):
                run = (
                    await _write(api, pipeline_id, conversation_id)
                    if pcm is None
                    else await speak(api, pipeline_id, pcm, conversation_id=conversation_id)
                )
                heard.take(run)
                conversation_id = run.conversation_id
                await asyncio.sleep(random.uniform(0, 0.5))


async def _write(api: HassApi, pipeline_id: str, conversation_id: str | None) -> VoiceRun:
    """Say something in writing and return the run, which has no sound."""
    fields = {"conversation_id": conversation_id} if conversation_id else {}
    run = VoiceRun()
    async with (
        asyncio.timeout(_ANSWER_SECONDS),
        api.subscribe(
            "assist_pipeline/run",
            start_stage="intent",
            end_stage="intent",
            input={"text": "What time is it?"},
            pipeline=pipeline_id,
            **fields,
        ) as events,
    ):
        while (event := await events.get())["type"] != "run-end":
            if event["type"] == "lost":
                raise DemoError("Home Assistant is gone")
            run.hear(event)
    return run


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait for their end; what they fail with is that of a house that is gone."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
