"""One model beside another: what was measured, and what a price list says."""

from dataclasses import replace
from decimal import Decimal

import pytest

from custom_components.realtime_assist.insight import (
    Rung,
    Timings,
    TurnRecord,
    elsewhere,
    latest_change,
    measured,
    relative,
)
from custom_components.realtime_assist.realtime import TokenCounts, Usage
from custom_components.realtime_assist.realtime.catalog import model
from custom_components.realtime_assist.realtime.pricing import Cost, CostKind

from .turns import NOON, turn

NEW, OLD, OLDEST = "gpt-realtime-2.1", "gpt-realtime-1.5", "gpt-realtime"
USAGE = Usage(input=TokenCounts(text=1_000_000, audio=1_000_000), output=TokenCounts(audio=1_000_000))


def unpriced(**parts: object) -> TurnRecord:
    """Return a turn whose cost is not known."""
    return replace(turn(**parts), cost=Cost(by_kind={CostKind.TEXT_OUTPUT: None}))


def test_models_are_measured_by_the_turns_that_they_have_answered() -> None:
    """Cancelled turns and those that nobody has answered say nothing of a model; the busiest comes first."""
    kept = [
        turn(cost="1", model=OLD, timings=Timings(first_audio=3.0)),
        turn(cost="3", model=NEW, timings=Timings(first_audio=1.0), usage=USAGE),
        unpriced(model=NEW, rung=Rung.FALLBACK_MODEL, timings=Timings(first_audio=2.0)),
        turn(cost="9", model=NEW, cancelled=True),
        turn(cost="9", model=NEW, rung=Rung.FALLBACK_AGENT),
        turn(cost="9"),
    ]

    busiest, other = measured(kept)

    assert (busiest.model, busiest.turns, busiest.first_audio.median) == (NEW, 2, 1.5)
    assert (busiest.cost_per_turn, busiest.usage) == (Decimal(3), USAGE)
    assert (other.model, other.turns, other.cost_per_turn) == (OLD, 1, Decimal(1))


def test_a_turn_without_a_price_is_in_no_mean() -> None:
    """Its cost is unknown, not zero."""
    assert measured([unpriced(model="own"), turn(cost="2", model="own")])[0].cost_per_turn == 2
    assert measured([unpriced(model="own")])[0].cost_per_turn is None


def test_the_change_is_between_the_model_of_now_and_the_one_before() -> None:
    """A fallback in between is no change, and what came before the one before is left out."""
    kept = [
        turn(NOON - 50, model=OLDEST, cost="9"),
        turn(NOON - 40, model=OLD, cost="2", timings=Timings(first_audio=2.0)),
        turn(NOON - 30, model=NEW, cost="1", timings=Timings(first_audio=1.0)),
        turn(NOON - 20, model=OLD, cost="7", rung=Rung.FALLBACK_MODEL),
        turn(NOON - 10, model=NEW, cost="2", timings=Timings(first_audio=1.5)),
    ]

    change = latest_change(kept)

    assert (change.before.model, change.before.turns, change.before.cost_per_turn) == (OLD, 1, 2)
    assert (change.after.model, change.after.turns, change.after.first_audio.median) == (NEW, 2, 1.25)
    assert change.since == NOON - 30


def test_an_agent_that_never_changed_has_no_change() -> None:
    """Nor has one that never answered."""
    assert latest_change([turn(model=NEW), turn(NOON - 1, model=NEW)]) is None
    assert latest_change([]) is None


def test_the_same_tokens_elsewhere_are_a_matter_of_price_lists() -> None:
    """4 + 32 + 64 dollars are 20 % less than the 5 + 40 + 80 of the preview; an unknown price stays unknown."""
    preview, unknown = elsewhere(USAGE, model(NEW), [model("gpt-4o-realtime-preview"), model(NEW), model("own")])

    assert (preview.cost, preview.difference) == (Decimal(125), pytest.approx(-0.2))
    assert (unknown.model, unknown.cost, unknown.difference) == ("own", None, None)


@pytest.mark.parametrize(("value", "base"), [(None, 1.0), (1.0, None), (1.0, 0.0)])
def test_nothing_is_more_than_what_is_unknown(value: float | None, base: float | None) -> None:
    """Nor than nothing."""
    assert relative(value, base) is None
