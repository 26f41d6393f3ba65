"""Making an Assist pipeline for an agent: on the way to an account, and later."""

from typing import Any

from homeassistant.components.assist_pipeline import async_get_pipeline, async_get_pipelines
from homeassistant.config_entries import FlowType
from homeassistant.const import CONF_API_KEY, CONF_MODEL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_BASE_URL, DOMAIN
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL
from local_server.wire import RealtimeServer

from .agent_forms import field, make_pipeline, open_pipeline_form, submit, suggested
from .conftest import API_KEY
from .readable import AGENT, readable
from .satellites import put_satellites
from .test_config_flow import open_form as open_account_form, submit as submit_account


@pytest.fixture
async def house(hass: HomeAssistant) -> None:
    """Set up the pipelines, as every house of the default configuration has them."""
    for domain in ("homeassistant", "assist_pipeline"):
        assert await async_setup_component(hass, domain, {})


@pytest.fixture
async def agent_id(house: None, loaded_account: MockConfigEntry) -> str:
    """Return the subentry of the account's one agent, in a house with pipelines."""
    [agent_id] = loaded_account.subentries
    return agent_id


@pytest.mark.usefixtures("house")
async def test_a_new_account_goes_on_to_a_pipeline(hass: HomeAssistant, realtime_server: RealtimeServer) -> None:
    """The form waits as the next flow, and submitting it makes a pipeline of the agent's ears, mind and voice."""
    form = await open_account_form(hass, "compatible")
    values = {CONF_BASE_URL: realtime_server.url, CONF_API_KEY: API_KEY, CONF_MODEL: DEFAULT_MODEL}
    result = await submit_account(hass, form, values)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    kind, flow_id = result["next_flow"]
    assert kind is FlowType.CONFIG_SUBENTRIES_FLOW
    form = readable(await hass.config_entries.subentries.async_configure(flow_id), AGENT)
    assert suggested(form) == {"create": True, "preferred": True}
    assert "no satellite" in form["description_placeholders"]["satellites"]

    result = await submit(hass, form, suggested(form))
    assert result["reason"] == "pipeline_ready"
    pipeline = async_get_pipeline(hass)
    assert (pipeline.name, pipeline.language) == ("Realtime Assist", "en")
    assert pipeline.stt_engine == "stt.realtime_assist_speech_to_text"
    assert pipeline.conversation_engine == "conversation.realtime_assist"
    assert (pipeline.tts_engine, pipeline.tts_voice) == ("tts.realtime_assist_text_to_speech", None)
    assert (pipeline.stt_language, pipeline.tts_language, pipeline.prefer_local_intents) == ("en", "en", False)


async def test_a_house_without_pipelines_is_offered_none(hass: HomeAssistant, realtime_server: RealtimeServer) -> None:
    """The account is made all the same, and its agent's settings open without a menu."""
    assert await async_setup_component(hass, "homeassistant", {})
    form = await open_account_form(hass, "compatible")
    values = {CONF_BASE_URL: realtime_server.url, CONF_API_KEY: API_KEY, CONF_MODEL: DEFAULT_MODEL}
    result = await submit_account(hass, form, values)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in result
    [account] = hass.config_entries.async_entries(DOMAIN)
    [agent_id] = account.subentries
    form = await hass.config_entries.subentries.async_init(
        (account.entry_id, "agent"), context={"source": "reconfigure", "subentry_id": agent_id}
    )
    assert form["step_id"] == "settings"
    await hass.config_entries.async_remove(account.entry_id)


async def test_nobody_has_to_have_a_pipeline(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """What is switched off is not made."""
    before = async_get_pipelines(hass)
    form = await open_pipeline_form(hass, loaded_account, agent_id)
    result = await submit(hass, form, {"create": False, "preferred": True})
    assert result["reason"] == "pipeline_not_wanted"
    assert async_get_pipelines(hass) == before


async def test_satellites_are_listed_and_choose_the_pipeline(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """Those with a choice of pipelines; the form knows later who uses it, and takes them out again."""
    await put_satellites(hass, "kitchen", "bath", without_choice="attic")
    form = await open_pipeline_form(hass, loaded_account, agent_id)
    rooms = ["assist_satellite.bath", "assist_satellite.kitchen"]
    assert field(form, "satellites").config["include_entities"] == rooms
    values = {"create": True, "preferred": False, "satellites": ["assist_satellite.kitchen"]}
    await submit(hass, form, values)
    assert hass.states.get("select.kitchen_pipeline").state == "Realtime Assist"
    assert hass.states.get("select.bath_pipeline").state == "preferred"

    form = await open_pipeline_form(hass, loaded_account, agent_id)
    assert suggested(form) == {"preferred": False, "satellites": ["assist_satellite.kitchen"]}
    assert field(form, "create") is None
    await submit(hass, form, {"preferred": False, "satellites": ["assist_satellite.bath"]})
    assert hass.states.get("select.kitchen_pipeline").state == "preferred"
    assert hass.states.get("select.bath_pipeline").state == "Realtime Assist"
    assert len(async_get_pipelines(hass)) == 2


async def test_a_satellite_that_does_not_take_the_pipeline_is_named(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """One is unavailable, another refuses; the pipeline is there all the same, and the third satellite uses it."""
    selects = await put_satellites(hass, "bath", "hall", "kitchen")
    selects["bath"].available = False
    selects["bath"].async_write_ha_state()
    selects["hall"].refuses = True
    satellites = [f"assist_satellite.{room}" for room in ("bath", "hall", "kitchen")]
    form = await open_pipeline_form(hass, loaded_account, agent_id)
    result = await submit(hass, form, {**suggested(form), "satellites": satellites})
    assert result["reason"] == "satellites_left"
    assert result["description_placeholders"]["satellites"] == "assist_satellite.bath, assist_satellite.hall"
    assert hass.states.get("select.kitchen_pipeline").state == async_get_pipeline(hass).name == "Realtime Assist"


async def test_a_pipeline_is_preferred_and_no_longer(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """What was preferred before is so again; a later choice of the user's own is left alone."""
    house = async_get_pipeline(hass).id
    made = await make_pipeline(hass, loaded_account, agent_id)
    assert async_get_pipeline(hass).id == made
    form = await open_pipeline_form(hass, loaded_account, agent_id)
    assert suggested(form) == {"preferred": True}
    await submit(hass, form, {"preferred": False})
    assert async_get_pipeline(hass).id == house
    await submit(hass, await open_pipeline_form(hass, loaded_account, agent_id), {"preferred": False})
    assert async_get_pipeline(hass).id == house


async def test_a_pipeline_that_the_user_has_removed_can_be_made_again(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """The form offers to make one, and its name is one that no other pipeline has."""
    store = hass.data["assist_pipeline"].pipeline_store
    await store.async_delete_item(await make_pipeline(hass, loaded_account, agent_id, preferred=False))
    await store.async_update_item(store.async_get_preferred_item(), {**taken(hass), "name": "Realtime Assist"})
    form = await open_pipeline_form(hass, loaded_account, agent_id)
    assert suggested(form) == {"create": True, "preferred": True}
    await submit(hass, form, suggested(form))
    assert async_get_pipeline(hass).name == "Realtime Assist 2"


def taken(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the preferred pipeline is made of."""
    values = async_get_pipeline(hass).to_json()
    del values["id"]
    return values


@pytest.mark.parametrize(("language", "spoken"), [("pt-BR", "pt"), ("eu", None)])
async def test_a_pipeline_is_in_the_language_of_the_house(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str, language: str, spoken: str | None
) -> None:
    """In one that the voice does not speak, the agent can be typed to."""
    hass.config.language = language
    await make_pipeline(hass, loaded_account, agent_id)
    pipeline = async_get_pipeline(hass)
    assert (pipeline.language, pipeline.conversation_engine) == (language, "conversation.realtime_assist")
    assert (pipeline.stt_language, pipeline.tts_language) == (spoken, spoken)
    assert (pipeline.stt_engine is None, pipeline.tts_engine is None) == (spoken is None, spoken is None)


async def test_an_agent_without_ears_cannot_have_a_pipeline(
    hass: HomeAssistant, loaded_account: MockConfigEntry, agent_id: str
) -> None:
    """The user has disabled an entity, and is told which three are needed."""
    ears = "stt.realtime_assist_speech_to_text"
    er.async_get(hass).async_update_entity(ears, disabled_by=er.RegistryEntryDisabler.USER)
    result = await open_pipeline_form(hass, loaded_account, agent_id)
    assert result["reason"] == "no_engines"


async def test_a_pipeline_that_home_assistant_does_not_take_is_said_so(
    hass: HomeAssistant,
    loaded_account: MockConfigEntry,
    agent_id: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A later Home Assistant may want more of a pipeline than this one does; one without a store has none to offer."""
    form = await open_pipeline_form(hass, loaded_account, agent_id)

    async def wants_more(data: dict[str, Any], /, *, mood: str) -> None:
        """Ask for what nobody has."""

    store = hass.data["assist_pipeline"].pipeline_store
    monkeypatch.setattr(store, "async_create_item", wants_more)
    result = await submit(hass, form, suggested(form))
    assert result["reason"] == "pipeline_failed"
    assert "does not take the pipeline" in caplog.text

    form = await open_pipeline_form(hass, loaded_account, agent_id)
    monkeypatch.setattr(hass.data["assist_pipeline"], "pipeline_store", None)
    result = await submit(hass, form, suggested(form))
    assert result["reason"] == "no_pipelines"
