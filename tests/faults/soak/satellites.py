"""What a satellite does, turn after turn, and how each of its runs ends."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
import random

from homeassistant.components import tts
from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.exceptions import HomeAssistantError

from ...voice import VoiceRun, speak, write
from .house import House
from .household import ASK, LIT, NUM_ROOMS, SENTENCES, SWITCH, TELL, light_of, sound

BOUND = 120.0
"""Seconds, most of which nobody waits for: no run may take longer, whatever happens."""
HEADER_BYTES = 44
SHARED = "shared"
"""A conversation that several satellites have at once."""
_MOMENTS: tuple[Callable[[VoiceRun], object], ...] = (
    lambda run: run.events,
    lambda run: run.data(PipelineEventType.STT_END),
    lambda run: run.data(PipelineEventType.INTENT_START),
    lambda run: run.chunks,
)


@dataclass(slots=True, kw_only=True)
class Diary:
    """How runs have ended, and readings; what nobody answered is named."""

    made: int = 0
    mark: int | None = None
    """How many runs must have been made before something happens."""
    marked: asyncio.Event = field(default_factory=asyncio.Event)
    ends: Counter[str] = field(default_factory=Counter)
    readings: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    lit: set[str] = field(default_factory=set)
    """The lights that somebody was told are on."""

    def begin(self) -> None:
        """Take note of a run."""
        self.made += 1
        if self.made == self.mark:
            self.marked.set()

    def end(self, name: str) -> None:
        """Take note of the end of a run."""
        self.ends[name] += 1


class Satellite:
    """A microphone and a speaker in a room; what it does next is drawn."""

    def __init__(self, house: House, room: int, dice: random.Random, diary: Diary) -> None:
        self._house = house
        self._room = room
        self._dice = dice
        self._diary = diary
        self._entity_id = house.satellites[room]
        self._agent = room % len(house.pipelines)
        self._pipeline = list(house.pipelines.values())[self._agent]
        self._conversation: str | None = None
        self._made = 0
        self._ways: dict[Callable[[], Awaitable[None]], int] = {
            self._speaks: 45,
            self._writes: 14,
            self._talks: 12,
            self._interrupts: 8,
            self._goes_away: 8,
            self._shares: 3,
            self._reads: 7,
            self._reads_half: 3,
        }

    async def live(self, num_turns: int) -> None:
        """Do so many turns, or one more."""
        until = self._made + num_turns
        while self._made < until:
            [way] = self._dice.choices(list(self._ways), list(self._ways.values()))
            await way()

    # What it does

    async def _speaks(self) -> None:
        await self._run(self._sentence())

    async def _writes(self) -> None:
        await self._run(self._sentence(), written=True)

    async def _talks(self) -> None:
        """Ask, and answer what is asked back in the same conversation."""
        await self._run(ASK)
        await self._run("The green one.")

    async def _shares(self) -> None:
        self._conversation = SHARED
        await self._run(self._sentence(), written=self._dice.random() < 0.3)
        self._conversation = None

    async def _interrupts(self) -> None:
        """Speak over an answer; as most satellites do, it cancels the run of before, or lets it go on."""
        first, run = self._begin(TELL)
        await self._until(first, run)
        if cancels := self._dice.random() < 0.5:
            first.cancel()
        await self._run(self._sentence())
        await self._over(first, run, "interrupted by a cancel" if cancels else "interrupted")

    async def _goes_away(self) -> None:
        task, run = self._begin(self._sentence())
        await self._until(task, run)
        task.cancel()
        await self._over(task, run, "satellite gone")

    async def _reads(self, *, half: bool = False) -> None:
        """Have a text read aloud that belongs to no conversation."""
        engine = self._house.voices[self._agent]
        options = {tts.ATTR_PREFERRED_FORMAT: "wav"}
        stream = tts.async_create_stream(self._house.hass, engine, "en", options)
        number = self._dice.randrange(10**9)
        stream.async_set_message(f"Room {self._room} reports that washing machine number {number} has finished.")
        heard = 0
        try:
            async with asyncio.timeout(BOUND):
                async for chunk in stream.async_stream_result():
                    heard += len(chunk)
                    if half:
                        break
                    await asyncio.sleep(self._dice.choice((0, 0, 0.5)))
        except HomeAssistantError:
            self._diary.readings["failed"] += 1
        except TimeoutError:
            self._diary.unanswered.append(f"a reading in room {self._room}")
        else:
            self._diary.readings["given up" if half else "heard" if heard > HEADER_BYTES else "silent"] += 1

    async def _reads_half(self) -> None:
        await self._reads(half=True)

    # How it does that

    def _sentence(self) -> str:
        """Return something to say, in the conversation of before or in a new one."""
        if self._dice.random() < 0.4:
            self._conversation = None
        return self._dice.choice((f"{SWITCH}light {self._room}.", SENTENCES[self._dice.randrange(NUM_ROOMS)], TELL))

    def _begin(self, sentence: str, *, written: bool = False) -> tuple[asyncio.Task[VoiceRun], VoiceRun]:
        """Begin a run."""
        self._made += 1
        self._diary.begin()
        run = VoiceRun()
        hass, conversation_id = self._house.hass, self._conversation
        if written:
            way = write(hass, self._pipeline, sentence, conversation_id=conversation_id, run=run)
        else:
            pcm = sound(sentence)
            way = speak(
                hass, self._pipeline, pcm=pcm, conversation_id=conversation_id, satellite=self._entity_id, run=run
            )
        return asyncio.create_task(way, name=f"run in room {self._room}"), run

    async def _run(self, sentence: str, *, written: bool = False) -> None:
        """Go through a whole run."""
        task, run = self._begin(sentence, written=written)
        await self._over(task, run, None)
        if sentence.startswith(SWITCH) and (run.speech or "").endswith(LIT):
            self._diary.lit.add(light_of(sentence))

    async def _until(self, task: asyncio.Task[VoiceRun], run: VoiceRun) -> None:
        """Wait for a moment of a run, or for its end."""
        moment = asyncio.create_task(run.until(self._dice.choice(_MOMENTS)))
        await asyncio.wait({task, moment}, return_when=asyncio.FIRST_COMPLETED, timeout=BOUND)
        moment.cancel()

    async def _over(self, task: asyncio.Task[VoiceRun], run: VoiceRun, stopped: str | None) -> None:
        """Wait for the end of a run, and take note of it; `stopped` says that somebody did not want all of it."""
        await asyncio.wait({task}, timeout=BOUND)
        if not task.done():
            types = [event.type.value for event in run.events]
            self._diary.unanswered.append(f"room {self._room}, {self._pipeline}: {types}")
            task.cancel()
            return
        if run.events and run.events[0].type is PipelineEventType.RUN_START and stopped is None:
            self._conversation = run.conversation_id
        self._diary.end(stopped or _end(task, run))
        if stopped is None and _end(task, run).startswith("unanswered"):
            self._diary.unanswered.append(f"room {self._room}: {[event.type.value for event in run.events]}")


def _end(task: asyncio.Task[VoiceRun], run: VoiceRun) -> str:
    """Return how a run has ended that nobody has stopped."""
    if task.cancelled() or task.exception() is not None:
        return f"unanswered: {'cancelled' if task.cancelled() else task.exception()!r}"
    if run.error is not None:
        return f"code {run.error}"
    if run.speech is None:
        return "unanswered"
    if run.response_type == "error":
        return "reason spoken" if _heard(run) else "reason shown"
    if not run.speech:
        return "silence"
    return "answered" if _heard(run) else "answered, not heard"


def _heard(run: VoiceRun) -> bool:
    """Return whether there was sound."""
    return run.audio is not None and len(run.audio) > HEADER_BYTES
