"""What the user has to look after of their spending: budgets that are used up, and models whose price nobody knows."""

from collections.abc import Iterable
from decimal import Decimal

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .account_options import AccountOptions
from .budget_options import limits
from .const import CONF_PROVIDER, DOMAIN, SUBENTRY_AGENT
from .insight import Budget, BudgetPeriod
from .issues import create, issues_of
from .model_options import AgentOptions, endpoint_from_entry
from .realtime.providers import Provider
from .spending import SpendingAction, economy_rungs

BUDGET_BY_PERIOD = {BudgetPeriod.DAY: "budget_day_reached", BudgetPeriod.MONTH: "budget_month_reached"}
PRICE_UNKNOWN = "price_unknown"

CENT = Decimal("0.01")


@callback
def show_budgets(hass: HomeAssistant, entry: ConfigEntry, used_up: Iterable[Budget]) -> None:
    """Show the budgets that are used up, and take back all others."""
    due = {}
    for budget in used_up:
        agent_id, period = budget.key.agent_id, budget.key.period
        due[f"{BUDGET_BY_PERIOD[period]}_{agent_id or entry.entry_id}"] = budget
    for issue in issues_of(hass, entry, BUDGET_BY_PERIOD.values()):
        if issue.issue_id not in due:
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
    for issue_id, budget in due.items():
        agent_id, period = budget.key.agent_id, budget.key.period
        name = entry.title if agent_id is None else entry.subentries[agent_id].title
        create(
            hass,
            issue_id,
            BUDGET_BY_PERIOD[period],
            entry,
            {"name": name, "limit": dollars(budget.limit)},
            subentry_id=agent_id,
            is_fixable=True,
            data={"period": period.value},
        )


@callback
def show_unknown_prices(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Show the models that a budget cannot count, as nobody knows what they cost.

    A server of one's own may cost nothing at all: there it matters only once a budget is set.
    """
    agents = [subentry.data for subentry in entry.subentries.values() if subentry.subentry_type == SUBENTRY_AGENT]
    paid = entry.data[CONF_PROVIDER] != Provider.COMPATIBLE
    counts = paid or any(limits(data) for data in (entry.options, *agents))
    unknown = _without_price(entry, [AgentOptions.from_subentry(data) for data in agents]) if counts else set()
    due = {f"{PRICE_UNKNOWN}_{entry.entry_id}_{model_id}": model_id for model_id in unknown}
    for issue in issues_of(hass, entry, {PRICE_UNKNOWN}):
        if issue.issue_id not in due:
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
    for issue_id, model_id in due.items():
        placeholders = {"model": model_id, "account": entry.title}
        create(hass, issue_id, PRICE_UNKNOWN, entry, placeholders, is_fixable=True, data={"model": model_id})


def dollars(amount: Decimal) -> str:
    """Return an amount as a sentence names it."""
    return f"{amount:.2f}" if amount == amount.quantize(CENT) else f"{amount.normalize():f}"


def is_transcription(entry: ConfigEntry, model_id: str) -> bool:
    """Return whether a model of the account's agents writes down what they hear."""
    return any(
        AgentOptions.from_subentry(subentry.data).transcription_model == model_id
        for subentry in entry.subentries.values()
        if subentry.subentry_type == SUBENTRY_AGENT
    )


def _without_price(entry: ConfigEntry, agents: Iterable[AgentOptions]) -> set[str]:
    """Return the models, also of transcription, that may be asked and of which a price is missing."""
    options, endpoint = AccountOptions.from_entry(entry.options), endpoint_from_entry(entry.data)
    unknown = set()
    for agent in agents:
        rungs = agent.rungs()
        if options.at_limit is SpendingAction.ECONOMY:
            rungs = (*rungs, *economy_rungs(agent, options.economy_model))
        unknown |= {rung.model for rung in rungs if not options.price_card(rung.model, endpoint).is_complete}
        if not options.transcription_card(agent.transcription_model, endpoint).is_complete:
            unknown.add(agent.transcription_model)
    return unknown
