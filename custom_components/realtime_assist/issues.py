"""What the user has to look after: issues among Home Assistant's repairs, there for as long as their cause is."""

from collections.abc import Collection, Mapping
from datetime import date

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_PROVIDER, DOMAIN, SUBENTRY_AGENT
from .model_options import AgentOptions
from .realtime.catalog import ShutdownDates
from .realtime.providers import Provider
from .retirement import Retirement, retirement
from .session import Ladder, ModelUnavailable, QuotaExceeded

QUOTA = "quota_exceeded"
UNAVAILABLE = "model_unavailable"
RETIRING = "model_retiring"
RETIRED = "model_retired"
NO_LLM_API = "no_llm_api"
ORDER_UNREADABLE = "order_unreadable"

# What keeps a model from answering; all else is worth knowing.
_ERRORS = {QUOTA, UNAVAILABLE, RETIRED}

_BILLING_URL = "https://platform.openai.com/settings/organization/billing"


@callback
def show_failures(
    hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry, ladder: Ladder, *, answered: bool
) -> None:
    """Show what one agent's ladder knows of the account's balance and of models that are not to be had.

    `answered` says that a model has just answered, so the account can pay. The agent's `subentry` may be removed by now:
    its last turns are heard out.
    """
    subentry_id = subentry.subentry_id
    quota_id = f"{QUOTA}_{entry.entry_id}"
    if isinstance(ladder.account.error, QuotaExceeded):
        create(hass, quota_id, QUOTA, entry, {"account": entry.title}, learn_more_url=_billing_url(entry))
    elif answered:
        ir.async_delete_issue(hass, DOMAIN, quota_id)
    missing = {rung.model for rung in ladder.rungs if isinstance(ladder.breaker(rung).error, ModelUnavailable)}
    shown = {
        issue.translation_placeholders["model"]: issue.issue_id
        for issue in issues_of(hass, entry, {UNAVAILABLE}, subentry_id)
        if issue.translation_placeholders is not None
    }
    for model_id in shown.keys() - missing:
        ir.async_delete_issue(hass, DOMAIN, shown[model_id])
    for model_id in missing - shown.keys():
        placeholders = {"agent": subentry.title, "model": model_id}
        create(
            hass, f"{UNAVAILABLE}_{subentry_id}_{model_id}", UNAVAILABLE, entry, placeholders, subentry_id=subentry_id
        )


@callback
def show_retirements(hass: HomeAssistant, entry: ConfigEntry, today: date, announced: ShutdownDates) -> None:
    """Show which agents should move to another model, and take back what no longer holds."""
    agents = {
        subentry_id: subentry
        for subentry_id, subentry in entry.subentries.items()
        if subentry.subentry_type == SUBENTRY_AGENT
    }
    due: dict[str, tuple[str, str, Mapping[str, str]]] = {}
    for subentry_id, subentry in agents.items():
        found = retirement(subentry.data, today, announced, trust_catalog=trusts_catalog(entry))
        if found is not None:
            key = RETIRED if found.old.life_cycle.is_retired(today) else RETIRING
            due[f"{key}_{subentry_id}"] = key, subentry_id, _placeholders(subentry.title, found)
    for issue in issues_of(hass, entry, {RETIRING, RETIRED}):
        if issue.issue_id not in due:
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
    for issue_id, (key, subentry_id, placeholders) in due.items():
        create(hass, issue_id, key, entry, placeholders, subentry_id=subentry_id, is_fixable=True)


@callback
def show_without_tools(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Show which agents have no LLM API: without tools, a model says that it has done what it cannot do."""
    for subentry_id, subentry in entry.subentries.items():
        if subentry.subentry_type != SUBENTRY_AGENT:
            continue
        issue_id = f"{NO_LLM_API}_{subentry_id}"
        if AgentOptions.from_subentry(subentry.data).llm_hass_api:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
        else:
            placeholders = {"agent": subentry.title}
            create(hass, issue_id, NO_LLM_API, entry, placeholders, subentry_id=subentry_id, is_fixable=True)
    for issue in issues_of(hass, entry, {NO_LLM_API}):
        if issue.data is not None and issue.data["subentry_id"] not in entry.subentries:
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


@callback
def show_order_unreadable(hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry) -> None:
    """Show that an agent answers early by the user's will though its pipeline runs cannot be read."""
    placeholders, subentry_id = {"agent": subentry.title}, subentry.subentry_id
    issue_id = f"{ORDER_UNREADABLE}_{subentry_id}"
    create(hass, issue_id, ORDER_UNREADABLE, entry, placeholders, subentry_id=subentry_id, is_fixable=True)


@callback
def clear_order_unreadable(hass: HomeAssistant, subentry_id: str) -> None:
    """Take that back: a run could be read, or the agent is not to answer early any more."""
    ir.async_delete_issue(hass, DOMAIN, f"{ORDER_UNREADABLE}_{subentry_id}")


@callback
def forget_failures(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take back what the account's agents ran into; they will run into it again where it still holds."""
    for issue in issues_of(hass, entry, {QUOTA, UNAVAILABLE, ORDER_UNREADABLE}):
        ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


@callback
def forget_all(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take back everything about an account that is gone."""
    for issue in issues_of(hass, entry):
        ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


def trusts_catalog(entry: ConfigEntry) -> bool:
    """Return whether the catalog's dates hold at the account's server."""
    return bool(entry.data[CONF_PROVIDER] == Provider.OPENAI)


def _placeholders(agent: str, found: Retirement) -> dict[str, str]:
    """Return what the sentence about a model that is going names."""
    last_day = found.old.life_cycle.shutdown_date
    return {
        "agent": agent,
        "model": found.old.id,
        "replacement": found.new.id,
        "date": "" if last_day is None else last_day.isoformat(),
    }


def _billing_url(entry: ConfigEntry) -> str | None:
    """Return where credit is added."""
    return _BILLING_URL if trusts_catalog(entry) else None


def create(
    hass: HomeAssistant,
    issue_id: str,
    key: str,
    entry: ConfigEntry,
    placeholders: Mapping[str, str],
    *,
    subentry_id: str | None = None,
    is_fixable: bool = False,
    learn_more_url: str | None = None,
    data: Mapping[str, str] | None = None,
) -> None:
    """Show an issue; `data` is what its fix has to know beside the account and the agent."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"entry_id": entry.entry_id, "subentry_id": subentry_id, **(data or {})},
        is_fixable=is_fixable,
        learn_more_url=learn_more_url,
        severity=ir.IssueSeverity.ERROR if key in _ERRORS else ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders=dict(placeholders),
    )


def issues_of(
    hass: HomeAssistant, entry: ConfigEntry, keys: Collection[str] | None = None, subentry_id: str | None = None
) -> list[ir.IssueEntry]:
    """Return the account's issues, of some kinds or of all, of one agent or of all."""
    return [
        issue
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
        and (keys is None or issue.translation_key in keys)
        and issue.data is not None
        and issue.data["entry_id"] == entry.entry_id
        and subentry_id in {None, issue.data["subentry_id"]}
    ]
