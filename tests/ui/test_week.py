"""A week in the house, for a picture of the dashboard with something on it.

The turns are real, and so are their figures. Only the clock of Home Assistant is set back, as a week is long.
"""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
from pathlib import Path
import time

from playwright.async_api import Browser, expect
import pytest

from demo.agent import Agent, add_agent, compatible_account
from demo.audio import read_speech
from demo.commands import RECORDINGS
from demo.forms import reconfigure
from demo.furnish import furnish
from demo.hass_api import HassApi
from demo.home_assistant import RunningHomeAssistant, home_assistant
from demo.processes import free_port
from demo.server import KEY, LocalServer
from demo.story_fallback import SCENARIO as FIRST_MODEL_REFUSED
from demo.voice_run import speak

from .conftest import BUILD, logged_in
from .frontend import DASHBOARD
from .pictures import Camera

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
COMMANDS = ("light-by-name", "question", "set-temperature", "lights-by-area")
BUDGETS = {"budget_day": 0.2, "budget_month": 3}
TALL = {"width": 1280, "height": 1136}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How long ago the house is spoken to, how often, and with which fault of the server's."""

    hours_ago: int
    num_turns: int
    scenario: Path | None = None


VISITS = (
    Visit(hours_ago=149, num_turns=3),
    Visit(hours_ago=126, num_turns=5),
    Visit(hours_ago=98, num_turns=2),
    Visit(hours_ago=77, num_turns=4, scenario=FIRST_MODEL_REFUSED),
    Visit(hours_ago=52, num_turns=6),
    Visit(hours_ago=27, num_turns=3),
    Visit(hours_ago=4, num_turns=4),
)
NOW = Visit(hours_ago=0, num_turns=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the house and the server are, on each of the days."""

    folder: Path
    port: int
    server_port: int

    @contextlib.asynccontextmanager
    async def at(self, visit: Visit) -> AsyncIterator[tuple[RunningHomeAssistant, str]]:
        """Run both at the time of a visit; gives the house and the server's address."""
        clock = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": f"-{visit.hours_ago}h",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Without these three, Home Assistant takes six times as long to start.
            "FAKETIME_CACHE_DURATION": "3600",
            "FAKETIME_DISABLE_SHM": "1",
            "NO_FAKE_STAT": "1",
        }
        log = BUILD / f"home-assistant-{visit.hours_ago}-hours-ago.log"
        async with (
            LocalServer(BUILD / "local-server.log", port=self.server_port, scenario=visit.scenario) as server,
            home_assistant(
                self.folder, port=self.port, log=log, environment=clock if visit.hours_ago else None
            ) as house,
        ):
            yield house, await server.base_url()


@pytest.mark.timeout(1500)
async def test_a_week_is_seen_on_the_dashboard(
    request: pytest.FixtureRequest, browser: Browser, camera: Camera, tmp_path: Path
) -> None:
    if not request.config.getoption("--screenshots"):
        pytest.skip("takes minutes, for a picture: asked for with --screenshots")
    if FAKETIME is None:
        pytest.skip("needs Debian's package libfaketime")
    place = Place(folder=tmp_path, port=free_port(), server_port=free_port())
    agent: Agent | None = None
    for visit in VISITS:
        async with place.at(visit) as (house, base_url):
            if agent is None:
                agent = await move_in(house.api, base_url)
            await talk(house.api, agent, visit)

    assert agent is not None
    async with place.at(NOW) as (house, _):
        await talk(house.api, agent, NOW)
        await statistics(house.api, len(VISITS) - 1)
        async with logged_in(browser, house) as page:
            await page.set_viewport_size(TALL)
            await page.goto(DASHBOARD)
            await expect(page.locator("hui-gauge-card").first).to_be_visible()
            await camera.take(page, "dashboard")
            await camera.take(page, "dashboard-phone", phone=True, dark=True)


async def move_in(api: HassApi, base_url: str) -> Agent:
    """Furnish the house and add an agent with budgets."""
    await furnish(api)
    agent = await add_agent(api, compatible_account(base_url, KEY))
    [subentry] = await api.call("config_entries/subentries/list", entry_id=agent.entry_id)
    await reconfigure(api, agent.entry_id, "agent", subentry["subentry_id"], BUDGETS)
    return agent


async def talk(api: HassApi, agent: Agent, visit: Visit) -> None:
    """Speak commands, each in a conversation of its own."""
    for number in range(visit.num_turns):
        recording = RECORDINGS / f"{COMMANDS[number % len(COMMANDS)]}.wav"
        run = await speak(api, agent.pipeline_id, await read_speech(recording))
        assert not run.error, run.error


async def statistics(api: HassApi, num_days: int) -> None:
    """Wait until Home Assistant has added up what it missed while it was not running."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        found = await api.call(
            "recorder/statistics_during_period",
            start_time="2020-01-01T00:00:00Z",
            statistic_ids=["sensor.realtime_assist_cost_in_total"],
            period="day",
        )
        if sum(len(rows) for rows in found.values()) >= num_days:
            return
        await asyncio.sleep(1)
    pytest.fail(f"there are no statistics of {num_days} days")
