"""What a dashboard shows of an agent: times, money, fallbacks; each figure once, of the right agent, at the right hour."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import conversation, tts
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_fire_time_changed
from syrupy.assertion import SnapshotAssertion

from custom_components.realtime_assist.const import DOMAIN, SUBENTRY_AGENT
from custom_components.realtime_assist.model_options import recommended_options
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, DEFAULT_VOICE
from local_server.wire import RealtimeServer

from .conftest import API_KEY
from .house import Agent
from .script import LIGHT_ON, script
from .voice import speak


@pytest.fixture(autouse=True)
def all_entities_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have also those sensors that a user would have to enable first."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", property(lambda entity: True))


# On gpt-realtime-2.1 a million tokens are: text 4.00, cached 0.40, output 24.00; audio 32.00, cached 0.40, output 64.00.
USAGE = {
    "input_token_details": {
        "text_tokens": 1_000,
        "audio_tokens": 200,
        "cached_tokens": 640,
        "cached_tokens_details": {"text_tokens": 576, "audio_tokens": 64},
    },
    "output_token_details": {"text_tokens": 50, "audio_tokens": 300},
}
# 424 * 4.00 + 576 * 0.40 + 136 * 32.00 + 64 * 0.40 + 50 * 24.00 + 300 * 64.00 = 26 704 millionths.
COST = 0.026704
ANSWER = {"text": "It is on.", "usage": USAGE}


def sensor(hass: HomeAssistant, agent: Agent, key: str) -> State:
    """Return the state of an agent's sensor."""
    unique_id = f"{agent.coordinator.subentry.subentry_id}_{key}"
    entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id)
    return hass.states.get(entity_id)


def values(hass: HomeAssistant, agent: Agent, *keys: str) -> list[str]:
    """Return what an agent's sensors show."""
    return [sensor(hass, agent, key).state for key in keys]


async def ask(hass: HomeAssistant, agent: Agent, text: str = "Is it on?") -> conversation.ConversationResult:
    """Ask an agent by text, in a conversation of its own."""
    result = await conversation.async_converse(hass, text, None, Context(), agent_id=agent.conversation, language="en")
    await hass.async_block_till_done()
    return result


async def pass_to(hass: HomeAssistant, freezer: FrozenDateTimeFactory, moment: datetime) -> None:
    """Let it become a moment."""
    freezer.move_to(moment)
    async_fire_time_changed(hass, moment)
    await hass.async_block_till_done()


async def test_nothing_said_is_nothing_spent(hass: HomeAssistant, agent: Agent) -> None:
    """Sums and counts begin at 0, what was never measured is unknown, and what would answer is named."""
    assert values(hass, agent, "cost_today", "cost_month", "cost_total") == ["0.0", "0.0", "0.0"]
    assert values(hass, agent, "turns", "errors", "tokens_in_today", "fallbacks_model") == ["0", "0", "0", "0"]
    unknown = ("first_audio", "response_time", "cost_last_turn", "cost_projected", "error_rate", "session_duration")
    assert set(values(hass, agent, *unknown)) == {"unknown"}
    assert values(hass, agent, "model_in_use", "voice_in_use") == [DEFAULT_MODEL, DEFAULT_VOICE]
    assert values(hass, agent, "session_status") == ["closed"]


@script(turns=["Turn on the kitchen light."], responses=[{"calls": [LIGHT_ON], "usage": USAGE}, ANSWER])
async def test_a_spoken_command_is_timed_and_priced(hass: HomeAssistant, agent: Agent) -> None:
    """Both responses are paid for, and the second of speech that was written down."""
    run = await speak(hass, agent.pipeline_id)
    await hass.async_block_till_done()

    assert run.error is None
    # A second of transcription is 0.0045 / 60 = 0.000075.
    assert values(hass, agent, "cost_last_turn", "cost_today", "cost_month", "cost_total") == ["0.053483"] * 4
    assert values(hass, agent, "tokens_in_today", "tokens_out_today", "tokens_cached_today") == ["2400", "700", "1280"]
    assert values(hass, agent, "cached_share_today") == ["53.3"]
    assert values(hass, agent, "turns", "turns_without_price", "errors", "retries") == ["1", "0", "0", "0"]
    assert values(hass, agent, "fallback_rate", "error_rate") == ["0.0", "0.0"]
    assert values(hass, agent, "connection_success_rate", "function_calling_accuracy") == ["100.0", "100.0"]
    times = values(hass, agent, "first_audio", "first_audio_median", "first_audio_p95", "response_time")
    assert all(0 < float(seconds) < 60 for seconds in times)
    assert 0 < float(sensor(hass, agent, "connection_latency").state) < 60
    assert values(hass, agent, "session_status") == ["ready"]


@script(responses=[ANSWER, {"text": "Yes.", "usage": None}])
async def test_a_turn_without_a_price_is_counted_and_not_guessed(hass: HomeAssistant, agent: Agent) -> None:
    """A server that does not say what it used leaves the last cost unknown, and the sums at what is known."""
    await ask(hass, agent)
    await ask(hass, agent)

    assert values(hass, agent, "cost_last_turn", "turns", "turns_without_price") == ["unknown", "2", "1"]
    assert float(sensor(hass, agent, "cost_total").state) == COST


@script(
    models={DEFAULT_MODEL: "model_not_found"},
    responses=[{"calls": [{"name": "no_such_tool", "arguments": {}}, {**LIGHT_ON, "arguments": "[]"}]}, ANSWER],
)
async def test_a_fallback_is_counted_told_and_paid_at_its_own_price(hass: HomeAssistant, agent: Agent) -> None:
    """The model below answers, at its price; automations hear of it, with the code of the reason."""
    events = async_capture_events(hass, "realtime_assist_fallback")
    await ask(hass, agent)

    model = "gpt-realtime-2.1-mini"
    assert values(hass, agent, "model_in_use", "fallbacks_model", "fallbacks_voice") == [model, "1", "0"]
    assert values(hass, agent, "fallback_rate", "connection_success_rate") == ["100.0", "50.0"]
    assert values(hass, agent, "turns", "errors", "error_rate") == ["1", "1", "100.0"]
    reason = {"last_reason": "model_not_found", "last_from": DEFAULT_MODEL, "last_to": model}
    assert sensor(hass, agent, "fallbacks_model").attributes.items() >= reason.items()
    [event] = events
    assert event.data == {
        "kind": "model",
        "from": DEFAULT_MODEL,
        "to": model,
        "reason": "model_not_found",
        "conversation_id": event.data["conversation_id"],
        "agent": agent.conversation,
    }
    # Neither the tool that does not exist nor the arguments that are no object are the house's fault.
    assert values(hass, agent, "function_calling_accuracy") == ["0.0"]


@script(out_of_band=[{**ANSWER, "audio_ms": 100}, {"text": "It is off.", "usage": None}])
async def test_an_announcement_is_paid_for_and_no_turn(hass: HomeAssistant, agent: Agent) -> None:
    """A text that is read aloud costs what its tokens cost; where they are not told, nothing is made up."""
    for text in ("It is on.", "It is off."):
        media_id = tts.generate_media_source_id(hass, text, engine=agent.tts)
        await tts.async_get_media_source_audio(hass, media_id)
    await hass.async_block_till_done()

    assert values(hass, agent, "cost_today", "cost_total", "turns") == [str(COST), str(COST), "0"]
    assert values(hass, agent, "tokens_out_today", "cost_last_turn", "error_rate") == ["350", "unknown", "unknown"]


@pytest.fixture
async def berlin(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> ZoneInfo:
    """Be in Berlin, on the evening before the clocks go back."""
    freezer.move_to("2026-10-24 20:00:00+00:00")
    await hass.config.async_set_time_zone("Europe/Berlin")
    return ZoneInfo("Europe/Berlin")


@script(responses=[ANSWER], repeat=True)
async def test_a_day_ends_at_the_houses_midnight(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, berlin: ZoneInfo, agent: Agent
) -> None:
    """The day on which the clocks go back has 25 hours, all of which are one day's cost."""
    await ask(hass, agent)
    assert values(hass, agent, "cost_today", "cost_total") == [str(COST)] * 2

    await pass_to(hass, freezer, datetime(2026, 10, 25, 0, 0, tzinfo=berlin))
    assert values(hass, agent, "cost_today", "tokens_in_today", "cost_total") == ["0.0", "0", str(COST)]
    assert sensor(hass, agent, "cost_today").attributes["last_reset"] == "2026-10-25T00:00:00+02:00"
    await ask(hass, agent)
    # Twenty-four hours later it is eleven in the evening.
    await pass_to(hass, freezer, datetime(2026, 10, 25, 22, 0, tzinfo=UTC))
    await ask(hass, agent)
    assert values(hass, agent, "cost_today") == [str(2 * COST)]

    await pass_to(hass, freezer, datetime(2026, 10, 26, 0, 0, tzinfo=berlin))
    assert values(hass, agent, "cost_today") == ["0.0"]
    assert sensor(hass, agent, "cost_today").attributes["last_reset"] == "2026-10-26T00:00:00+01:00"


@script(responses=[ANSWER], repeat=True)
async def test_a_month_ends_with_its_last_day_and_is_projected_before(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, berlin: ZoneInfo, agent: Agent
) -> None:
    """After one full day the month is projected: what it has cost, and that day's cost for each day that is left."""
    await pass_to(hass, freezer, datetime(2026, 10, 25, 12, 0, tzinfo=berlin))
    await ask(hass, agent)
    assert values(hass, agent, "cost_projected") == ["unknown"]
    await pass_to(hass, freezer, datetime(2026, 10, 26, 0, 0, tzinfo=berlin))
    # The 26th has cost nothing yet, and five more days are to come.
    assert values(hass, agent, "cost_projected") == [str(round(6 * COST, 6))]
    assert values(hass, agent, "first_audio_median", "fallback_rate") == ["unknown", "0.0"]

    await pass_to(hass, freezer, datetime(2026, 11, 1, 0, 0, tzinfo=berlin))
    assert values(hass, agent, "cost_month", "cost_total", "fallback_rate") == ["0.0", str(COST), "unknown"]
    assert sensor(hass, agent, "cost_month").attributes["last_reset"] == "2026-11-01T00:00:00+01:00"
    assert sensor(hass, agent, "cost_total").attributes["last_reset"] == "2026-10-24T22:00:00+02:00"


async def test_a_midnight_that_the_clocks_leave_out_is_a_new_day_as_well(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, account: MockConfigEntry
) -> None:
    """In Santiago the day on which the clocks go forward begins at one o'clock."""
    freezer.move_to("2026-09-06 03:30:00+00:00")
    await hass.config.async_set_time_zone("America/Santiago")
    assert await async_setup_component(hass, "homeassistant", {})
    account.add_to_hass(hass)
    assert await hass.config_entries.async_setup(account.entry_id)
    before = hass.states.get("sensor.realtime_assist_cost_today").attributes["last_reset"]
    await pass_to(hass, freezer, datetime(2026, 9, 6, 4, 0, tzinfo=UTC))
    assert hass.states.get("sensor.realtime_assist_cost_today").attributes["last_reset"] > before


@script(responses=[ANSWER], repeat=True)
async def test_two_agents_never_mix(hass: HomeAssistant, account: MockConfigEntry, agent: Agent) -> None:
    """What one agent says is no other's cost, turn or session."""
    butler = ConfigSubentry(data=recommended_options(), subentry_type=SUBENTRY_AGENT, title="Butler", unique_id=None)
    hass.config_entries.async_add_subentry(account, butler)
    await hass.async_block_till_done()
    await conversation.async_converse(hass, "Hi", None, Context(), agent_id="conversation.butler", language="en")
    await hass.async_block_till_done()

    for key in ("cost_today", "cost_total", "turns", "tokens_in_today"):
        assert values(hass, agent, key) in (["0.0"], ["0"])
    assert hass.states.get("sensor.butler_cost_today").state == str(COST)
    assert hass.states.get("sensor.butler_turns").state == "1"
    assert hass.states.get("sensor.realtime_assist_session").state == "closed"


@script(keys={API_KEY: "invalid_api_key"})
async def test_what_was_spent_stays_to_be_seen_without_the_account(hass: HomeAssistant, agent: Agent) -> None:
    """A refused key takes the session's status away, and nothing else."""
    await ask(hass, agent)

    assert values(hass, agent, "session_status") == ["unavailable"]
    assert values(hass, agent, "turns", "cost_today", "errors") == ["1", "0.0", "1"]
    states = [state.state for state in hass.states.async_all("sensor")]
    assert states.count("unavailable") == 1


@script(responses=[ANSWER])
async def test_a_session_is_timed_to_its_end(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """It is ready as long as its socket is open, and has a duration after that."""
    await ask(hass, agent)
    assert values(hass, agent, "session_status", "session_duration") == ["ready", "unknown"]
    closed = asyncio.Event()
    status = sensor(hass, agent, "session_status").entity_id

    @callback
    def changed(_: object) -> None:
        # Without the decorator it would run in a thread, where an event must not be set.
        closed.set()

    stop = async_track_state_change_event(hass, [status], changed)
    await realtime_server.close_connection(1000)
    async with asyncio.timeout(5):
        await closed.wait()
    stop()
    await hass.async_block_till_done()
    assert values(hass, agent, "session_status") == ["closed"]
    assert float(sensor(hass, agent, "session_duration").state) >= 0
    assert values(hass, agent, "session_duration") == values(hass, agent, "session_duration_average")


async def test_sensors_are_what_they_are(hass: HomeAssistant, agent: Agent, snapshot: SnapshotAssertion) -> None:
    """Name, unit, class and category of each sensor, as they reach the user."""
    registry = er.async_get(hass)
    told = {
        state.entity_id: (
            state.attributes["friendly_name"],
            state.attributes.get("unit_of_measurement"),
            state.attributes.get("device_class"),
            state.attributes.get("state_class"),
            "last_reset" in state.attributes,
            registry.async_get(state.entity_id).entity_category,
        )
        for state in hass.states.async_all("sensor")
    }
    assert told == snapshot
