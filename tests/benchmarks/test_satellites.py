"""Each satellite's answer is found where its own run has said that it will be."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from typing import Any

from benchmarks.satellites import RUN_STARTED, run_starts


class Bus:
    """The events of a Home Assistant, as its API gives them."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.asked: list[dict[str, Any]] = []

    @contextlib.asynccontextmanager
    async def subscribe(self, command: str, **fields: Any) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
        self.asked.append({"command": command, **fields})
        yield self.events

    def started(self, satellite: str, url: str) -> None:
        self.events.put_nowait({"data": {"entity_id": satellite, "url": url}})


async def test_many_satellites_share_a_subscription_and_nobody_gets_anothers_answer() -> None:
    bus = Bus()
    async with run_starts(bus) as starts, asyncio.timeout(5):
        bus.started("assist_satellite.attic", "/attic/1")
        bus.started("assist_satellite.cellar", "/cellar/1")
        assert await starts.url("assist_satellite.cellar") == "/cellar/1"
        # A run whose answer nobody has fetched is not taken for the next one.
        starts.forget("assist_satellite.attic")
        waiting = asyncio.create_task(starts.url("assist_satellite.attic"))
        bus.started("assist_satellite.attic", "/attic/2")
        assert await waiting == "/attic/2"

    assert bus.asked == [{"command": "subscribe_events", "event_type": RUN_STARTED}]
