"""What is said to the house through the satellite, and what came of it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
import time
from typing import Any

from demo.audio import ASSIST_RATE, decode, read_speech, seconds, without_silent_end, write_wav
from demo.commands import RECORDINGS, Command
from demo.ears import Ears
from demo.hass_api import HassApi
from demo.processes import DemoError
from demo.report import Report
from demo.satellite_body import PAUSE_SECONDS, Answer, Body, wake_sound
from demo.states import Snapshot, changes, look
from demo.timeline import Mark, Stamp, Timeline, marks
from demo.verdict import Evidence
from demo.voice_run import VoiceRun

TURN_SECONDS = 30
"""What a command may take from the wake word to the answer's last byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A command that was spoken to the satellite, and what Home Assistant and the loudspeaker did."""

    number: int
    command: Command
    seconds: float
    run: VoiceRun
    before: Snapshot
    after: Snapshot
    answer: Answer | None
    """None when nothing came out of the loudspeaker."""
    woken: float
    """When the satellite heard its wake word."""
    told_from: int
    """Where in the body's events the turn begins."""


class SatelliteTurns:
    """The satellite in a running house, and where its answers go."""

    def __init__(self, api: HassApi, pipeline_id: str, *, body: Body, ears: Ears, report: Report, build: Path) -> None:
        self._api = api
        self._pipeline_id = pipeline_id
        self._body = body
        self._ears = ears
        self._report = report
        self._build = build

    async def speak(self, number: int, command: Command) -> Spoken:
        """Prepare the house, wake the satellite and speak one command; returns when its answer has come whole.

        Home Assistant sends faster than a voice speaks: the answer is still being played then.
        """
        speech = without_silent_end(await read_speech(RECORDINGS / f"{command.recording}.wav"))
        for action in command.before:
            await self._api.action(action.domain, action.name, **action.data)
        before, runs, told_from = await look(self._api), await self._runs(), len(self._body.told)
        answers = len(self._body.loudspeaker.answers)
        pause = bytes(int(PAUSE_SECONDS * ASSIST_RATE) * 2)
        speech_end = time.monotonic() + self._body.microphone.play(wake_sound(), pause, speech)
        run = await self._run(runs, speech_end)
        answer = await self._answer(answers) if not run.error else None
        if answer:
            run.audio = bytes(answer.pcm)
            run.timeline = _with_audio(run.timeline, answer)
        return Spoken(
            number=number,
            command=command,
            seconds=seconds(speech, ASSIST_RATE),
            run=run,
            before=before,
            after=await look(self._api),
            answer=answer,
            woken=self._told_at("detection", told_from) or speech_end,
            told_from=told_from,
        )

    async def show(self, spoken: Spoken) -> Evidence:
        """Listen to what the loudspeaker was given, and show what came of the command."""
        path, pcm = await self._file(spoken)
        evidence = Evidence(
            run=spoken.run,
            after=spoken.after,
            changes=changes(spoken.before, spoken.after),
            heard_back=await self._ears.hear(pcm) if pcm else "",
        )
        self._report.command(spoken.number, spoken.command, spoken.seconds)
        self._report.evidence(evidence, path, pcm)
        return evidence

    async def silence(self) -> None:
        """Wait until the loudspeaker has played what it was given."""
        await asyncio.sleep(max(0.0, self._body.loudspeaker.silent_from - time.monotonic()))

    async def told(self, kind: str, since: int, patience: float) -> float | None:
        """Return when the satellite was told of something, waiting for it at most `patience` seconds."""

        try:
            async with asyncio.timeout(patience):
                await self._body.until(lambda: self._told_at(kind, since) is not None)
        except TimeoutError:
            return None
        return self._told_at(kind, since)

    def _told_at(self, kind: str, since: int) -> float | None:
        return next((each.at for each in self._body.told[since:] if each.event.type == kind), None)

    async def _run(self, before: set[str], speech_end: float) -> VoiceRun:
        """Return the pipeline run that the wake word started, when it has ended, as Home Assistant recorded it."""
        events: list[dict[str, Any]] = []
        deadline = speech_end + TURN_SECONDS
        while not any(event["type"] == "run-end" for event in events):
            if time.monotonic() > deadline:
                raise DemoError(f"the satellite's run did not end in {TURN_SECONDS} s; so far: {events}")
            await asyncio.sleep(0.1)
            if new := await self._runs() - before:
                fields = {"pipeline_id": self._pipeline_id, "pipeline_run_id": max(new)}
                events = (await self._api.call("assist_pipeline/pipeline_debug/get", **fields))["events"]
        run = VoiceRun()
        for event in events:
            run.hear(event)
        run.timeline = Timeline(speech_end=speech_end, stamps=stamps(events, time.monotonic() - time.time()))
        return run

    async def _runs(self) -> set[str]:
        listed = await self._api.call("assist_pipeline/pipeline_debug/list", pipeline_id=self._pipeline_id)
        return {run["pipeline_run_id"] for run in listed["pipeline_runs"]}

    async def _answer(self, before: int) -> Answer | None:
        answers = self._body.loudspeaker.answers
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._body.until(lambda: len(answers) > before and answers[before].complete)
        except TimeoutError:
            return None
        return answers[before]

    async def _file(self, spoken: Spoken) -> tuple[Path, bytes]:
        """Write what the loudspeaker was given; returns the file and its PCM as the offline hearing takes it."""
        path = self._build / f"{spoken.number}-{spoken.command.recording}.wav"
        if spoken.answer is None or not spoken.answer.pcm:
            return path, b""
        write_wav(path, bytes(spoken.answer.pcm), spoken.answer.rate)
        return path, await decode(path.read_bytes())


def stamps(events: list[dict[str, Any]], offset: float) -> tuple[Stamp, ...]:
    """Return the marks in Home Assistant's record of a run; `offset` takes its wall clock to the demo's clock."""
    return tuple(
        Stamp(mark=mark, at=datetime.fromisoformat(event["timestamp"]).timestamp() + offset)
        for event in events
        for mark in marks(event)
    )


def _with_audio(timeline: Timeline, answer: Answer) -> Timeline:
    heard = (
        Stamp(mark=Mark.FIRST_AUDIO, at=answer.first_byte),
        Stamp(mark=Mark.LAST_AUDIO, at=answer.last_byte),
    )
    return Timeline(speech_end=timeline.speech_end, stamps=(*timeline.stamps, *heard))
