"""What the owner does about a budget that is used up, or a price that nobody knows, out of the repairs."""

from http import HTTPStatus
from typing import Any

from homeassistant.const import CONF_MODEL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.realtime_assist.const import (
    CONF_AT_LIMIT,
    CONF_BUDGET_DAY,
    CONF_BUDGET_MONTH,
    CONF_PRICES,
    CONF_PROVIDER,
    CONF_TRANSCRIPTION_MODEL,
    DOMAIN,
)
from custom_components.realtime_assist.realtime.providers import Provider
from custom_components.realtime_assist.spending import SpendingAction

from .house import Agent, change_agent
from .readable import ISSUES
from .script import script
from .test_budget import set_account, shown
from .test_issues import issues
from .test_sensor import ANSWER, ask

type Flow = dict[str, Any]


class Fix:
    """Fixes an issue as the user's browser does, and reads all that is shown."""

    def __init__(self, hass: HomeAssistant, hass_client: ClientSessionGenerator, kind: str) -> None:
        self._hass = hass
        self._hass_client = hass_client
        self._texts = ISSUES[kind]["fix_flow"]
        self._issue_id = issues(hass)[kind].issue_id
        self._path = ""

    async def start(self) -> Flow:
        """Open the issue; return the flow's first step."""
        return await self._post({"handler": DOMAIN, "issue_id": self._issue_id})

    async def choose(self, option: str) -> Flow:
        """Choose of a menu."""
        return await self._post({"next_step_id": option})

    async def submit(self, **values: Any) -> Flow:
        """Fill in the step."""
        return await self._post(values)

    async def _post(self, data: dict[str, Any]) -> Flow:
        client = await self._hass_client()
        response = await client.post(f"/api/repairs/issues/fix{self._path}", json=data)
        assert response.status == HTTPStatus.OK, await response.text()
        await self._hass.async_block_till_done()
        flow = await response.json()
        self._path = f"/{flow['flow_id']}"
        self._read(flow)
        return flow

    def _read(self, flow: Flow) -> None:
        """Fail on what has no text."""
        if flow["type"] == "abort":
            assert flow["reason"] in self._texts["abort"]
        if flow["type"] not in {"form", "menu"}:
            return
        step, placeholders = self._texts["step"][flow["step_id"]], flow["description_placeholders"]
        for text in (step["title"], step["description"]):
            text.format(**placeholders)
        if flow["type"] == "menu":
            assert set(flow["menu_options"]) == set(step["menu_options"]) == set(step["menu_option_descriptions"])
            return
        fields = {field["name"] for field in flow["data_schema"]}
        assert fields <= set(step["data"]) & set(step["data_description"])
        for error in (flow["errors"] or {}).values():
            self._texts["error"][error].format(**placeholders)


@pytest.fixture
async def repairs(hass: HomeAssistant) -> None:
    """Have the repairs."""
    assert await async_setup_component(hass, "repairs", {})


@pytest.fixture
async def used_up(hass: HomeAssistant, account: MockConfigEntry, agent: Agent, repairs: None) -> Agent:
    """Return the agent with its budget for the day, and the account's for the month, used up."""
    await set_account(hass, account, **{CONF_BUDGET_MONTH: 0.02, CONF_AT_LIMIT: "hand_over"})
    agent = await change_agent(hass, account, **{CONF_BUDGET_DAY: 0.02})
    await ask(hass, agent)
    return agent


@script(responses=[ANSWER], repeat=True)
async def test_a_budget_is_raised_out_of_the_repairs(
    hass: HomeAssistant, account: MockConfigEntry, used_up: Agent, hass_client: ClientSessionGenerator
) -> None:
    """To more than what is spent; each notice raises its own budget."""
    assert {issue.severity for issue in issues(hass).values()} == {ir.IssueSeverity.WARNING}
    fix = Fix(hass, hass_client, "budget_day_reached")
    menu = await fix.start()
    assert menu["menu_options"] == ["raise_limit", "allow"]
    assert menu["description_placeholders"] == {
        "name": "Realtime Assist",
        "limit": "0.02",
        "spent": "0.0268",
        "action": menu["description_placeholders"]["action"],
    }
    assert "fallback agent" in menu["description_placeholders"]["action"]
    form = await fix.choose("raise_limit")
    form = await fix.submit(limit=0.0267)
    assert form["errors"] == {"limit": "too_low"}
    done = await fix.submit(limit=0.5)
    assert done["type"] == "create_entry"
    [subentry] = account.subentries.values()
    assert subentry.data[CONF_BUDGET_DAY] == 0.5
    assert set(issues(hass)) == {"budget_month_reached"}

    fix = Fix(hass, hass_client, "budget_month_reached")
    await fix.start()
    await fix.choose("raise_limit")
    await fix.submit(limit=20)
    assert account.options[CONF_BUDGET_MONTH] == 20
    assert issues(hass) == {}
    assert used_up.coordinator.spending_action is None


@script(responses=[ANSWER], repeat=True)
async def test_going_on_is_allowed_until_the_period_ends(
    hass: HomeAssistant, account: MockConfigEntry, used_up: Agent, hass_client: ClientSessionGenerator
) -> None:
    """Also across a restart; the budget is shown as used up all the same, and nothing is told again."""
    for kind in ("budget_day_reached", "budget_month_reached"):
        assert used_up.coordinator.spending_action is SpendingAction.HAND_OVER
        fix = Fix(hass, hass_client, kind)
        await fix.start()
        done = await fix.choose("allow")
        assert done["type"] == "create_entry"
    assert issues(hass) == {}
    assert used_up.coordinator.spending_action is None
    agent_id = used_up.coordinator.subentry.subentry_id
    assert shown(hass, agent_id, "budget_reached", "binary_sensor") == "on"

    assert await hass.config_entries.async_reload(account.entry_id)
    await hass.async_block_till_done()
    [agent] = account.runtime_data.agents.values()
    assert agent.spending_action is None
    assert issues(hass) == {}


@script(responses=[ANSWER], repeat=True)
async def test_a_budget_that_was_settled_elsewhere_needs_no_repair(
    hass: HomeAssistant, account: MockConfigEntry, used_up: Agent, hass_client: ClientSessionGenerator
) -> None:
    """The form was open meanwhile, and says so at whichever step."""
    first, second = (Fix(hass, hass_client, "budget_day_reached") for _ in range(2))
    await first.start()
    await second.start()
    await second.choose("raise_limit")
    late = Fix(hass, hass_client, "budget_month_reached")
    await late.start()
    await change_agent(hass, account, **{CONF_BUDGET_DAY: 5})
    assert (await first.choose("allow"))["reason"] == "not_reached"
    assert (await second.submit(limit=7))["reason"] == "not_reached"
    assert await hass.config_entries.async_unload(account.entry_id)
    assert (await late.choose("raise_limit"))["reason"] == "entry_not_loaded"


@script(responses=[ANSWER], repeat=True)
async def test_a_model_without_a_price_is_named_where_money_is_counted(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, repairs: None, hass_client: ClientSessionGenerator
) -> None:
    """Once there is a budget; the form takes its prices, of which those of cached tokens may be left out."""
    await change_agent(hass, account, **{CONF_MODEL: "parrot"})
    assert issues(hass) == {}
    await change_agent(hass, account, **{CONF_BUDGET_DAY: 1})
    issue = issues(hass)["price_unknown"]
    assert issue.severity is ir.IssueSeverity.WARNING
    assert issue.translation_placeholders == {"model": "parrot", "account": account.title}
    fix = Fix(hass, hass_client, "price_unknown")
    form = await fix.start()
    assert len(form["data_schema"]) == 6
    done = await fix.submit(text_input=1, text_output=2.5, audio_input=3, audio_output=0)
    assert done["type"] == "create_entry"
    assert account.options[CONF_PRICES] == {
        "parrot": {
            "text_input": "1.0",
            "text_output": "2.5",
            "audio_input": "3.0",
            "audio_output": "0.0",
            "text_cached": "1.0",
            "audio_cached": "3.0",
        }
    }
    assert issues(hass) == {}
    await ask(hass, agent)
    assert account.runtime_data.budgets.of(agent.coordinator.subentry.subentry_id)["day"].spent > 0


@script(responses=[ANSWER], repeat=True)
async def test_openais_models_are_paid_for_with_or_without_a_budget(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, repairs: None, hass_client: ClientSessionGenerator
) -> None:
    """A transcription model is one of them, and paid by the minute; the notice goes when another one is chosen."""
    hass.config_entries.async_update_entry(account, data={**account.data, CONF_PROVIDER: Provider.OPENAI})
    await change_agent(hass, account, **{CONF_TRANSCRIPTION_MODEL: "parrot"})
    fix = Fix(hass, hass_client, "price_unknown")
    form = await fix.start()
    assert [field["name"] for field in form["data_schema"]] == ["minute"]
    await fix.submit(minute=0.01)
    assert str(agent.coordinator.transcription_prices("parrot").minute) == "0.01"
    assert issues(hass) == {}
    await set_account(hass, account, **{CONF_PRICES: None})
    assert set(issues(hass)) == {"price_unknown"}
    await change_agent(hass, account, **{CONF_TRANSCRIPTION_MODEL: "gpt-transcribe"})
    assert issues(hass) == {}


@script(responses=[ANSWER], repeat=True)
async def test_the_economy_model_has_a_price_as_well(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent
) -> None:
    """Where it is what answers at the end of a budget."""
    await set_account(hass, account, **{CONF_BUDGET_DAY: 1, "economy_model": "parrot"})
    assert issues(hass) == {}
    await set_account(hass, account, **{CONF_AT_LIMIT: "economy"})
    assert issues(hass)["price_unknown"].translation_placeholders["model"] == "parrot"


@script(responses=[ANSWER], repeat=True)
async def test_an_account_that_is_gone_has_no_price_to_set(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, repairs: None, hass_client: ClientSessionGenerator
) -> None:
    """The form was open meanwhile."""
    await change_agent(hass, account, **{CONF_MODEL: "parrot", CONF_BUDGET_DAY: 1})
    fix = Fix(hass, hass_client, "price_unknown")
    await fix.start()
    await hass.config_entries.async_remove(account.entry_id)
    flow = await fix.submit(text_input=1, text_output=2.5, audio_input=3, audio_output=0)
    assert flow["reason"] == "account_gone"
