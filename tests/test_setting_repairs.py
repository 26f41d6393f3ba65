"""Settings that cannot be meant are among the repairs, and are put right there."""

from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.const import CONF_LLM_HASS_API
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.realtime_assist.const import CONF_ANSWER_ORDER
from custom_components.realtime_assist.issues import clear_order_unreadable, show_order_unreadable
from custom_components.realtime_assist.model_options import AnswerOrder

from .house import RECOMMENDED, Agent, change_agent
from .test_issues import issues
from .test_repairs import Repair


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let the agent have no tools, and answer early at any price."""
    return {**RECOMMENDED, CONF_LLM_HASS_API: [], CONF_ANSWER_ORDER: "eager"}


@pytest.fixture
async def repairs(hass: HomeAssistant) -> None:
    """Have the repairs."""
    assert await async_setup_component(hass, REPAIRS, {})


async def test_an_agent_without_tools_is_given_them(
    hass: HomeAssistant, agent: Agent, repairs: None, hass_client: ClientSessionGenerator
) -> None:
    """The user reads why, submits, and the agent has the Assist API at once."""
    issue = issues(hass)["no_llm_api"]
    assert issue.severity is ir.IssueSeverity.WARNING
    assert issue.translation_placeholders == {"agent": "Realtime Assist"}
    repair = Repair(hass, hass_client, "no_llm_api")
    done = await repair.confirm(await repair.start())
    assert done["type"] == "create_entry"
    assert agent.coordinator.options.llm_hass_api == ("assist",)
    assert issues(hass) == {}


async def test_an_agent_that_got_tools_or_went_away_is_named_no_more(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry
) -> None:
    """Whichever way the cause is gone."""
    assert set(issues(hass)) == {"no_llm_api"}
    await change_agent(hass, account, **{CONF_LLM_HASS_API: ["assist"]})
    assert issues(hass) == {}
    await change_agent(hass, account, **{CONF_LLM_HASS_API: []})
    assert set(issues(hass)) == {"no_llm_api"}
    hass.config_entries.async_remove_subentry(account, agent.coordinator.subentry.subentry_id)
    await hass.async_block_till_done()
    assert issues(hass) == {}


async def test_an_order_that_cannot_be_read_is_made_automatic(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, repairs: None, hass_client: ClientSessionGenerator
) -> None:
    """The notice is there until the order is another one, or a run could be read."""
    agent_id = agent.coordinator.subentry.subentry_id
    show_order_unreadable(hass, account, account.subentries[agent_id])
    clear_order_unreadable(hass, agent_id)
    assert "order_unreadable" not in issues(hass)
    show_order_unreadable(hass, account, account.subentries[agent_id])
    assert issues(hass)["order_unreadable"].severity is ir.IssueSeverity.WARNING
    repair = Repair(hass, hass_client, "order_unreadable")
    await repair.confirm(await repair.start())
    assert agent.coordinator.options.answer_order is AnswerOrder.AUTOMATIC
    assert "order_unreadable" not in issues(hass)


async def test_an_agent_that_is_gone_has_nothing_to_set(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, repairs: None, hass_client: ClientSessionGenerator
) -> None:
    """The form was open meanwhile."""
    repair = Repair(hass, hass_client, "no_llm_api")
    flow = await repair.start()
    hass.config_entries.async_remove_subentry(account, agent.coordinator.subentry.subentry_id)
    await hass.async_block_till_done()
    # The repair's texts are those of the issue, which is gone with the agent.
    assert (await repair.confirm(flow))["reason"] == "agent_gone"
