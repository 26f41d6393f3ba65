"""How a home gets ears and a voice that need no internet: Wyoming servers, and Home Assistant's own integration for them."""

import asyncio
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
from typing import Self

from demo.furnish import run_flow
from demo.hass_api import HassApi, HassApiError
from demo.home_assistant import REPOSITORY
from demo.processes import ChildProcess, DemoError

START_SECONDS = 60
_HOST = "127.0.0.1"
_DOMAIN = "wyoming"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The entities that Home Assistant has made of the two servers."""

    stt: str
    tts: str


class LocalSpeech:
    """The two Wyoming servers, in one process of their own; entering starts it, `add_to` waits for it."""

    def __init__(self, log: Path) -> None:
        self._process = ChildProcess(
            "the local ears and voice",
            [sys.executable, "-m", "demo.wyoming_server"],
            log=log,
            env={name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"},
            cwd=REPOSITORY,
        )

    async def __aenter__(self) -> Self:
        """Start the servers without waiting for them."""
        await self._process.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the servers."""
        await self._process.stop()

    async def add_to(self, api: HassApi) -> Engines:
        """Add both servers through the Wyoming integration's config flow and return their entities."""
        ports = await self._ports()
        found = {}
        for platform, name in (("stt", "ears"), ("tts", "voice")):
            entry_id = await run_flow(api, _DOMAIN, {"host": _HOST, "port": ports[name]})
            found[platform] = await _entity(api, entry_id, platform)
        return Engines(**found)

    async def _ports(self) -> dict[str, int]:
        try:
            async with asyncio.timeout(START_SECONDS):
                while (ports := announced_ports(self._process.text())) is None:
                    self._process.check()
                    await asyncio.sleep(0.1)
                return ports
        except TimeoutError:
            tail = self._process.tail()
            raise DemoError(
                f"the local ears and voice were not ready in {START_SECONDS} s. Their log ends:\n{tail}"
            ) from None


def announced_ports(log: str) -> dict[str, int] | None:
    """Return the ports in the servers' one JSON line, or None while the line is not there."""
    for line in log.splitlines(keepends=True):
        if line.startswith("{") and line.endswith("}\n"):
            ports: dict[str, int] = json.loads(line)
            return ports
    return None


async def _entity(api: HassApi, entry_id: str, platform: str) -> str:
    for entity in await api.call("config/entity_registry/list"):
        if entity["config_entry_id"] == entry_id and entity["entity_id"].startswith(f"{platform}."):
            entity_id: str = entity["entity_id"]
            return entity_id
    raise HassApiError(f"the Wyoming integration made no {platform} entity of the demo's server")
