"""What the user has to look after is among the repairs for as long as its cause is."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_MODEL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_FALLBACK_MODELS, CONF_MODE, DOMAIN, SUBENTRY_AGENT
from custom_components.realtime_assist.model_options import recommended_options
from custom_components.realtime_assist.session import ModelUnavailable

from .house import Agent, change_agent
from .readable import ISSUES
from .script import script
from .test_announcements import settle
from .test_conversation import say


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return the integration's issues by kind, each with all its texts."""
    found = {
        issue.translation_key: issue for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN
    }
    for key, issue in found.items():
        texts = ISSUES[key]
        texts["title"].format(**issue.translation_placeholders)
        assert issue.is_fixable == ("fix_flow" in texts)
        texts.get("description", "").format(**issue.translation_placeholders)
    return found


@script(connections=[{"refuse": "model_not_found"}], responses=["Hello."])
async def test_a_model_that_is_refused_is_named_until_it_is_not_asked_any_more(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry
) -> None:
    """The next model answers meanwhile."""
    await say(hass, "Hello", agent.conversation)
    issue = issues(hass)["model_unavailable"]
    assert issue.translation_placeholders == {"agent": "Realtime Assist", "model": "gpt-realtime-2.1"}
    await change_agent(hass, account, **{CONF_MODEL: "gpt-realtime-1.5", CONF_FALLBACK_MODELS: []})
    assert issues(hass) == {}


@script(connections=[{"refuse": "model_not_found"}], responses=["Hello."])
async def test_a_model_that_answers_again_is_named_no_more(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry
) -> None:
    """Its cause is gone; here the pause before the next try is cut short."""
    await change_agent(hass, account, **{CONF_MODE: "new"})
    await say(hass, "Hello", agent.conversation)
    assert set(issues(hass)) == {"model_unavailable"}
    ladder = agent.coordinator.ladder
    ladder.breaker(ladder.rungs[0]).next_try = 0.0
    await answered(hass, agent)
    assert issues(hass) == {}


async def test_an_agent_that_is_being_removed_may_still_fail(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry
) -> None:
    """Its last turns are heard out; in the end nothing is left to look after."""
    error, ladder = ModelUnavailable("model_not_found"), agent.coordinator.ladder
    agent.coordinator.session_watch.lent()
    hass.config_entries.async_remove_subentry(account, agent.coordinator.subentry.subentry_id)
    ladder.failed(ladder.rungs[0], error)
    agent.coordinator.report(error)
    assert issues(hass)["model_unavailable"].translation_placeholders["agent"] == "Realtime Assist"
    agent.coordinator.session_watch.returned()
    await hass.async_block_till_done()
    assert issues(hass) == {}


async def answered(hass: HomeAssistant, agent: Agent) -> None:
    """Have the agent answer."""
    answer = await say(hass, "Hello again", agent.conversation)
    assert answer["response"]["response_type"] == "action_done", answer


@script(connections=[{"refuse": "insufficient_quota"}], responses=["Hello."])
async def test_an_empty_balance_is_told_until_there_is_an_answer(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry
) -> None:
    """It is the account's, not the agent's."""
    await say(hass, "Hello", agent.conversation)
    issue = issues(hass)["quota_exceeded"]
    assert issue.translation_placeholders == {"account": account.title}
    assert issue.severity is ir.IssueSeverity.ERROR
    agent.coordinator.ladder.account.next_try = 0.0
    await answered(hass, agent)
    assert issues(hass) == {}


@script(models={"gpt-realtime-2.1": "insufficient_quota"})
async def test_an_account_that_is_gone_has_no_issues(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Neither those that its agents ran into, nor those of models that go."""
    freezer.move_to("2026-12-01")
    await say(hass, "Hello", agent.conversation)
    await settle(hass)
    await change_agent(hass, account, **{CONF_MODEL: "gpt-realtime"})
    assert set(issues(hass)) == {"quota_exceeded", "model_retiring"}
    assert await hass.config_entries.async_unload(account.entry_id)
    assert set(issues(hass)) == {"model_retiring"}
    await hass.config_entries.async_remove(account.entry_id)
    assert issues(hass) == {}


async def test_a_model_that_goes_is_told_of_60_days_ahead(
    hass: HomeAssistant, account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """For each agent whose first model it is, until that is another one or the agent is gone."""
    freezer.move_to("2026-11-20 12:00:00+00:00")
    assert await async_setup_component(hass, "homeassistant", {})
    account.add_to_hass(hass)
    assert await hass.config_entries.async_setup(account.entry_id)
    await settle(hass)
    old = agent_with({CONF_MODEL: "gpt-realtime"})
    hass.config_entries.async_add_subentry(account, old)
    legacy = agent_with({CONF_MODE: "legacy", CONF_FALLBACK_MODELS: ["gpt-realtime"]}, title="Legacy")
    hass.config_entries.async_add_subentry(account, legacy)
    await settle(hass)
    assert issues(hass) == {}

    freezer.move_to("2026-11-21 12:00:00+00:00")
    assert await hass.config_entries.async_reload(account.entry_id)
    await settle(hass)
    agents = {issue.translation_placeholders["agent"] for issue in ir.async_get(hass).issues.values()}
    assert agents == {"Butler", "Legacy"}
    hass.config_entries.async_remove_subentry(account, legacy.subentry_id)
    await settle(hass)
    issue = issues(hass)["model_retiring"]
    assert issue.translation_placeholders == {
        "agent": "Butler",
        "model": "gpt-realtime",
        "replacement": "gpt-realtime-2.1",
        "date": "2027-01-20",
    }
    assert issue.severity is ir.IssueSeverity.WARNING

    freezer.move_to("2027-01-20 12:00:00+00:00")
    assert await hass.config_entries.async_reload(account.entry_id)
    await settle(hass)
    assert set(issues(hass)) == {"model_retired"}
    hass.config_entries.async_update_subentry(account, old, data=recommended_options())
    await settle(hass)
    assert issues(hass) == {}


@script(rest=503)
async def test_a_server_of_its_own_keeps_a_model_as_long_as_it_likes(
    hass: HomeAssistant, account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Where it announces nothing, OpenAI's dates are not its dates."""
    freezer.move_to("2027-02-01")
    assert await async_setup_component(hass, "homeassistant", {})
    account.add_to_hass(hass)
    hass.config_entries.async_add_subentry(account, agent_with({CONF_MODEL: "gpt-realtime"}))
    assert await hass.config_entries.async_setup(account.entry_id)
    await settle(hass)
    assert issues(hass) == {}


def agent_with(data: dict[str, Any], title: str = "Butler") -> ConfigSubentry:
    """Return an agent that is as recommended but for some data."""
    return ConfigSubentry(
        data={**recommended_options(), **data}, subentry_type=SUBENTRY_AGENT, title=title, unique_id=None
    )
