"""How does a real satellite come to live in the house? The process, its config entry, its room and its pipeline."""

import asyncio
from collections.abc import AsyncIterator, Sequence
import contextlib
from dataclasses import dataclass
import os
from pathlib import Path
import time
from typing import Any

from demo.agent import PIPELINE
from demo.furnish import run_flow
from demo.hass_api import HassApi, HassApiError
from demo.home_assistant import REPOSITORY
from demo.processes import ChildProcess, DemoError, free_port
from demo.satellite_body import Body

NAME = "Demo satellite"
PYTHON = Path(".venv-satellite/bin/python")
PROGRAM = Path(__file__).with_name("answering_satellite.py")
START_SECONDS = 30
_DOMAIN = "wyoming"
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSatellite:
    """A satellite that listens for Home Assistant, and its body."""

    port: int
    body: Body
    process: ChildProcess


@contextlib.asynccontextmanager
async def satellite(log: Path) -> AsyncIterator[RunningSatellite]:
    """Run `wyoming-satellite` with the body that the demo plays; raises `DemoError` when it does not come up."""
    python = REPOSITORY / PYTHON
    if not python.exists():
        raise DemoError("the satellite is not installed; scripts/setup --satellite does that")
    async with Body() as body:
        port = free_port()
        process = ChildProcess(
            "the satellite", [str(python), *_arguments(body, port)], log=log, env=dict(os.environ), cwd=REPOSITORY
        )
        async with process:
            await _listens(process, port)
            yield RunningSatellite(port=port, body=body, process=process)


def _arguments(body: Body, port: int) -> Sequence[str]:
    services = [part for name in ("mic", "wake", "snd", "event") for part in (f"--{name}-uri", body.uri(name))]
    return [str(PROGRAM), "--uri", f"tcp://{_HOST}:{port}", "--name", NAME, "--no-zeroconf", "--debug", *services]


async def _listens(process: ChildProcess, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        process.check()
        with contextlib.suppress(ConnectionError):
            _, writer = await asyncio.open_connection(_HOST, port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise DemoError(f"the satellite was not ready in {START_SECONDS} s. Its log ends:\n{process.tail()}")


async def move_in(api: HassApi, running: RunningSatellite, area: str) -> str:
    """Add the satellite as a user does, put it into an area and give it our pipeline; returns its entity id.

    Raises `HassApiError` when Home Assistant does not take the satellite into service.
    """
    entry_id = await run_flow(api, _DOMAIN, {"host": _HOST, "port": running.port})
    entities = await _entities(api, entry_id)
    await api.call(
        "config/device_registry/update",
        device_id=entities["assist_satellite"]["device_id"],
        area_id=await _area_id(api, area),
    )
    await api.action("select", "select_option", entity_id=entities["pipeline"]["entity_id"], option=PIPELINE)
    try:
        async with asyncio.timeout(START_SECONDS):
            await running.body.until(lambda: any(each.event.type == "run-satellite" for each in running.body.told))
    except TimeoutError:
        raise HassApiError(f"Home Assistant did not connect to the satellite in {START_SECONDS} s") from None
    entity_id: str = entities["assist_satellite"]["entity_id"]
    return entity_id


async def _entities(api: HassApi, entry_id: str) -> dict[str, Any]:
    """Return the registry's entries of the satellite and of its pipeline select."""
    found: dict[str, Any] = {}
    for entity in await api.call("config/entity_registry/list"):
        if entity["config_entry_id"] != entry_id:
            continue
        if entity["entity_id"].startswith("assist_satellite."):
            found["assist_satellite"] = entity
        elif entity["translation_key"] == "pipeline":
            found["pipeline"] = entity
    if missing := {"assist_satellite", "pipeline"} - set(found):
        raise HassApiError(f"the Wyoming integration made no {' and no '.join(sorted(missing))} of the satellite")
    return found


async def _area_id(api: HassApi, name: str) -> str:
    areas = {area["name"]: area["area_id"] for area in await api.call("config/area_registry/list")}
    area_id: str = areas[name]
    return area_id
