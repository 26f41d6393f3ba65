"""Days of turns, nights in which everything comes to rest, and what must hold then."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
import random
import sys
from time import process_time

import freezegun.api

from custom_components.realtime_assist.session import RealtimeSession, SessionPool
from custom_components.realtime_assist.store import SAVE_DELAY

from .compressed_time import CompressedTime
from .far_end import FarEnd
from .health import Checkpoint, Errors, collected, descriptors, resident, tasks
from .house import MAX_SESSIONS, House
from .household import NUM_ROOMS
from .satellites import Diary, Satellite

TURNS_A_DAY = 200
RESTART_EVERY, RELOAD_EVERY = 2, 5
"""In days: the far end's server while everybody talks, and the account at night."""
NIGHT = tuple(timedelta(minutes=minutes) for minutes in (4, 50, 120, 240, 360, 360, 306))
REST_LOOKS = 400


@dataclass(slots=True, kw_only=True)
class Soak:
    """A soak, what it has brought so far, and what is wrong with that."""

    house: House
    far_end: FarEnd
    time: CompressedTime
    dice: random.Random
    diary: Diary
    faults: Counter[str]
    errors: Errors
    checkpoints: list[Checkpoint] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    first_tasks: Counter[str] | None = None
    days: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    async def run(self, num_turns: int, most_seconds: float) -> None:
        """Go through as many days as the turns take, or as end in so many real seconds."""
        began, cpu = freezegun.api.real_monotonic(), process_time()
        satellites = [
            Satellite(self.house, room, random.Random(self.dice.random()), self.diary) for room in range(NUM_ROOMS)
        ]
        while self.diary.made < num_turns and freezegun.api.real_monotonic() - began < most_seconds:
            self.days += 1
            left = min(TURNS_A_DAY, num_turns - self.diary.made)
            each = -(-left // NUM_ROOMS)
            restarting = asyncio.create_task(self._restart(left // 2))
            await asyncio.gather(*(satellite.live(each) for satellite in satellites))
            await restarting
            await self._come_to_rest()
            self._compare_pools()
            await self._put_lights_out()
            for span in NIGHT:
                await self.time.pass_by(span)
                await self._come_to_rest()
            self._look()
            if self.days % RELOAD_EVERY == 0:
                await self._reload()
            self.seconds, self.cpu_seconds = freezegun.api.real_monotonic() - began, process_time() - cpu
            self._tell()

    def _tell(self) -> None:
        """Say how far it is."""
        look = self.checkpoints[-1]
        sys.stdout.write(f"day {self.days}: {look.turns} runs in {self.seconds:.0f} s, {look.rss / 2**20:.0f} MiB\n")
        sys.stdout.flush()

    async def _restart(self, after: int) -> None:
        """Restart the server in the middle of some days."""
        if self.days % RESTART_EVERY:
            return
        self.diary.mark = self.diary.made + max(after, 1)
        self.diary.marked.clear()
        await self.diary.marked.wait()
        await self.far_end.restart()

    async def _reload(self) -> None:
        """Load the account again, as a restart of Home Assistant does."""
        before = self.house.counted
        await self.house.hass.config_entries.async_reload(self.house.account.entry_id)
        await self._come_to_rest(warm=False)
        if self.house.counted.spent != before.spent or self.house.counted.turns != before.turns:
            self.wrong.append(f"storage has lost something on day {self.days}")

    async def _come_to_rest(self, *, warm: bool = True) -> None:
        """Wait until nobody uses a session, each agent's spare one is `warm` again, and everything is written down."""
        for _ in range(REST_LOOKS):
            await self.house.hass.async_block_till_done()
            await asyncio.sleep(1)
            if not any(agent.busy or (warm and not _is_warm(agent.pool)) for agent in self.house.agents):
                await asyncio.sleep(SAVE_DELAY + 5)
                await self.house.hass.async_block_till_done()
                if self.far_end.server.num_open == self._links:
                    return
        self.wrong.append(f"no rest on day {self.days}: {tasks()}")

    @property
    def _links(self) -> int:
        """Return how many sockets this side has in use."""
        return sum(_has_link(session) for agent in self.house.agents for session in _sessions(agent.pool))

    async def _put_lights_out(self) -> None:
        """Compare the lights with what was said of them, and switch them off."""
        if dark := self.house.dark(self.diary.lit):
            self.wrong.append(f"dark on day {self.days}, though said to be lit: {dark}")
        self.diary.lit.clear()
        await self.house.turn_off()

    def _compare_pools(self) -> None:
        """Compare sessions with what may be, while conversations are still open."""
        for agent in self.house.agents:
            if len(agent.pool) > MAX_SESSIONS:
                self.wrong.append(f"{len(agent.pool)} sessions on day {self.days}")
        if self.far_end.server.num_open != self._links:
            self.wrong.append(f"{self.far_end.server.num_open} sockets for {self._links} links on day {self.days}")

    def _look(self) -> None:
        """Take a checkpoint."""
        self.far_end.server.forget_closed()
        self.far_end.bill.settle()
        storage = Path(self.house.hass.config.path(".storage", f"realtime_assist.{self.house.account.entry_id}"))
        present = tasks()
        self.first_tasks = self.first_tasks or present
        if present != self.first_tasks:
            self.wrong.append(
                f"tasks on day {self.days}: more {present - self.first_tasks}, fewer {self.first_tasks - present}"
            )
        self.checkpoints.append(
            Checkpoint(
                turns=self.diary.made,
                objects=collected(),
                rss=resident(),
                descriptors=descriptors(),
                tasks=present.total(),
                sockets=self.far_end.server.num_open,
                sessions=sum(len(_sessions(agent.pool)) for agent in self.house.agents),
                chat_logs=self.house.num_chat_logs,
                records=self.house.num_records,
                storage=storage.stat().st_size if storage.exists() else 0,
            )
        )


def _sessions(pool: SessionPool) -> list[RealtimeSession]:
    """Return the sessions of a pool, the spare one included."""
    return [*pool._sessions.values(), *([pool._spare] if pool._spare is not None else [])]


def _has_link(session: RealtimeSession) -> bool:
    """Return whether a session has a socket that can be used."""
    return session._uplink.usable is not None


def _is_warm(pool: SessionPool) -> bool:
    """Return whether the spare session is let in already; where all may be in use, there is none."""
    if pool._spare is None:
        return len(pool) >= MAX_SESSIONS
    link = pool._spare._uplink.usable
    return link is not None and link.greeted
