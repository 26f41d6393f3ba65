"""The house that is killed: how it is set up, started, and looked at when it is up again."""

import asyncio
from collections.abc import AsyncIterator, Mapping
import contextlib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
import re
import time
from typing import Any

from demo.agent import DOMAIN, Agent, add_agent, compatible_account
from demo.forms import answers
from demo.hass_api import HassApi
from demo.home_assistant import RunningHomeAssistant, came_up, house_process
from demo.processes import ChildProcess, free_port
from demo.sensors import readings

from .bill import KEY, MINUTE, MODEL, PRICES, TRANSCRIPTION_MODEL
from .shelf import Shelf, read_shelf, write_history

LIMITS: Mapping[str, Decimal] = {"day": Decimal(4), "month": Decimal(150)}
"""USD. The first one is crossed in a long run."""
HISTORY_TURNS = 4000
SHIPPED_DELAY = 30.0
_HASTY = Path(__file__).with_name("hasty.py")
_CONFIGURATION = """\
homeassistant: {name: House, language: en, time_zone: Europe/Berlin, unit_system: metric}
assist_pipeline:
config:
history:
logger:
  default: warning
"""
_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d )", re.MULTILINE)
"""Before each record of the log, which may have many lines."""
_LOUD = re.compile(r"\S+ \S+ (WARNING|ERROR|CRITICAL) ")
_CENT_OF_A_CENT = Decimal("0.000001")
"""As fine as sensors show money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A folder with a Home Assistant that has our agent, and a history in storage."""

    folder: Path
    port: int
    log: Path
    agent: Agent
    delay: float
    """Seconds that pass before turns are written down."""
    since: float
    """When the run began, in seconds since the epoch: older turns are history."""

    @property
    def storage_name(self) -> str:
        """Return the name of the integration's storage file."""
        return f"{DOMAIN}.{self.agent.entry_id}"

    @property
    def storage(self) -> Path:
        """Return the folder of all storage files."""
        return self.folder / ".storage"

    def shelf(self) -> Shelf:
        """Return what is stored now."""
        return read_shelf(self.storage / self.storage_name, self.since)

    def process(self) -> ChildProcess:
        """Return the process of the next life."""
        return _process(self.folder, self.port, self.log, self.delay)


@contextlib.asynccontextmanager
async def up(house: House, process: ChildProcess) -> AsyncIterator[RunningHomeAssistant]:
    """Wait until the house is up."""
    async with came_up(process, house.port) as running:
        yield running


async def new_house(folder: Path, log: Path, server_url: str, *, delay: float, random: Random) -> House:
    """Set a house up in an empty folder, end it in good order, and give it a history."""
    (folder / "configuration.yaml").write_text(_CONFIGURATION)
    port = free_port()
    process = _process(folder, port, log, SHIPPED_DELAY)
    async with process, came_up(process, port) as running:
        agent = await add_agent(running.api, compatible_account(server_url, KEY))
        await _set_account(running.api, agent.entry_id)
    path = folder / ".storage" / f"{DOMAIN}.{agent.entry_id}"
    await asyncio.to_thread(write_history, path, HISTORY_TURNS, random)
    return House(folder=folder, port=port, log=log, agent=agent, delay=delay, since=time.time())


async def differences(house: House, api: HassApi, shelf: Shelf) -> list[str]:
    """Return a sentence for everything in a house that is up which is not as it must be after a restart."""
    return [
        *await _entry(api, house.agent.entry_id),
        *await _figures(api, house, shelf),
        *await _issues(api, house, shelf),
        *_files(house),
        *complaints(house),
    ]


def complaints(house: House) -> list[str]:
    """Return what the log says of us or of storage that is no mere news."""
    records = _RECORD.split(house.log.read_text(errors="replace"))
    loud = (record for record in records if _LOUD.match(record))
    # The loader says of every custom integration that it is one.
    ours = (
        record for record in loud if "homeassistant.loader" not in record and (DOMAIN in record or ".storage" in record)
    )
    return [f"the log says: {record.strip()}" for record in ours]


def _process(folder: Path, port: int, log: Path, delay: float) -> ChildProcess:
    program = ("-m", "homeassistant") if delay == SHIPPED_DELAY else (str(_HASTY), str(delay))
    return house_process(folder, port=port, log=log, program=program)


async def _set_account(api: HassApi, entry_id: str) -> None:
    """Give the account prices of its own, and budgets."""
    flows = "/api/config/config_entries/options/flow"
    form = await api.post(flows, {"handler": entry_id})
    rows = [{"model": MODEL, "kind": kind, "price": price} for kind, price in PRICES.items()]
    rows.append({"model": TRANSCRIPTION_MODEL, "kind": "minute", "price": MINUTE})
    changes: dict[str, Any] = {"prices": rows, **{f"budget_{period}": float(usd) for period, usd in LIMITS.items()}}
    result = await api.post(f"{flows}/{form['flow_id']}", answers(form["data_schema"], changes))
    assert result["type"] == "create_entry", result


async def _entry(api: HassApi, entry_id: str) -> list[str]:
    (entry,) = await api.call("config_entries/get", domain=DOMAIN)
    return [] if (entry["entry_id"], entry["state"]) == (entry_id, "loaded") else [f"the account is {entry['state']}"]


async def _figures(api: HassApi, house: House, shelf: Shelf) -> list[str]:
    """Return where sensors and report say something else than what is stored. No turn may run meanwhile."""
    states = {reading.key: reading.state for reading in (await readings(api, house.agent.entry_id)).values()}
    answer = await api.call(
        "call_service",
        domain=DOMAIN,
        service="get_metrics",
        service_data={"period": "custom", "start": "2000-01-01"},
        return_response=True,
    )
    report = answer["response"]["totals"]
    whole = shelf.whole
    left = {f"budget_left_{period}": max(limit - shelf.spent(period), Decimal(0)) for period, limit in LIMITS.items()}
    pairs = {
        "turns": (states["turns"], whole.turns),
        "cost_total": (states["cost_total"], whole.cost),
        "cost_month": (states["cost_month"], shelf.month),
        "cost_today": (states["cost_today"], shelf.today),
        **{key: (states[key], amount) for key, amount in left.items()},
        "the report's turns": (report["turns"], whole.turns),
        "the report's cost": (report["cost"], whole.cost),
        **{
            f"the report's {kind} tokens": (report["tokens"][kind], getattr(whole, kind))
            for kind in report["tokens"]
            if kind != "reasoning"
        },
    }
    return [
        f"{name} says {told}, and {stored} is stored"
        for name, (told, stored) in pairs.items()
        if abs(Decimal(str(told)) - stored) > _CENT_OF_A_CENT
    ]


async def _issues(api: HassApi, house: House, shelf: Shelf) -> list[str]:
    """Return issues that are not due, and those that are and are not there."""
    found = {
        issue["issue_id"]
        for issue in (await api.call("repairs/list_issues"))["issues"]
        if issue["domain"] == DOMAIN or issue["issue_id"].startswith("storage_corruption")
    }
    due = {
        f"budget_{period}_reached_{house.agent.entry_id}"
        for period, limit in LIMITS.items()
        if shelf.spent(period) >= limit
    }
    wrong = [f"the issue {issue} is shown and is not due" for issue in sorted(found - due)]
    return wrong + [f"the issue {issue} is due and is not shown" for issue in sorted(due - found)]


def _files(house: House) -> list[str]:
    """Return files that were put aside."""
    return [
        f"there is a file {path.name}"
        for path in house.storage.iterdir()
        if ".corrupt" in path.name or (path.name.startswith(DOMAIN) and path.name != house.storage_name)
    ]
