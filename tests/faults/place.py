"""Where does a fault strike? In a house, at its server, on the road between them, while a user speaks and listens."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.insight import TurnRecord
from local_server.wire import ManualClock, RealtimeServer
from tests.faults.jumping_clock import JumpingClock
from tests.faults.road import Road
from tests.faults.slow_lamp import SlowLamp
from tests.house import Agent, find_agent
from tests.voice import SPEECH, VoiceRun, frames, speak

CONVERSATION = "kitchen"
LOOK_SECONDS = 0.005
"""Seconds between two looks at a story; far more than what is on its way on one machine takes."""
NUM_HOPS = 30
"""Turns of the loop in which whatever is on its way arrives: relay, server and house share it."""
HEADER_BYTES = 44
DELTA = "response.output_audio.delta"
WIRE_RATE, PIPELINE_RATE = 24_000, 16_000
SLACK_BYTES = 100
"""What a converter keeps back at the end of what it was given, or adds to it."""
MANY_LOOKS = 50
CONNECT_SECONDS, SHORT_CONNECT_SECONDS = 10.0, 0.3
"""Real seconds: what waits for a socket is not on the house's clock. The short ones are for who is not let in anyway."""


@dataclass(slots=True, kw_only=True)
class Place:
    """All that a story and its fault take place in."""

    hass: HomeAssistant
    account: MockConfigEntry
    server: RealtimeServer
    server_clock: ManualClock
    clock: JumpingClock
    road: Road
    lamp: SlowLamp
    satellite: str
    run: VoiceRun = field(default_factory=VoiceRun)
    """What the user said when the fault struck, and what came of it."""
    story: asyncio.Task[VoiceRun] | None = None
    spoken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the user has said everything."""
    num_turns: int = 0
    """How often the user has begun to speak to the present agent."""
    chores: list[asyncio.Task[Any]] = field(default_factory=list)
    """What Home Assistant does besides, as unloading the account."""
    takes: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the satellite takes what there is of its answer."""
    undo: ExitStack = field(default_factory=ExitStack)
    """What is to be put right in any case, as it is not the house's own."""
    agent: Agent = field(init=False)

    async def set_up(self) -> None:
        """Set the account up; its agent goes by the house's clock."""
        assert await self.hass.config_entries.async_setup(self.account.entry_id)
        await self.hass.async_block_till_done()
        self.agent = await find_agent(self.hass, self.account)
        self.agent.coordinator.clock = self.clock
        self.wait_for_dials(CONNECT_SECONDS)
        self.num_turns = len(self.records)

    def wait_for_dials(self, seconds: float) -> None:
        """Set how long the agent waits to be let in."""
        coordinator = self.agent.coordinator
        coordinator.limits = replace(coordinator.limits, connect=seconds)

    @property
    def records(self) -> Sequence[TurnRecord]:
        """The records of the agent's turns."""
        return tuple(self.agent.coordinator.turn_log.ledger.records)

    def speak(self) -> None:
        """Have the user begin to speak; they stop in the middle until `spoken` is set."""
        self.run, self.num_turns = VoiceRun(takes=self.takes), self.num_turns + 1
        self.story = asyncio.create_task(
            speak(
                self.hass,
                self.agent.pipeline_id,
                stream=self._speech(),
                conversation_id=CONVERSATION,
                satellite=self.satellite,
                run=self.run,
            )
        )

    async def _speech(self) -> AsyncIterator[bytes]:
        half = len(SPEECH) // 2
        async for frame in frames(SPEECH[:half]):
            yield frame
        await self.spoken.wait()
        async for frame in frames(SPEECH[half:]):
            yield frame

    def num_heard(self) -> int:
        """Return how many bytes of sound the satellite has."""
        return max(0, sum(map(len, self.run.chunks)) - HEADER_BYTES)

    async def until_all_is_heard(self) -> None:
        """Wait until the satellite has all that the server has said so far."""
        sent = [event for link in self.server.connections for event in link.sent if event["type"] == DELTA]
        num_bytes = sum(len(b64decode(event["delta"])) for event in sent) * PIPELINE_RATE // WIRE_RATE
        await self.until(lambda: self.num_heard() >= num_bytes - SLACK_BYTES, server_seconds=0.0)

    async def until(self, condition: Callable[[], object], *, server_seconds: float = 1.0) -> None:
        """Wait for a condition; the server's time goes on by so many seconds at every look."""
        while not condition():
            await self.look(server_seconds)

    async def go_on(self, *, seconds: float = 0.0) -> None:
        """Let the story come to its end; the house's clock moves on by so many seconds at every look."""
        self.spoken.set()
        self.lamp.released.set()
        while any(not task.done() for task in self._tasks()):
            await self.look()
            self.clock.jump(seconds)
        for _ in range(MANY_LOOKS):
            # What a turn has cost may be known only after all of it was heard.
            if len(self.records) >= self.num_turns:
                break
            await self.look()
            self.clock.jump(seconds)
        if self.story is not None and not self.story.cancelled():
            self.story.result()

    def _tasks(self) -> list[asyncio.Task[Any]]:
        return [*self.chores, *([] if self.story is None else [self.story])]

    async def look(self, server_seconds: float = 1.0) -> None:
        """Let a moment pass, in which the server's time goes on by so many seconds."""
        await self.server_clock.advance(server_seconds)
        waiting = [task for task in self._tasks() if not task.done()]
        # Whatever ends is seen at once; all else is on its way for less time than this.
        await (asyncio.wait(waiting, timeout=LOOK_SECONDS) if waiting else asyncio.sleep(LOOK_SECONDS))
        for _ in range(NUM_HOPS):
            # A busy machine may have slept all that time, and what is on its way needs turns of the loop, not time.
            await asyncio.sleep(0)

    async def say_again(self) -> VoiceRun:
        """Say something else in the same conversation, to its end."""
        self.speak()
        await self.go_on()
        return self.run
