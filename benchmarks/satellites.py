"""How do the bench's satellites come into a real Home Assistant, and how are their answers found? All of one integration."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
import contextlib
from pathlib import Path
from typing import Any

from demo.furnish import run_flow
from demo.hass_api import HassApi
from demo.home_assistant import REPOSITORY
from demo.house import CONFIGURATION

DOMAIN = "bench_satellite"
RUN_STARTED = "bench_satellite_run_started"
_AREA = "Living Room"
_INTEGRATIONS = ("custom_components/realtime_assist", f"benchmarks/{DOMAIN}")


def prepare(folder: Path, *lines: str) -> None:
    """Put both integrations into an empty folder, and a configuration that logs little, with lines of one's own after it."""
    components = folder / "custom_components"
    components.mkdir()
    for place in _INTEGRATIONS:
        (components / Path(place).name).symlink_to(REPOSITORY / place, target_is_directory=True)
    quiet = CONFIGURATION.read_text().replace("custom_components.realtime_assist: debug", "homeassistant: warning")
    (folder / CONFIGURATION.name).write_text("\n".join((quiet, *lines, "")))


async def move_in(api: HassApi, count: int) -> Sequence[str]:
    """Add satellites to a furnished house, all in one room; returns their entities."""
    entries = [await run_flow(api, DOMAIN) for _ in range(count)]
    areas = {area["name"]: area["area_id"] for area in await api.call("config/area_registry/list")}
    for device in await api.call("config/device_registry/list"):
        if set(device["config_entries"]) & set(entries):
            await api.call("config/device_registry/update", device_id=device["id"], area_id=areas[_AREA])
    registry = await api.call("config/entity_registry/list")
    found = {entity["config_entry_id"]: entity["entity_id"] for entity in registry}
    return [found[entry_id] for entry_id in entries]


class RunStarts:
    """Tells where the answer of each satellite's run will be."""

    def __init__(self) -> None:
        self._urls: defaultdict[str, asyncio.Queue[str]] = defaultdict(asyncio.Queue)

    async def url(self, satellite: str) -> str:
        """Return where the answer of a satellite's next run is, once it has begun."""
        return await self._urls[satellite].get()

    def forget(self, satellite: str) -> None:
        """Forget runs of a satellite whose answers nobody has fetched."""
        self._urls.pop(satellite, None)

    async def follow(self, events: asyncio.Queue[dict[str, Any]]) -> None:
        """Take in `RUN_STARTED` for ever."""
        while True:
            data = (await events.get())["data"]
            self._urls[data["entity_id"]].put_nowait(data["url"])


@contextlib.asynccontextmanager
async def run_starts(api: HassApi) -> AsyncIterator[RunStarts]:
    """Follow the runs of all satellites, however many there are, by one subscription."""
    starts = RunStarts()
    async with api.subscribe("subscribe_events", event_type=RUN_STARTED) as events:
        following = asyncio.create_task(starts.follow(events), name="bench run starts")
        try:
            yield starts
        finally:
            following.cancel()
            await asyncio.wait({following})
