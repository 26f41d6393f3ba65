"""What is remembered of a turn is what happened in it, priced model by model, and unknown where the server was silent."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from custom_components.realtime_assist.account_options import AccountOptions
from custom_components.realtime_assist.insight import FallbackKind, Rung as AnsweredBy, TurnRecord
from custom_components.realtime_assist.realtime import (
    Endpoint,
    ResponseOutputTextDelta,
    TokenCounts,
    TranscriptionUsage,
    Usage,
)
from custom_components.realtime_assist.realtime.catalog import PriceCard, TranscriptionCard
from custom_components.realtime_assist.realtime.pricing import CostKind
from custom_components.realtime_assist.session import (
    Descent,
    LadderExhausted,
    Rung,
    ServerFault,
    SessionLimits,
    Stamp,
    ToolOutcome,
    Turn,
)
from custom_components.realtime_assist.turn_records import TurnContext, turn_record

from .session.manual_clock import ManualClock

FIRST = Rung(model="gpt-realtime-2.1", voice="marin")
SECOND = Rung(model="gpt-realtime-2.1-mini", voice="alloy")
MILLION = Usage(output=TokenCounts(text=1_000_000))
CONTEXT = TurnContext(
    agent_id="agent", started_at=1_795_000_000.0, wanted_model=FIRST.model, transcription_model="gpt-transcribe"
)


class Cards:
    """The prices of an account."""

    options = AccountOptions(prices={"gpt-realtime-1.5": {"text_output": "1"}})

    def prices(self, model_id: str) -> PriceCard:
        return self.options.price_card(model_id, Endpoint(base_url="wss://api.openai.com/v1", api_key="sk-test"))

    def transcription_prices(self, model_id: str) -> TranscriptionCard:
        return self.options.transcription_card(
            model_id, Endpoint(base_url="wss://api.openai.com/v1", api_key="sk-test")
        )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def turn(clock: ManualClock) -> AsyncIterator[Turn]:
    """Return a typed turn on the first rung."""
    turn = Turn(SessionLimits(), clock, text="Is it on?")
    turn.rung = FIRST
    yield turn
    turn.fail(ServerFault("over"))


def done(turn: Turn, usage: Usage | None, response_id: str = "resp_1") -> None:
    """End a response of the turn's present model."""
    assert turn.rung is not None
    turn.meter.done(turn.rung.model, response_id, usage)


def said(response_id: str = "resp_1") -> ResponseOutputTextDelta:
    return ResponseOutputTextDelta(response_id=response_id, delta="Yes")


def recorded(turn: Turn, **context: object) -> TurnRecord:
    return turn_record(turn, CONTEXT if not context else _with(**context), Cards())


def _with(**context: object) -> TurnContext:
    plain = {name: getattr(CONTEXT, name) for name in TurnContext.__slots__}
    return TurnContext(**{**plain, **context})


@pytest.mark.parametrize(
    ("model", "dollars"),
    [("gpt-realtime-2.1", "24"), ("gpt-realtime-2.1-mini", "2.4"), ("gpt-realtime-1.5", "1"), ("gpt-realtime", "16")],
)
async def test_each_model_has_its_own_price(turn: Turn, model: str, dollars: str) -> None:
    """A million tokens of text cost what the model's card says, or the user."""
    turn.rung = Rung(model=model, voice="marin")
    done(turn, MILLION)
    assert recorded(turn).cost.total == Decimal(dollars)


async def test_a_turn_of_two_models_costs_what_each_asks(turn: Turn) -> None:
    """What the first has used is not billed at the second's price."""
    done(turn, MILLION)
    turn.rung = SECOND
    done(turn, MILLION, "resp_2")
    record = recorded(turn)
    assert record.cost.total == Decimal("26.4")
    assert record.usage == MILLION + MILLION


async def test_what_was_written_down_is_on_a_card_of_its_own(turn: Turn) -> None:
    """A minute of transcription is 0.0045, also where nobody has answered."""
    turn.transcription = TranscriptionUsage(seconds=60.0)
    record = recorded(turn)
    assert record.cost.by_kind == {CostKind.TRANSCRIPTION: Decimal("0.0045")}
    assert record.transcription_model == "gpt-transcribe"


async def test_an_answer_that_was_left_costs_nobody_knows_what(turn: Turn) -> None:
    """Something was said, and its server never says what that used; a whole answer after it does not mend this."""
    turn.event_received(said("resp_1"))
    turn.event_received(said("resp_2"))
    done(turn, MILLION, "resp_2")
    assert recorded(turn).cost.total is None


async def test_an_answer_of_a_server_that_counts_nothing_is_unknown(turn: Turn) -> None:
    """Unknown is not free."""
    turn.event_received(said())
    done(turn, None)
    assert recorded(turn).cost.total is None


async def test_a_response_that_never_began_is_free(turn: Turn) -> None:
    """A failure before the first word costs nothing."""
    done(turn, None)
    assert recorded(turn).cost.total == 0


async def test_a_model_that_is_not_known_has_no_price(turn: Turn) -> None:
    """Its tokens are counted all the same."""
    turn.rung = Rung(model="house-model", voice="marin")
    done(turn, MILLION)
    record = recorded(turn)
    assert record.cost.total is None
    assert record.usage == MILLION


async def test_steps_down_are_told_for_model_and_voice(turn: Turn) -> None:
    """A step that keeps the voice is a fallback of the model alone."""
    third = Rung(model="gpt-realtime-1.5", voice="alloy")
    turn.descents = [
        Descent(left=FIRST, taken=SECOND, reason="model_not_found"),
        Descent(left=SECOND, taken=third, reason="rate_limit_exceeded"),
    ]
    turn.rung = third
    record = recorded(turn)
    assert [(step.kind, step.from_, step.to, step.reason) for step in record.fallbacks] == [
        (FallbackKind.MODEL, FIRST.model, SECOND.model, "model_not_found"),
        (FallbackKind.VOICE, "marin", "alloy", "model_not_found"),
        (FallbackKind.MODEL, SECOND.model, third.model, "rate_limit_exceeded"),
    ]
    assert (record.rung, record.model, record.voice) == (AnsweredBy.FALLBACK_MODEL, third.model, "alloy")


async def test_times_are_counted_from_the_end_of_speech(turn: Turn, clock: ManualClock) -> None:
    """Words that were there before it took no time."""
    clock.advance(1)
    turn.timings.mark(Stamp.TRANSCRIPT, clock.time())
    clock.advance(1)
    turn.timings.mark(Stamp.SPEECH_ENDED, clock.time())
    clock.advance(0.5)
    turn.event_received(said())
    clock.advance(0.25)
    turn.finish()
    turn.timings.session_age = 12.0
    turn.tools = [ToolOutcome(data={}, name="HassTurnOn", seconds=0.125)]
    record = recorded(turn)
    timings = record.timings
    assert (timings.transcript, timings.first_text, timings.first_audio, timings.total) == (0.0, 0.5, None, 0.75)
    assert timings.tools == (("HassTurnOn", 0.125),)
    assert (record.warm, record.session_age, record.connect_seconds) == (True, 12.0, None)


async def test_a_tool_fails_by_the_models_fault_or_the_houses(turn: Turn) -> None:
    """What the model got wrong is no failure of the house."""
    turn.tools = [
        ToolOutcome(data={}),
        ToolOutcome(data={}, error=True),
        ToolOutcome(data={}, error=True, invalid=True),
    ]
    calls = recorded(turn).tool_calls
    assert (calls.made, calls.failed, calls.invalid) == (3, 1, 1)


async def test_what_ended_a_turn_is_among_its_errors_once(turn: Turn) -> None:
    """A ladder without a rung left has the code of its cause, which was counted when it happened."""
    fault = ServerFault("server_error")
    turn.note(fault)
    turn.fail(LadderExhausted(cause=fault))
    record = recorded(turn)
    assert record.errors == {"server_error": 1}
    assert record.rung is AnsweredBy.NONE
    assert recorded(turn, rung=AnsweredBy.FALLBACK_AGENT).rung is AnsweredBy.FALLBACK_AGENT


async def test_nothing_is_wrong_with_a_turn_that_was_cancelled(turn: Turn) -> None:
    """Whoever walks away is no error."""
    turn.fail(ServerFault("cancelled"))
    record = recorded(turn, cancelled=True, language="de", satellite="assist_satellite.kitchen")
    assert record.errors == {}
    assert (record.cancelled, record.language, record.satellite) == (True, "de", "assist_satellite.kitchen")
