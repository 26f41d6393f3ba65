"""How a user fixes what is among the repairs, and how an agent moves away from a model that is going."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import probatio

from .account_options import AccountOptions
from .budget_repairs import BudgetFlow
from .const import DOMAIN
from .coordinator import RealtimeConfigEntry
from .issues import trusts_catalog
from .price_repairs import PriceFlow
from .retirement import Retirement, retirement
from .setting_repairs import SETTINGS, ChangeSettingFlow
from .spending_issues import BUDGET_BY_PERIOD, PRICE_UNKNOWN
from .texts import Texts


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    key = "" if issue is None else issue.translation_key or ""
    if key in SETTINGS:
        return ChangeSettingFlow(key, data or {})
    if key in BUDGET_BY_PERIOD.values():
        return BudgetFlow(data or {})
    if key == PRICE_UNKNOWN:
        return PriceFlow(data or {})
    return MoveModelFlow(data or {})


class MoveModelFlow(RepairsFlow):
    """Moves an agent's model and voice once the user has seen what that changes."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Keep which agent it is about."""
        super().__init__()
        self._entry_id = data.get("entry_id", "")
        self._subentry_id = data.get("subentry_id", "")

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Show what changes, then change it."""
        entry: RealtimeConfigEntry | None = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        subentry = entry.subentries.get(self._subentry_id)
        if subentry is None or (found := _retirement(entry, subentry)) is None:
            return self.async_abort(reason="nothing_to_move")
        if user_input is not None:
            self.hass.config_entries.async_update_subentry(entry, subentry, data=found.data)
            return self.async_create_entry(data={})
        texts = await Texts.async_load(self.hass)
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema({}),
            description_placeholders=_changes(entry, subentry, found, texts),
        )


def _retirement(entry: RealtimeConfigEntry, subentry: ConfigSubentry) -> Retirement | None:
    """Return what the agent should move to today."""
    return retirement(
        subentry.data,
        dt_util.now().date(),
        entry.runtime_data.announced,
        trust_catalog=trusts_catalog(entry),
    )


def _changes(entry: RealtimeConfigEntry, subentry: ConfigSubentry, found: Retirement, texts: Texts) -> dict[str, str]:
    """Return both sides of the move, as the user reads them."""
    options, endpoint = AccountOptions.from_entry(entry.options), entry.runtime_data.endpoint
    last_day = found.old.life_cycle.shutdown_date
    return {
        "agent": subentry.title,
        "date": "" if last_day is None else last_day.isoformat(),
        "old_model": found.old.id,
        "new_model": found.new.id,
        "old_price": texts.price(options.price_card(found.old.id, endpoint)),
        "new_price": texts.price(options.price_card(found.new.id, endpoint)),
        "old_voice": found.voices[0],
        "new_voice": found.voices[1],
        "benchmarks": texts.benchmarks(found.old, found.new),
    }
