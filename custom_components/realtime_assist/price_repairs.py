"""How a user says what a model costs of which nobody knows the price."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig, NumberSelectorMode
import probatio

from .account_options import AccountOptions, prices_from_rows, rows_from_prices
from .budget_options import DOLLARS
from .const import CONF_PRICES
from .spending_issues import is_transcription

_PRICE = NumberSelector(
    NumberSelectorConfig(min=0, step="any", unit_of_measurement=DOLLARS, mode=NumberSelectorMode.BOX)
)
_OF_A_MODEL = {
    probatio.Required("text_input"): _PRICE,
    probatio.Optional("text_cached"): _PRICE,
    probatio.Required("text_output"): _PRICE,
    probatio.Required("audio_input"): _PRICE,
    probatio.Optional("audio_cached"): _PRICE,
    probatio.Required("audio_output"): _PRICE,
}
_OF_A_TRANSCRIPTION = {probatio.Required("minute"): _PRICE}


class PriceFlow(RepairsFlow):
    """Stores a model's prices among the account's own ones."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Keep which model it is about."""
        super().__init__()
        self._entry_id = data["entry_id"]
        self._model = data["model"]

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for the prices, and where they can be changed."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="account_gone")
        if user_input is not None:
            own = AccountOptions.from_entry(entry.options).prices
            rows = [row for row in rows_from_prices(own) if row["model"] != self._model]
            rows += [
                {"model": self._model, "kind": kind, "price": str(price)} for kind, price in _all(user_input).items()
            ]
            options = {**entry.options, CONF_PRICES: prices_from_rows(rows)}
            self.hass.config_entries.async_update_entry(entry, options=options)
            return self.async_create_entry(data={})
        fields = _OF_A_TRANSCRIPTION if is_transcription(entry, self._model) else _OF_A_MODEL
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema(dict(fields)),
            description_placeholders={"model": self._model, "account": entry.title},
        )


def _all(prices: Mapping[str, float]) -> dict[str, float]:
    """Return prices with those of cached tokens, which cost as much as others where nothing else is said."""
    filled = dict(prices)
    for modality in ("text", "audio"):
        if f"{modality}_input" in prices:
            filled.setdefault(f"{modality}_cached", prices[f"{modality}_input"])
    return filled
