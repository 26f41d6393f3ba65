"""One life of the house after the other: when each is ended, and what is found after it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
import os
from random import Random
import signal
import time
from typing import Any

from demo.hass_api import HassApi
from demo.processes import ChildProcess
from demo.report import Report
from local_server.wire import RealtimeServer

from .bill import bill_of
from .house import LIMITS, House, complaints, differences, up
from .talk import Heard, end, talk
from .verdict import Kill, Loss, Told, faults, forgotten, loss, lost_turns, repeated, too_much, untold
from .writes import strike

BUDGET_EVENT = "realtime_assist_budget"
SLACK = 3.0
"""Seconds that a turn's end, the write's beginning and its end may be late on a machine that does much else."""

WRITE_SECONDS = 0.02
"""From a file's beginning to its being on the disk and in its place, and a little more."""

LAST_WORDS = 0.5
"""Seconds before a kill in which an answer may break off: the news of the kill may be that old."""
STOP_SECONDS = 2.0
"""What stopping takes, about."""


class Moment(StrEnum):
    """When a life is ended."""

    STARTUP = "while starting"
    LOADED = "just up"
    TURN = "in turns"
    WRITE = "while writing"
    STOP = "while stopping"


@dataclass(slots=True)
class Tally:
    """What came of all lives of a house, so far."""

    lives: Counter[Moment] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)
    halves: int = 0
    """Files that a kill has left half written beside the right ones."""
    wrong: list[str] = field(default_factory=list)
    billed: int = 0
    kept: int = 0


class Lives:
    """The lives of one house. `pace` is what it is called in the report."""

    def __init__(self, house: House, server: RealtimeServer, random: Random, report: Report, pace: str) -> None:
        self.tally = Tally()
        self._house = house
        self._server = server
        self._random = random
        self._report = report
        self._pace = pace
        self._shelf = house.shelf()
        self._written_off: set[int] = set()
        self._start_seconds = 10.0
        self._heard = Heard()
        self._killed = 0.0

    async def run(self, moments: Sequence[Moment]) -> None:
        """Live once for each moment, and look once more at the end."""
        for moment in moments:
            await self._live(moment)
        process = self._house.process()
        async with process, contextlib.AsyncExitStack() as stack:
            await self._up(process, stack)
        # This life ended in good order: what it has written must not be less.
        self.tally.wrong += faults(self._house.shelf(), self._shelf, bill_of(self._server))

    async def _live(self, moment: Moment) -> None:
        """Start the house, end it at a moment, and look at what is left."""
        told, halves = list[Told](), self._halves()
        self._heard = Heard()
        process = self._house.process()
        async with process:
            begun = time.monotonic()
            if moment is Moment.STARTUP:
                await asyncio.sleep(self._random.uniform(0, self._start_seconds))
                await self._kill(process)
            else:
                async with contextlib.AsyncExitStack() as stack:
                    api = await self._up(process, stack)
                    self._start_seconds = time.monotonic() - begun
                    told = await self._talk_until(moment, api, process)
        self.tally.halves += self._halves() - halves
        if moment is not Moment.STOP:
            # Who is about to stop may say so, and whose sound is cut off was killed in it.
            self.tally.wrong += [each for at, each in self._heard.wrong if at < self._killed - LAST_WORDS]
        longest = self._house.delay + SLACK
        self._judge(moment, Kill(at=self._killed, ended=self._heard.ended, longest_loss=longest), told)

    async def _up(self, process: ChildProcess, stack: contextlib.AsyncExitStack) -> HassApi:
        """Wait until the house is up, and look at it."""
        running = await stack.enter_async_context(up(self._house, process))
        self.tally.wrong += await differences(self._house, running.api, self._shelf)
        return running.api

    async def _talk_until(self, moment: Moment, api: HassApi, process: ChildProcess) -> list[Told]:
        """Talk to the house until the moment has come and it is killed; return what was told of budgets."""
        async with api.subscribe("subscribe_events", event_type=BUDGET_EVENT) as events:
            talking = asyncio.create_task(talk(api, self._house.agent.pipeline_id, self._heard, self._random))
            try:
                await self._reach(moment, process)
                await self._kill(process)
                now = datetime.now(UTC)
            finally:
                await end([talking])
            told = [events.get_nowait() for _ in range(events.qsize())]
        # A lost connection is an event as well.
        return [_told(event, now) for event in told if event.get("event_type") == BUDGET_EVENT]

    async def _reach(self, moment: Moment, process: ChildProcess) -> None:
        """Return when the moment has come. For a write's it has passed by then, and with it the process."""
        delay = self._house.delay
        match moment:
            case Moment.LOADED:
                await asyncio.sleep(self._random.uniform(0, 1))
            case Moment.STOP:
                await asyncio.sleep(self._random.uniform(1, delay))
                os.kill(process.pid, signal.SIGTERM)
                await asyncio.sleep(self._random.uniform(0, STOP_SECONDS))
            case Moment.TURN:
                await asyncio.sleep(self._random.uniform(1, 2 * delay + 2))
            case Moment.WRITE:
                # Turns have ended by then, and have to be written down.
                await asyncio.sleep(delay - 0.5)
                pause = self._random.uniform(0, WRITE_SECONDS)
                await asyncio.to_thread(strike, process.pid, self._house.storage, patience=delay + SLACK, pause=pause)

    async def _kill(self, process: ChildProcess) -> None:
        """Kill the process; one that we have ended a moment ago is as good."""
        if process.returncode not in {None, 0, -signal.SIGKILL}:
            process.check()
        self._killed = time.monotonic()
        await process.kill()

    def _judge(self, moment: Moment, kill: Kill, told: Sequence[Told]) -> None:
        """Compare what is stored with what was stored before and what was billed."""
        bill, before = bill_of(self._server), self._shelf
        now = self._house.shelf()
        lost = lost_turns(now, bill) - self._written_off
        cost = loss(lost, kill)
        wrong = [
            *faults(now, before, bill),
            *too_much(cost, kill),
            *untold(now, LIMITS),
            *repeated(told, before),
            *forgotten(told, now, SLACK),
            *complaints(self._house),
        ]
        self._written_off |= lost
        self._shelf = now
        self.tally.lives[moment] += 1
        self.tally.losses.append(cost)
        self.tally.billed, self.tally.kept = len(bill.turns), now.kept.total()
        self.tally.wrong += wrong
        self._report.step(
            f"{self._pace}, killed {moment}: {now.kept.total()} of {len(bill.turns)} turns kept, "
            f"{cost.turns} lost now, the first {cost.seconds:.1f} s before, {cost.unfinished} unfinished"
            + "".join(f"\n            WRONG: {each}" for each in wrong)
        )

    def _halves(self) -> int:
        return sum(path.name.startswith("tmp") for path in self._house.storage.iterdir())


def _told(event: Mapping[str, Any], killed: datetime) -> Told:
    """Return what an event told of a budget."""
    data, fired = event["data"], datetime.fromisoformat(event["time_fired"])
    return Told(period=data["period"], percent=data["percent"], seconds=(killed - fired).total_seconds())
