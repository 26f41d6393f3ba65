"""How a user sets what an account may spend and what things cost, and for how long each turn is remembered."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_MODEL
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .account_options import (
    CONF_KIND,
    CONF_PRICE,
    DEFAULT_ECONOMY_MODEL,
    LONGEST_RECORD_DAYS,
    AccountOptions,
    prices_from_rows,
    rows_from_prices,
)
from .budget_options import BUDGET_FIELDS, OPTION_BY_PERIOD
from .const import CONF_AT_LIMIT, CONF_DAILY_EXPORT, CONF_DASHBOARD, CONF_ECONOMY_MODEL, CONF_PRICES, CONF_RECORD_DAYS
from .insight import ExportFormat
from .realtime.catalog import MODELS, TRANSCRIPTION_MODELS
from .realtime.pricing import InvalidPrice
from .spending import SpendingAction

# As a model's and a transcription model's price list name them.
KINDS = (
    "text_input",
    "text_cached",
    "text_output",
    "audio_input",
    "audio_cached",
    "audio_output",
    "image_input",
    "image_cached",
    "minute",
    "output",
)
_MODELS = {"select": {"options": [*MODELS, *TRANSCRIPTION_MODELS], "custom_value": True, "mode": "dropdown"}}
_KINDS = {"select": {"options": list(KINDS), "translation_key": "price_kind", "mode": "dropdown"}}

NO_EXPORT = "off"

_BUDGETS = tuple(OPTION_BY_PERIOD.values())
_FIELDS = {
    **BUDGET_FIELDS,
    probatio.Required(CONF_AT_LIMIT, default=SpendingAction.TELL.value): SelectSelector(
        SelectSelectorConfig(
            options=[action.value for action in SpendingAction],
            translation_key=CONF_AT_LIMIT,
            mode=SelectSelectorMode.LIST,
        )
    ),
    probatio.Required(CONF_ECONOMY_MODEL, default=DEFAULT_ECONOMY_MODEL): SelectSelector(
        SelectSelectorConfig(options=list(MODELS), custom_value=True, mode=SelectSelectorMode.DROPDOWN)
    ),
    probatio.Optional(CONF_PRICES): ObjectSelector(
        ObjectSelectorConfig(
            multiple=True,
            translation_key=CONF_PRICES,
            label_field=CONF_MODEL,
            description_field=CONF_KIND,
            fields={
                CONF_MODEL: ObjectSelectorField(required=True, selector=_MODELS),
                CONF_KIND: ObjectSelectorField(required=True, selector=_KINDS),
                CONF_PRICE: ObjectSelectorField(required=True, selector={"text": {}}),
            },
        )
    ),
    probatio.Required(CONF_RECORD_DAYS): NumberSelector(
        NumberSelectorConfig(min=1, max=LONGEST_RECORD_DAYS, step=1, mode=NumberSelectorMode.BOX)
    ),
    probatio.Required(CONF_DAILY_EXPORT, default=NO_EXPORT): SelectSelector(
        SelectSelectorConfig(
            options=[NO_EXPORT, *(export_format.value for export_format in ExportFormat)],
            translation_key=CONF_DAILY_EXPORT,
            mode=SelectSelectorMode.DROPDOWN,
        )
    ),
    probatio.Required(CONF_DASHBOARD, default=True): BooleanSelector(),
}


class AccountOptionsFlow(OptionsFlow):
    """Changes what an account is set to; its agents go by it at once."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask until everything can be used."""
        if user_input is None:
            return self._show(self._stored(), {})
        try:
            prices = prices_from_rows(user_input.get(CONF_PRICES) or ())
        except InvalidPrice as err:
            return self._show(user_input, {CONF_PRICES: "invalid_price"}, problem=str(err))
        if not (economy_model := user_input[CONF_ECONOMY_MODEL].strip()):
            return self._show(user_input, {CONF_ECONOMY_MODEL: "blank"})
        # A limit that was taken out of the form is none from now on.
        kept = {name: value for name, value in self.config_entry.options.items() if name not in _BUDGETS}
        budgets = {name: user_input[name] for name in _BUDGETS if user_input.get(name) is not None}
        return self.async_create_entry(
            data={
                **kept,
                **budgets,
                CONF_AT_LIMIT: user_input[CONF_AT_LIMIT],
                CONF_ECONOMY_MODEL: economy_model,
                CONF_PRICES: prices,
                CONF_RECORD_DAYS: int(user_input[CONF_RECORD_DAYS]),
                CONF_DAILY_EXPORT: user_input[CONF_DAILY_EXPORT],
                CONF_DASHBOARD: user_input[CONF_DASHBOARD],
            }
        )

    def _stored(self) -> dict[str, Any]:
        """Return what stands in the form's fields at first."""
        options = AccountOptions.from_entry(self.config_entry.options)
        return {
            **{name: self.config_entry.options[name] for name in _BUDGETS if name in self.config_entry.options},
            CONF_AT_LIMIT: options.at_limit.value,
            CONF_ECONOMY_MODEL: options.economy_model,
            CONF_PRICES: rows_from_prices(options.prices),
            CONF_RECORD_DAYS: options.record_days,
            CONF_DAILY_EXPORT: options.daily_export or NO_EXPORT,
            CONF_DASHBOARD: options.dashboard,
        }

    def _show(self, suggested: Mapping[str, Any], errors: dict[str, str], **placeholders: str) -> ConfigFlowResult:
        """Show the form, and what is wrong with it."""
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(probatio.Schema(_FIELDS), suggested),
            errors=errors,
            description_placeholders=placeholders,
        )
