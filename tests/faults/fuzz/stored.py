"""What may stand in storage: written by us, by another version, by an editor, or by a disk that fails."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from custom_components.realtime_assist.account_options import AccountOptions, prices_from_rows
from custom_components.realtime_assist.budget_options import limits
from custom_components.realtime_assist.insight import BudgetBook, Reader, TurnRecord, UnreadableRecord, spent_between
from custom_components.realtime_assist.ledger import Ledger
from custom_components.realtime_assist.model_options import AgentOptions
from custom_components.realtime_assist.realtime import DialectName, Endpoint
from custom_components.realtime_assist.realtime.catalog import MODELS
from custom_components.realtime_assist.realtime.pricing import InvalidPrice
from custom_components.realtime_assist.store import local_date


def _json(data: bytes) -> Any:
    """Return what Home Assistant reads of a file; None for what it puts aside as corrupt itself."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def ledger(data: bytes) -> None:
    """Read a ledger. What can be read can be used, written, and read again as the same."""
    try:
        book = Ledger.from_dict("agent", _json(data), local_date)
    except UnreadableRecord:
        return
    written = orjson.dumps(book.to_dict())
    again = Ledger.from_dict("agent", orjson.loads(written), local_date)
    assert again == book
    for record in book.records[:3]:
        again.add(record, local_date)
    orjson.dumps(again.to_dict())
    days = [key.day for key in book.days]
    if days:
        float(spent_between([book.days], min(days), max(days)))
        float(book.whole.spent)


def record(data: bytes) -> None:
    """Read a turn's record."""
    try:
        read = TurnRecord.from_dict(_json(data))
    except UnreadableRecord:
        return
    assert TurnRecord.from_dict(orjson.loads(orjson.dumps(read.to_dict()))) == read


def budgets(data: bytes) -> None:
    """Read what was told of budgets."""
    try:
        book = BudgetBook.from_reader(Reader.of("budgets", _json(data)))
    except UnreadableRecord:
        return
    again = BudgetBook.from_reader(Reader.of("budgets", orjson.loads(orjson.dumps(book.to_dict()))))
    assert again == book


def agent_options(data: bytes) -> None:
    """Read an agent's options: whatever stands there, there is an agent that can be asked."""
    if not isinstance(stored := _json(data), Mapping):
        return
    options = AgentOptions.from_subentry(stored)
    assert options.rungs()
    orjson.dumps(options.values())
    assert AgentOptions.from_subentry(options.values()) == options
    limits(stored)


def account_options(data: bytes) -> None:
    """Read an account's options, and ask for prices with them."""
    if not isinstance(stored := _json(data), Mapping):
        return
    options = AccountOptions.from_entry(stored)
    limits(stored)
    for model_id in (MODELS[0], "of-my-own"):
        for dialect in (DialectName.GA, DialectName.LOCALAI):
            endpoint = Endpoint(dialect=dialect)
            options.price_card(model_id, endpoint)
            options.transcription_card(model_id, endpoint)


def price_rows(data: bytes) -> None:
    """Read the rows of the form for prices."""
    rows = _json(data)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return
    try:
        prices_from_rows(rows)
    except InvalidPrice:
        return


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "ledger": ledger,
    "record": record,
    "budgets": budgets,
    "agent_options": agent_options,
    "account_options": account_options,
    "price_rows": price_rows,
}
