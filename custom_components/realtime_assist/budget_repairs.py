"""How a user lets things go on though a budget is used up: with a higher limit, or until its period ends."""

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
import probatio

from .account_options import AccountOptions
from .budget_options import AMOUNT, OPTION_BY_PERIOD
from .coordinator import RealtimeConfigEntry
from .insight import Budget, BudgetPeriod
from .spending_issues import dollars
from .texts import Texts

CONF_LIMIT = "limit"

_SHOWN_STEP = Decimal("0.0001")


class BudgetFlow(RepairsFlow):
    """Raises a limit, or lets it be exceeded for once."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Keep whose budget it is, and for which period."""
        super().__init__()
        self._entry_id = data["entry_id"]
        self._agent_id = data["subentry_id"]
        self._period = BudgetPeriod(data["period"])

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Offer both ways."""
        entry, budget = self._found()
        if entry is None or budget is None:
            return self._nothing(entry)
        action = AccountOptions.from_entry(entry.options).at_limit
        texts = await Texts.async_load(self.hass)
        return self.async_show_menu(
            step_id="init",
            menu_options=["raise_limit", "allow"],
            description_placeholders={**self._placeholders(entry, budget), "action": texts.text(f"budget_{action}")},
        )

    async def async_step_raise_limit(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for a limit that leaves something to spend."""
        entry, budget = self._found()
        if entry is None or budget is None:
            return self._nothing(entry)
        limit = None if user_input is None else user_input[CONF_LIMIT]
        if limit is not None and Decimal(str(limit)) > budget.spent:
            self._set(entry, limit)
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="raise_limit",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema({probatio.Required(CONF_LIMIT): AMOUNT}), {CONF_LIMIT: limit or float(budget.limit)}
            ),
            errors={} if limit is None else {CONF_LIMIT: "too_low"},
            description_placeholders=self._placeholders(entry, budget),
        )

    async def async_step_allow(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Let things go on until the period ends."""
        entry, budget = self._found()
        if entry is None or budget is None:
            return self._nothing(entry)
        entry.runtime_data.budgets.allow(budget.key)
        return self.async_create_entry(data={})

    def _found(self) -> tuple[RealtimeConfigEntry | None, Budget | None]:
        """Return the account where it is loaded, and the budget where it is used up still."""
        entry: RealtimeConfigEntry | None = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return None, None
        budget = entry.runtime_data.budgets.of(self._agent_id).get(self._period)
        return entry, budget if budget is not None and budget.reached else None

    def _nothing(self, entry: RealtimeConfigEntry | None) -> RepairsFlowResult:
        """End where there is nothing to fix."""
        return self.async_abort(reason="entry_not_loaded" if entry is None else "not_reached")

    def _set(self, entry: RealtimeConfigEntry, limit: float) -> None:
        """Store a limit; what follows from it comes with the account's update."""
        option = OPTION_BY_PERIOD[self._period]
        if self._agent_id is None:
            self.hass.config_entries.async_update_entry(entry, options={**entry.options, option: limit})
            return
        subentry = entry.subentries[self._agent_id]
        self.hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, option: limit})

    def _placeholders(self, entry: RealtimeConfigEntry, budget: Budget) -> dict[str, str]:
        """Return what the sentences name."""
        name = entry.title if self._agent_id is None else entry.subentries[self._agent_id].title
        # Rounded up, as a limit of just that amount is to be one that is high enough.
        spent = budget.spent.quantize(_SHOWN_STEP, ROUND_UP)
        return {"name": name, "limit": dollars(budget.limit), "spent": dollars(spent)}
