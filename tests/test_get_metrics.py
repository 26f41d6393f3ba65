"""The action that reports: the right turns, grouped, priced, compared, and never a percentile of a part."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import DOMAIN
from custom_components.realtime_assist.insight import Rung, Timings, TurnRecord
from custom_components.realtime_assist.realtime import TokenCounts, Usage
from custom_components.realtime_assist.realtime.pricing import Cost, CostKind

from .house import Agent

NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)  # A Wednesday
NEW, OLD, PREVIEW = "gpt-realtime-2.1", "gpt-realtime-1.5", "gpt-4o-realtime-preview"
USAGE = Usage(input=TokenCounts(text=1_000, audio=1_000), cached=TokenCounts(text=500), output=TokenCounts(audio=1_000))


@pytest.fixture
async def counted(hass: HomeAssistant, agent: Agent, freezer: FrozenDateTimeFactory) -> Agent:
    """Return the agent on a Wednesday, with nothing counted since the first of the month."""
    await hass.config.async_set_time_zone("UTC")
    freezer.move_to(NOW)
    agent.coordinator.turn_log.ledger.reset((NOW - timedelta(days=17)).timestamp())
    return agent


def take(agent: Agent, days_ago: float, dollars: str | None = "0.01", **parts: Any) -> None:
    """Have an agent remember a turn."""
    record = TurnRecord(
        started_at=(NOW - timedelta(days=days_ago)).timestamp(),
        agent_id=agent.coordinator.subentry.subentry_id,
        cost=Cost(by_kind={CostKind.AUDIO_OUTPUT: None if dollars is None else Decimal(dollars)}),
        **{"model": NEW, "voice": "marin", "usage": USAGE, **parts},
    )
    agent.coordinator.turn_log.turn_ended(record, "conversation")


async def metrics(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    """Return what the action returns."""
    return await hass.services.async_call(DOMAIN, "get_metrics", data, blocking=True, return_response=True)


async def test_no_turn_is_an_answer_too(hass: HomeAssistant, counted: Agent) -> None:
    """Zeros where something is counted, nothing where nothing was measured."""
    report = await metrics(hass)

    assert (report["first_day"], report["last_day"]) == ("2026-11-18", "2026-11-18")
    assert (report["totals"]["turns"], report["totals"]["cost"]) == (0, 0.0)
    assert report["totals"]["first_audio"] == {"median": None, "p95": None, "mean": None}
    assert (report["by_model"], report["models"], report["model_changes"]) == ([], [], [])
    assert report["projection"] == 0.0


@pytest.mark.parametrize(
    ("asked", "turns"),
    [
        ({}, 1),
        ({"period": "yesterday"}, 1),
        ({"period": "week"}, 3),
        ({"period": "month"}, 4),
        ({"period": "custom", "start": "2026-10-01", "end": "2026-11-17"}, 4),
        ({"period": "custom", "start": "2026-11-17"}, 2),
    ],
)
async def test_a_period_has_its_own_turns(
    hass: HomeAssistant, counted: Agent, asked: dict[str, str], turns: int
) -> None:
    """By the day on which they began."""
    for days_ago in (0, 1, 2, 10, 30):
        take(counted, days_ago)

    assert (await metrics(hass, **asked))["totals"]["turns"] == turns


async def test_turns_are_told_apart(hass: HomeAssistant, counted: Agent) -> None:
    """By model, voice, satellite and day; costs, tokens, times and incidents of each."""
    take(counted, 0, satellite="assist_satellite.kitchen", timings=Timings(first_audio=1.0, total=3.0))
    take(counted, 0, "0.03", voice="cedar", timings=Timings(first_audio=2.0, total=4.0), errors={"rate_limited": 1})
    take(counted, 1, None, model=OLD, rung=Rung.FALLBACK_MODEL)

    report = await metrics(hass, period="week")

    assert report["totals"]["cost"] == 0.04
    assert report["totals"]["turns_without_price"] == 1
    assert report["totals"]["tokens"] == {"input": 6_000, "cached": 1_500, "output": 3_000, "reasoning": 0}
    assert report["totals"]["cached_share"] == 25.0
    assert {group["model"]: group["turns"] for group in report["by_model"]} == {NEW: 2, OLD: 1}
    assert {group["voice"]: group["cost"] for group in report["by_voice"]} == {"marin": 0.01, "cedar": 0.03}
    assert {group["satellite"]: group["turns"] for group in report["by_satellite"]} == {
        "assist_satellite.kitchen": 1,
        None: 2,
    }
    yesterday, today = report["by_day"]
    assert (yesterday["day"], today["day"]) == ("2026-11-17", "2026-11-18")
    assert today["first_audio"] == {"median": 1.5, "p95": 2.0, "mean": 1.5}
    assert (today["error_rate"], today["errors"]) == (50.0, {"rate_limited": 1})
    [told] = report["agents"]
    assert (told["agent"], told["name"], told["totals"]["turns"]) == (counted.conversation, "Realtime Assist", 3)


async def test_percentiles_end_where_single_turns_do(hass: HomeAssistant, counted: Agent) -> None:
    """Days of which sums are left have their mean, and no median of nothing or of a part."""
    take(counted, 0, timings=Timings(first_audio=1.0))
    take(counted, 5, timings=Timings(first_audio=3.0))
    ledger = counted.coordinator.turn_log.ledger
    ledger.close_before((NOW - timedelta(days=1)).timestamp(), lambda epoch: datetime.fromtimestamp(epoch, UTC).date())

    report = await metrics(hass, period="month")

    assert report["totals"]["turns"] == 2
    assert report["totals"]["first_audio"] == {"median": None, "p95": None, "mean": 2.0}
    assert [day["first_audio"]["median"] for day in report["by_day"]] == [None, 1.0]


async def test_the_month_is_projected_from_its_full_days(hass: HomeAssistant, counted: Agent) -> None:
    """Seven cents in seven days, and twelve days are left."""
    for days_ago in range(1, 8):
        take(counted, days_ago)

    report = await metrics(hass)

    assert report["projection"] == report["agents"][0]["projection"] == 0.19


async def test_models_stand_side_by_side_with_what_others_would_have_cost(hass: HomeAssistant, counted: Agent) -> None:
    """Of the same tokens: 500 · 4 + 500 · 0.40 + 1 000 · 32 + 1 000 · 64 millionths here."""
    take(counted, 0, timings=Timings(first_audio=1.0))

    report = await metrics(hass, compare_with=[PREVIEW, "my-own-model", NEW])

    [model] = report["models"]
    assert (model["model"], model["turns"], model["cost_per_turn"]) == (NEW, 1, 0.01)
    preview, unknown = model["elsewhere"]
    # 500 · 5 + 500 · 2.50 + 1 000 · 40 + 1 000 · 80
    assert (preview["model"], preview["cost"], preview["difference"]) == (PREVIEW, 0.12375, -20.6)
    assert preview["text"] == f"21 % less than {PREVIEW}"
    assert unknown == {"model": "my-own-model", "cost": None, "difference": None, "text": None}
    assert {other["model"] for other in (await metrics(hass))["models"][0]["elsewhere"]} >= {PREVIEW, OLD}


async def test_the_model_of_now_is_compared_with_the_one_before(hass: HomeAssistant, counted: Agent) -> None:
    """By what was measured of both, whatever the period is."""
    take(counted, 9, "0.02", model=OLD, timings=Timings(first_audio=2.0))
    take(counted, 3, "0.01", timings=Timings(first_audio=2.5))

    [change] = (await metrics(hass))["model_changes"]

    assert (change["agent"], change["since"]) == (counted.conversation, "2026-11-15T15:00:00+00:00")
    assert (change["before"]["model"], change["after"]["model"]) == (OLD, NEW)
    assert (change["cost_difference"], change["cost_text"]) == (-50.0, f"50 % less than {OLD}")
    assert (change["first_audio_difference"], change["first_audio_text"]) == (25.0, f"25 % slower than {OLD}")


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"period": "custom"}, "invalid_period"),
        ({"period": "custom", "start": "2026-11-03", "end": "2026-11-02"}, "invalid_period"),
        ({"agent": "input_boolean.kitchen_light"}, "unknown_agent"),
        ({"agent": "conversation.home_assistant"}, "unknown_agent"),
    ],
)
async def test_what_cannot_be_reported_is_refused_with_a_reason(
    hass: HomeAssistant, counted: Agent, asked: dict[str, str], key: str
) -> None:
    """In words that say what to do."""
    with pytest.raises(ServiceValidationError) as refused:
        await metrics(hass, **asked)
    assert refused.value.translation_key == key


async def test_what_is_no_period_is_refused(hass: HomeAssistant, counted: Agent) -> None:
    """By the schema."""
    with pytest.raises(probatio.Invalid):
        await metrics(hass, period="decade")


async def test_an_agent_that_is_not_loaded_is_named(
    hass: HomeAssistant, counted: Agent, account: MockConfigEntry
) -> None:
    """The actions themselves stay, so that automations are valid."""
    assert await hass.config_entries.async_unload(account.entry_id)

    with pytest.raises(ServiceValidationError) as refused:
        await metrics(hass, agent=counted.conversation)
    assert refused.value.translation_key == "agent_not_loaded"
    with pytest.raises(ServiceValidationError) as refused:
        await metrics(hass)
    assert refused.value.translation_key == "no_agent"
