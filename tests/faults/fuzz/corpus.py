"""What a fuzzer begins with: good input for each target, recorded where there is a recording."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import yaml

from custom_components.realtime_assist.insight import (
    BudgetBook,
    BudgetKey,
    BudgetPeriod,
    Fallback,
    FallbackKind,
    Timings,
    ToolCalls,
    TurnRecord,
)
from custom_components.realtime_assist.ledger import Ledger
from custom_components.realtime_assist.model_options import recommended_options
from custom_components.realtime_assist.realtime import TokenCounts, TranscriptionUsage, Usage
from custom_components.realtime_assist.realtime.pricing import Cost, CostKind
from custom_components.realtime_assist.store import local_date
from tests.captures import CAPTURES, OPENAI_CAPTURES, VOICE_LIVE_CAPTURES, XAI_CAPTURES
from tests.realtime import server_messages

from .events import DIALECT_NAMES, script
from .mutation import ODD

NOON = 1_795_348_800.0
# Enough to know a server by; a recording of minutes would slow every mutation down.
_LONGEST_RECORDING = 40


def _record() -> TurnRecord:
    """Return a turn of which everything is known."""
    tokens = TokenCounts(text=10, audio=20)
    return TurnRecord(
        started_at=NOON,
        agent_id="agent",
        language="de",
        satellite="assist_satellite.kitchen",
        model="gpt-realtime-2.1",
        voice="marin",
        connect_seconds=0.25,
        connections_tried=1,
        session_age=3.0,
        timings=Timings(
            transcript=0.3, first_text=0.5, first_audio=0.6, total=2.0, tools=(("intent__HassTurnOn", 0.1),)
        ),
        usage=Usage(input=tokens, cached=tokens, output=tokens, reasoning=3),
        transcription_model="gpt-transcribe",
        transcription=TranscriptionUsage(seconds=2.5, input=tokens, output_tokens=4),
        cost=Cost(by_kind={CostKind.TEXT_INPUT: Decimal("0.001"), CostKind.AUDIO_OUTPUT: None}),
        retries=1,
        errors={"server_error": 1},
        fallbacks=(Fallback(kind=FallbackKind.MODEL, from_="a", to="b", reason="model_not_found"),),
        tool_calls=ToolCalls(made=2, failed=1),
    )


def _ledger() -> bytes:
    """Return a ledger with days behind it."""
    book = Ledger(agent_id="agent", since=NOON - 86_400.0)
    for hours in (-50, -49, -2, -1, 0):
        book.add(replace(_record(), started_at=NOON + hours * 3600.0), local_date)
    book.close_before(NOON - 86_400.0, local_date)
    book.add_session(33.0)
    return orjson.dumps(book.to_dict())


def _budgets() -> bytes:
    """Return a book of budgets in which something stands."""
    day = BudgetKey(agent_id="agent", period=BudgetPeriod.DAY, begin=date(2026, 11, 22))
    month = BudgetKey(agent_id=None, period=BudgetPeriod.MONTH, begin=date(2026, 11, 1))
    return orjson.dumps(BudgetBook(told={day: 80, month: 100}, allowed=frozenset({month})).to_dict())


def _account_options() -> Iterator[bytes]:
    """Yield what an account may be set to, and each of it odd."""
    good: dict[str, Any] = {
        "prices": {
            "gpt-realtime-2.1": {"text_input": "4", "audio_output": "64"},
            "gpt-transcribe": {"minute": "0.003"},
        },
        "record_days": 31,
        "at_limit": "economy",
        "economy_model": "gpt-realtime-2.1-mini",
        "daily_export": "csv",
        "dashboard": True,
        "budget_day": 1.5,
        "budget_month": 20,
    }
    yield orjson.dumps(good)
    yield from (orjson.dumps({**good, name: odd}) for name in good for odd in ODD)


def _agent_options() -> Iterator[bytes]:
    """Yield what an agent may be set to, and each of it odd."""
    good = {
        **recommended_options(),
        "speed": 1.1,
        "max_output_tokens": 4096,
        "eagerness": "low",
        "noise_reduction": "far_field",
        "voice_substitutes": {"marin": "cedar"},
        "satellite_voices": {"assist_satellite.kitchen": "ash"},
        "fallback_stt": "stt.whisper",
        "fallback_tts": "tts.piper",
        "budget_day": 0.5,
    }
    yield orjson.dumps(good)
    yield from (orjson.dumps({**good, name: odd}) for name in good for odd in ODD)


def _events() -> Iterator[bytes]:
    """Yield conversations: by hand in every dialect, and the recorded ones where they are."""
    asked = (b"!update", b"!append", b"!commit", b"!respond")
    made = [make() for make in _makers()]
    messages = [orjson.dumps(message) for message in made if isinstance(message, dict)]
    for dialect in DIALECT_NAMES:
        yield script(dialect, messages[0], *asked, *messages, b"!cancel", b"!side", b"!late", b"!unside", b"!close")
    for dialect, names in (("ga", OPENAI_CAPTURES), ("xai", XAI_CAPTURES), ("voice_live", VOICE_LIVE_CAPTURES)):
        for name in names:
            if (path := CAPTURES / f"{name}.yaml").is_file():
                recorded = yaml.load(
                    path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
                )
                told = [each["data"] for each in recorded["interactions"] if each["direction"] == "received"]
                lines = [orjson.dumps(each) for each in told[:_LONGEST_RECORDING]]
                yield script(dialect, *lines[:1], *asked, *lines[1:])


def _makers() -> Sequence[Callable[[], Any]]:
    """Return what makes the server's messages without being told anything."""
    found = [getattr(server_messages, name) for name in dir(server_messages) if not name.startswith("_")]
    makers = [each for each in found if getattr(each, "__module__", "") == server_messages.__name__ and callable(each)]
    first = server_messages.session_created
    return [first, *(make for make in makers if make is not first and not _required(make))]


def _required(make: Callable[..., Any]) -> int:
    """Return how many arguments a function must be given."""
    return make.__code__.co_argcount - len(make.__defaults__ or ())


SEEDS: Mapping[str, Callable[[], Sequence[bytes]]] = {
    "events": lambda: list(_events()),
    "ledger": lambda: [_ledger()],
    "record": lambda: [orjson.dumps(_record().to_dict())],
    "budgets": lambda: [_budgets()],
    "agent_options": lambda: list(_agent_options()),
    "account_options": lambda: list(_account_options()),
    "price_rows": lambda: [b'[{"model":"gpt-realtime-2.1","kind":"text_input","price":"4,5"}]'],
    "base_url": lambda: [
        b"https://user:secret@box.example:8443/v1/realtime?api-version=1&model=x#y",
        b"ws://[fe80::1%25eth0]:80/v1",
        "https://b\u00fccher.example/\U0001f600".encode(),
        b"http://xn--a/",
    ],
    "address": lambda: [b"192.168.1.10", b"fe80::1%eth0", b"::ffff:169.254.169.254", b"64:ff9b::a00:1"],
    "tool_arguments": lambda: [b'{"name":"Kitchen light","area":null}', b"", b"[]", b"{" * 2000],
    "listing": lambda: [
        b'{"data":[{"id":"gpt-realtime","shutdown_date":"2027-01-01"},{"id":"x","shutdown_date":null}]}'
    ],
    "refusal": lambda: [b"invalid_request_error.model_not_found\nserver_error", b"\n", b"x" * 300],
    "outgoing": lambda: ['Küche "links"\n\u2028</script>{{ x }} \U0001f600 \u202e'.encode(), b"\x00"],
}
