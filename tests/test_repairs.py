"""Moving an agent away from a model that goes, out of Home Assistant's repairs."""

from http import HTTPStatus
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_MODEL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.realtime_assist.const import (
    CONF_AUTOMATIC_VOICE,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_VOICE,
    CONF_MODE,
    CONF_PROVIDER,
    CONF_VOICE,
    DOMAIN,
)
from custom_components.realtime_assist.realtime.providers import Provider

from .house import RECOMMENDED
from .readable import ISSUES, readable
from .test_announcements import settle
from .test_issues import issues

type Flow = dict[str, Any]


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let the agent have a model that goes, and a voice that the next one has as well."""
    return {
        **RECOMMENDED,
        CONF_MODEL: "gpt-realtime",
        CONF_FALLBACK_MODELS: ["gpt-realtime-2.1", "gpt-realtime-1.5"],
    }


@pytest.fixture
async def openai_account(
    hass: HomeAssistant, account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> MockConfigEntry:
    """Return the account at OpenAI, loaded on a day when there is something to repair."""
    freezer.move_to("2026-12-01 12:00:00+00:00")
    for component in ("homeassistant", "repairs"):
        assert await async_setup_component(hass, component, {})
    account.add_to_hass(hass)
    hass.config_entries.async_update_entry(account, data={**account.data, CONF_PROVIDER: Provider.OPENAI})
    assert await hass.config_entries.async_setup(account.entry_id)
    await settle(hass)
    return account


class Repair:
    """Fixes an issue as the user's browser does."""

    def __init__(self, hass: HomeAssistant, hass_client: ClientSessionGenerator, kind: str) -> None:
        self._hass = hass
        self._hass_client = hass_client
        self._kind = kind

    async def start(self) -> Flow:
        """Open the issue; return the flow's first step."""
        issue_id = issues(self._hass)[self._kind].issue_id
        return await self._post("", {"handler": DOMAIN, "issue_id": issue_id})

    async def confirm(self, flow: Flow) -> Flow:
        """Submit the step."""
        return await self._post(f"/{flow['flow_id']}", {})

    async def _post(self, path: str, data: dict[str, Any]) -> Flow:
        client = await self._hass_client()
        response = await client.post(f"/api/repairs/issues/fix{path}", json=data)
        assert response.status == HTTPStatus.OK, await response.text()
        await self._hass.async_block_till_done()
        flow = await response.json()
        if flow["type"] == "abort":
            return readable(flow, ISSUES[self._kind]["fix_flow"])
        if flow["type"] == "form":
            step = ISSUES[self._kind]["fix_flow"]["step"][flow["step_id"]]
            for text in step.values():
                text.format(**flow["description_placeholders"])
        return flow


async def test_what_changes_is_shown_and_then_changed(
    hass: HomeAssistant, openai_account: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """Price, voice and benchmarks of both; then the model is moved, the voice kept, and the issue gone."""
    repair = Repair(hass, hass_client, "model_retiring")
    flow = await repair.start()
    assert flow["description_placeholders"] == {
        "agent": "Realtime Assist",
        "date": "2027-01-20",
        "old_model": "gpt-realtime",
        "new_model": "gpt-realtime-2.1",
        "old_price": "audio 32.00 in, 64.00 out; text 4.00 in, 16.00 out",
        "new_price": "audio 32.00 in, 64.00 out; text 4.00 in, 24.00 out",
        "old_voice": "marin",
        "new_voice": "marin",
        "benchmarks": flow["description_placeholders"]["benchmarks"],
    }
    benchmarks = flow["description_placeholders"]["benchmarks"]
    assert "ComplexFuncBench Audio (OpenAI): 66.5 before, not published after" in benchmarks
    [agent] = openai_account.runtime_data.agents.values()
    assert agent.options.model == "gpt-realtime"

    done = await repair.confirm(flow)
    assert done["type"] == "create_entry"
    assert (agent.options.model, agent.options.voice) == ("gpt-realtime-2.1", "marin")
    assert agent.options.fallback_models == ("gpt-realtime-1.5",)
    assert issues(hass) == {}
    assert list(openai_account.runtime_data.agents.values()) == [agent]


async def change(hass: HomeAssistant, account: MockConfigEntry, data: dict[str, Any]) -> None:
    """Change what the agent is set to."""
    [subentry] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, subentry, data={**subentry.data, **data})
    await settle(hass)


MOVES = {
    "a preview": (
        {CONF_MODEL: "gpt-4o-realtime-preview", CONF_VOICE: "ballad", CONF_FALLBACK_MODELS: []},
        ("gpt-realtime-1.5", [], "ballad"),
    ),
    "a preview whose voice was never to be had": (
        {
            CONF_MODEL: "gpt-4o-realtime-preview",
            CONF_VOICE: "nova",
            CONF_FALLBACK_VOICE: None,
            CONF_AUTOMATIC_VOICE: False,
            CONF_FALLBACK_MODELS: ["gpt-realtime-2.1"],
        },
        ("gpt-realtime-1.5", ["gpt-realtime-2.1"], "marin"),
    ),
    "the first fallback alone": (
        {
            CONF_MODE: "legacy",
            CONF_MODEL: "gpt-realtime-2.1",
            CONF_FALLBACK_MODELS: ["gpt-4o-mini-realtime-preview", "gpt-realtime-1.5"],
        },
        ("gpt-realtime-2.1", ["gpt-realtime-2.1-mini", "gpt-realtime-1.5"], "marin"),
    ),
}


@pytest.mark.parametrize(("data", "moved"), MOVES.values(), ids=list(MOVES))
async def test_a_model_that_is_gone_is_moved_with_its_voice(
    hass: HomeAssistant,
    openai_account: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    data: dict[str, Any],
    moved: tuple[str, list[str], str],
) -> None:
    """To the replacement that is there to stay, in a voice that it has."""
    await change(hass, openai_account, data)
    repair = Repair(hass, hass_client, "model_retired")
    await repair.confirm(await repair.start())
    [subentry] = openai_account.subentries.values()
    assert tuple(subentry.data[name] for name in (CONF_MODEL, CONF_FALLBACK_MODELS, CONF_VOICE)) == moved
    assert issues(hass) == {}


async def test_what_was_settled_elsewhere_needs_no_repair(
    hass: HomeAssistant, openai_account: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """The form says so, whether the model was changed meanwhile or the account unloaded."""
    repair = Repair(hass, hass_client, "model_retiring")
    flow = await repair.start()
    assert await hass.config_entries.async_unload(openai_account.entry_id)
    assert (await repair.confirm(flow))["reason"] == "entry_not_loaded"
    assert await hass.config_entries.async_setup(openai_account.entry_id)
    await settle(hass)
    flow = await repair.start()
    await change(hass, openai_account, {CONF_MODEL: "gpt-realtime-2.1"})
    assert (await repair.confirm(flow))["reason"] == "nothing_to_move"
