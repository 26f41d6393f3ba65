"""What the kills find, they find: whatever is lost, counted twice or told twice is a sentence."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path
from random import Random
import signal
import sys
from typing import Any

import pytest
import websockets

from custom_components.realtime_assist.insight import BudgetBook, BudgetKey, BudgetPeriod, TurnRecord
from custom_components.realtime_assist.ledger import Ledger
from custom_components.realtime_assist.realtime import TokenCounts, Usage
from custom_components.realtime_assist.realtime.catalog import model
from custom_components.realtime_assist.realtime.pricing import cost, overridden
from custom_components.realtime_assist.store import local_date

from .kills.__main__ import plans
from .kills.bill import KEY, MODEL, PRICES, Bill, Used, bill_of, billing_server
from .kills.lives import Moment
from .kills.shelf import ZONE, Shelf, Totals, read_shelf, write_history
from .kills.verdict import Kill, Loss, Told, faults, forgotten, loss, lost_turns, repeated, too_much, totals, untold
from .kills.writes import strike

ONE, TWO, THREE = (Used(text_input=tokens, text_output=7) for tokens in (1_000, 2_000, 3_000))
BILL = Bill(turns={1: ONE, 2: TWO, 3: THREE})
HISTORY = Totals(turns=5, cost=Decimal(1))
LIMITS = {"day": Decimal(10)}


def shelf(*kept: Used, today: str = "0", told: frozenset[tuple[str, int]] = frozenset()) -> Shelf:
    """Return a storage file with these turns."""
    return Shelf(
        kept=Counter(kept),
        kept_totals=totals(kept),
        broken=Totals(),
        history=HISTORY,
        today=Decimal(today),
        month=Decimal(today),
        told=told,
    )


def test_what_was_billed_and_grows_is_right() -> None:
    """A turn that is not there yet is no fault of the file."""
    assert not list(faults(shelf(ONE, TWO), shelf(ONE), BILL))


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (shelf(ONE, ONE), "a turn is stored 2 times"),
        (shelf(ONE, Used(text_input=9)), "a turn is stored that nobody has billed"),
        (shelf(TWO), "1 turns are gone that had been stored"),
        (replace(shelf(ONE), history=Totals(turns=6, cost=Decimal(1))), "what was counted earlier was"),
        (replace(shelf(ONE), kept_totals=Totals(turns=1)), "and are stored as"),
        (replace(shelf(ONE), broken=Totals(turns=1, cost=Decimal(9))), "were billed"),
    ],
    ids=["twice", "invented", "gone", "history", "cost", "more"],
)
def test_a_file_that_is_not_right_is_told(now: Shelf, says: str) -> None:
    """Beside one turn that had been stored."""
    assert any(says in each for each in faults(now, shelf(ONE), BILL))


def test_what_a_kill_cost_is_counted_from_the_first_turn_that_is_gone() -> None:
    """A turn whose end nobody had seen is unfinished, and costs no seconds."""
    kill = Kill(at=100.0, ended={1: 60.0, 2: 90.0}, longest_loss=30.0)
    now = shelf(ONE)
    assert lost_turns(now, BILL) == {2, 3}
    assert loss({2, 3}, kill) == Loss(turns=1, seconds=10.0, unfinished=1)
    assert not list(too_much(Loss(turns=1, seconds=10.0, unfinished=1), kill))
    assert list(too_much(loss({1, 2, 3}, kill), kill))


def test_thresholds_are_stored_with_what_has_crossed_them() -> None:
    """Neither before nor after, and none is told in two lives."""
    told = shelf(today="8", told=frozenset({("day", 80)}))
    assert not list(untold(told, LIMITS))
    assert list(untold(replace(told, today=Decimal(7)), LIMITS))
    assert list(untold(replace(told, told=frozenset()), LIMITS))
    assert not list(repeated([Told(period="day", percent=100, seconds=9.0)], told))
    assert list(repeated([Told(period="day", percent=80, seconds=9.0)], told))


@pytest.mark.parametrize(("percent", "seconds", "is_wrong"), [(100, 9.0, True), (100, 1.0, False), (80, 9.0, False)])
def test_what_was_told_is_stored_at_once(percent: int, seconds: float, is_wrong: bool) -> None:
    """But for the time that a write takes."""
    stored = shelf(today="8", told=frozenset({("day", 80)}))
    assert bool(list(forgotten([Told(period="day", percent=percent, seconds=seconds)], stored, 3.0))) is is_wrong


def ledger_file(path: Path, ledger: Ledger, budgets: BudgetBook) -> None:
    """Write a file as the integration does."""
    data = {"agents": {ledger.agent_id: ledger.to_dict()}, "budgets": budgets.to_dict()}
    path.write_text(json.dumps({"version": 1, "data": data}))


def test_the_file_is_read_as_the_integration_writes_it(tmp_path: Path) -> None:
    """Turn by turn, with what was told of budgets; costs are those of the prices that stand in the test."""
    used = Used(
        text_input=900, text_cached=640, text_output=50, audio_input=30, audio_cached=10, audio_output=80, heard=0
    )
    usage = Usage(
        input=TokenCounts(text=900, audio=30),
        cached=TokenCounts(text=640, audio=10),
        output=TokenCounts(text=50, audio=80),
    )
    now = datetime.now(UTC).timestamp()
    price = cost(usage, overridden(model(MODEL).prices, PRICES))
    ledger = Ledger(agent_id="agent", since=now)
    ledger.add(TurnRecord(started_at=now, agent_id="agent", usage=usage, cost=price), local_date)
    today = datetime.now(ZONE).date()
    key = BudgetKey(agent_id=None, period=BudgetPeriod.DAY, begin=today)
    ledger_file(tmp_path / "file", ledger, BudgetBook(told={key: 80}))
    found = read_shelf(tmp_path / "file", now - 1)
    assert found.kept == Counter([used])
    assert found.kept_totals == Totals.of(used)
    assert found.today == found.month == used.cost == price.total
    assert found.told == {("day", 80)}
    assert found.history == Totals()


def test_the_history_is_one_that_the_integration_could_have_written(tmp_path: Path) -> None:
    """It comes to the same, before and after the oldest turns were added up."""
    path = tmp_path / "file"
    ledger_file(path, Ledger(agent_id="agent", since=0.0), BudgetBook())
    write_history(path, 50, Random(1))
    before = read_shelf(path, datetime.now(UTC).timestamp())
    ledger = Ledger.from_dict("agent", json.loads(path.read_text())["data"]["agents"]["agent"], local_date)
    assert (
        (ledger.whole.turns, ledger.whole.spent)
        == (before.history.turns, before.history.cost)
        == (50, before.whole.cost)
    )
    assert ledger.close_before((datetime.now(UTC) - timedelta(days=31)).timestamp(), local_date)
    ledger_file(path, ledger, BudgetBook())
    assert read_shelf(path, datetime.now(UTC).timestamp()) == before


async def test_the_server_adds_up_what_it_has_sent() -> None:
    """By the number in the answer, calls and the words that were written down included."""
    async with billing_server(Random(1), 20) as server:
        url = f"{server.url}/realtime?model={MODEL}"
        async with websockets.connect(url, additional_headers={"Authorization": f"Bearer {KEY}"}) as socket:
            sent = [await answer(socket) for _ in range(12)]
        bill = bill_of(server)
    called = [event for event in sent if event["response"]["output"][0]["type"] == "function_call"]
    assert called
    assert len(bill.turns) == 12 - len(called)
    spent = sum(event["response"]["usage"]["input_tokens"] for event in sent)
    assert sum(used.input for used in bill.turns.values()) == spent


async def answer(socket: websockets.ClientConnection) -> Mapping[str, Any]:
    """Ask for one response and return its end."""
    await socket.send(json.dumps({"type": "response.create"}))
    while (event := json.loads(await socket.recv()))["type"] != "response.done":
        pass
    return event


@pytest.mark.parametrize("begins", [True, False], ids=["a-file-is-begun", "nothing-is-written"])
async def test_a_process_is_killed_when_a_file_is_begun_or_patience_ends(tmp_path: Path, begins: bool) -> None:
    """It has no time to end by itself."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    patience = 60.0 if begins else 0.0
    striking = asyncio.create_task(asyncio.to_thread(strike, process.pid, tmp_path, patience=patience, pause=0.0))
    number = 0
    while begins and not striking.done():
        # One that was begun before anybody watched is not seen.
        (tmp_path / f"{(number := number + 1)}").touch()
        await asyncio.sleep(0)
    await striking
    assert await process.wait() == -signal.SIGKILL


def test_each_moment_has_its_share_of_the_restarts() -> None:
    """In both houses, in an order that the seed decides."""
    chosen = plans(50, Random(1))
    assert [len(plan.moments) for plan in chosen] == [17, 33]
    shares = Counter(moment for plan in chosen for moment in plan.moments)
    assert set(shares) == set(Moment)
    assert max(shares.values()) - min(shares.values()) <= 2
    assert plans(50, Random(1)) == chosen != plans(50, Random(2))
