"""What does the storage file hold? It is read as JSON, by nobody's code but this."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from .bill import MODEL, Used

ZONE = ZoneInfo("Europe/Berlin")
"""Of the demo house."""
_KINDS = ("text", "audio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over turns."""

    turns: int = 0
    cost: Decimal = Decimal(0)
    input: int = 0
    cached: int = 0
    output: int = 0

    def __add__(self, other: Totals) -> Totals:
        """Add part by part."""
        return Totals(
            turns=self.turns + other.turns,
            cost=self.cost + other.cost,
            input=self.input + other.input,
            cached=self.cached + other.cached,
            output=self.output + other.output,
        )

    @classmethod
    def of(cls, used: Used) -> Totals:
        """Return one turn."""
        return cls(turns=1, cost=used.cost, input=used.input, cached=used.cached, output=used.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What was stored. `since` parts the turns of the run from the history that the house began with."""

    kept: Counter[Used]
    """What the turns of the run used."""
    kept_totals: Totals
    """The same turns, with the costs that were stored with them."""
    broken: Totals
    """Turns of the run that were broken off, or in which something went wrong."""
    history: Totals
    """Everything else: older turns, and the sums of days."""
    today: Decimal
    """USD of the present day and, below, of the month."""
    month: Decimal
    told: frozenset[tuple[str, int]]
    """Periods and percents of the account's present budgets that were told."""

    @property
    def whole(self) -> Totals:
        """Return everything."""
        return self.kept_totals + self.broken + self.history

    def spent(self, period: str) -> Decimal:
        """Return the USD of the present "day" or "month"."""
        return self.today if period == "day" else self.month


def read_shelf(path: Path, since: float) -> Shelf:
    """Read a storage file; `since` is in seconds since the epoch. Raises ValueError for what is no whole JSON."""
    data = json.loads(path.read_text())["data"]
    records = [record for agent in data["agents"].values() for record in agent["records"]]
    days = [row for agent in data["agents"].values() for row in agent["days"]]
    run = [record for record in records if record["started_at"] >= since]
    broken = [record for record in run if record.get("cancelled") or record.get("errors")]
    ours = [record for record in run if record not in broken]
    older = [record for record in records if record["started_at"] < since]
    today = datetime.now(ZONE).date()
    return Shelf(
        kept=Counter(_used(record) for record in ours),
        kept_totals=_total(_totals(record, 1) for record in ours),
        broken=_total(_totals(record, 1) for record in broken),
        history=_total([*(_totals(record, 1) for record in older), *(_of_day(row) for row in days)]),
        today=_spent(records, days, today),
        month=_spent(records, days, today.replace(day=1)),
        told=frozenset(
            (row["period"], row["percent"])
            for row in data["budgets"]["told"]
            if date.fromisoformat(row["begin"]) == (today if row["period"] == "day" else today.replace(day=1))
        ),
    )


def write_history(path: Path, turns: int, random: Random) -> None:
    """Put turns of the last forty days into a storage file. The oldest of them have to be added up when it is read."""
    stored = json.loads(path.read_text())
    ((agent_id, agent),) = stored["data"]["agents"].items()
    now = datetime.now(UTC)
    began = now - timedelta(days=40)
    moments = sorted(random.uniform(began.timestamp(), (now - timedelta(hours=1)).timestamp()) for _ in range(turns))
    agent["since"] = began.timestamp()
    agent["records"] = [_record(agent_id, moment, random) for moment in moments] + agent["records"]
    path.write_text(json.dumps(stored))


def _record(agent_id: str, moment: float, random: Random) -> Mapping[str, Any]:
    used = Used(text_input=random.randint(1_000, 9_000), text_output=random.randint(10, 500))
    amounts = {"text_input": used._replace(text_output=0).cost, "text_output": used._replace(text_input=0).cost}
    return {
        "version": 1,
        "started_at": moment,
        "agent_id": agent_id,
        "rung": "primary",
        "language": "en",
        "model": MODEL,
        "voice": "marin",
        "timings": {"first_audio": 0.9, "total": 1.7},
        "usage": {"input": {"text": used.text_input}, "output": {"text": used.text_output}},
        "cost": {kind: str(amount) for kind, amount in amounts.items()},
    }


def _used(record: Mapping[str, Any]) -> Used:
    usage = record["usage"]
    parts = {
        f"{kind}_{ours}": usage.get(theirs, {}).get(kind, 0)
        for kind in _KINDS
        for ours, theirs in (("input", "input"), ("cached", "cached"), ("output", "output"))
    }
    return Used(**parts, heard=round(record.get("transcription", {}).get("seconds", 0)))


def _totals(counted: Mapping[str, Any], turns: int) -> Totals:
    usage = counted.get("usage") or {}
    read, cached, written = (sum(usage.get(part, {}).values()) for part in ("input", "cached", "output"))
    return Totals(turns=turns, cost=_cost(counted), input=read, cached=cached, output=written)


def _of_day(row: Mapping[str, Any]) -> Totals:
    return _totals(row["counts"], row["counts"].get("turns", 0))


def _cost(counted: Mapping[str, Any]) -> Decimal:
    return sum((Decimal(amount) for amount in counted.get("cost", {}).values()), start=Decimal(0))


def _spent(records: Iterable[Mapping[str, Any]], days: Iterable[Mapping[str, Any]], first: date) -> Decimal:
    """Return the USD from a day on."""
    turns = (record for record in records if datetime.fromtimestamp(record["started_at"], ZONE).date() >= first)
    rows = (row["counts"] for row in days if date.fromisoformat(row["day"]) >= first)
    return sum((_cost(counted) for counted in (*turns, *rows)), start=Decimal(0))


def _total(parts: Iterable[Totals]) -> Totals:
    return sum(parts, start=Totals())
