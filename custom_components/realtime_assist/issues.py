"""What the user has to look after: issues among Home Assistant's repairs, there for as long as their cause is."""

from collections.abc import Collection, Mapping
from datetime import date

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_PROVIDER, DOMAIN, SUBENTRY_AGENT, Provider
from .realtime.catalog import ShutdownDates
from .retirement import Retirement, retirement
from .session import Ladder, ModelUnavailable, QuotaExceeded

QUOTA = "quota_exceeded"
UNAVAILABLE = "model_unavailable"
RETIRING = "model_retiring"
RETIRED = "model_retired"

_BILLING_URL = "https://platform.openai.com/settings/organization/billing"


@callback
def show_failures(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str, ladder: Ladder, *, answered: bool) -> None:
    """Show what one agent's ladder knows of the account's balance and of models that are not to be had.

    `answered` says that a model has just answered, so the account can pay.
    """
    quota_id = f"{QUOTA}_{entry.entry_id}"
    if isinstance(ladder.account.error, QuotaExceeded):
        _create(hass, quota_id, QUOTA, entry, {"account": entry.title}, learn_more_url=_billing_url(entry))
    elif answered:
        ir.async_delete_issue(hass, DOMAIN, quota_id)
    missing = {rung.model for rung in ladder.rungs if isinstance(ladder.breaker(rung).error, ModelUnavailable)}
    shown = {
        issue.translation_placeholders["model"]: issue.issue_id
        for issue in _issues(hass, entry, subentry_id, {UNAVAILABLE})
        if issue.translation_placeholders is not None
    }
    for model_id in shown.keys() - missing:
        ir.async_delete_issue(hass, DOMAIN, shown[model_id])
    for model_id in missing - shown.keys():
        placeholders = {"agent": entry.subentries[subentry_id].title, "model": model_id}
        _create(
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
    for issue in _issues(hass, entry, None, {RETIRING, RETIRED}):
        if issue.issue_id not in due:
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
    for issue_id, (key, subentry_id, placeholders) in due.items():
        _create(hass, issue_id, key, entry, placeholders, subentry_id=subentry_id, is_fixable=True)


@callback
def forget_failures(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take back what the account's agents ran into; they will run into it again where it still holds."""
    for issue in _issues(hass, entry, None, {QUOTA, UNAVAILABLE}):
        ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


@callback
def forget_all(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take back everything about an account that is gone."""
    for issue in _issues(hass, entry, None, {QUOTA, UNAVAILABLE, RETIRING, RETIRED}):
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


def _create(
    hass: HomeAssistant,
    issue_id: str,
    key: str,
    entry: ConfigEntry,
    placeholders: Mapping[str, str],
    *,
    subentry_id: str | None = None,
    is_fixable: bool = False,
    learn_more_url: str | None = None,
) -> None:
    """Show an issue; one that is shown already stays as it is."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"entry_id": entry.entry_id, "subentry_id": subentry_id},
        is_fixable=is_fixable,
        learn_more_url=learn_more_url,
        severity=ir.IssueSeverity.WARNING if key == RETIRING else ir.IssueSeverity.ERROR,
        translation_key=key,
        translation_placeholders=dict(placeholders),
    )


def _issues(
    hass: HomeAssistant, entry: ConfigEntry, subentry_id: str | None, keys: Collection[str]
) -> list[ir.IssueEntry]:
    """Return the account's issues of some kinds, of one agent or of all."""
    return [
        issue
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
        and issue.translation_key in keys
        and issue.data is not None
        and issue.data["entry_id"] == entry.entry_id
        and subentry_id in {None, issue.data["subentry_id"]}
    ]
