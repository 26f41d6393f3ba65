"""How a user sets an account's own prices, and for how long each turn is remembered by itself."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_MODEL
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
)
import probatio

from .account_options import (
    CONF_KIND,
    CONF_PRICE,
    LONGEST_RECORD_DAYS,
    AccountOptions,
    prices_from_rows,
    rows_from_prices,
)
from .const import CONF_PRICES, CONF_RECORD_DAYS
from .realtime.catalog import MODELS, TRANSCRIPTION_MODELS
from .realtime.pricing import InvalidPrice

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

_FIELDS = {
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
}


class AccountOptionsFlow(OptionsFlow):
    """Changes what an account is set to; its agents go by it at once."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask until the prices can be used."""
        if user_input is None:
            options = AccountOptions.from_entry(self.config_entry.options)
            stored = {CONF_PRICES: rows_from_prices(options.prices), CONF_RECORD_DAYS: options.record_days}
            return self._show(stored)
        try:
            prices = prices_from_rows(user_input.get(CONF_PRICES) or ())
        except InvalidPrice as err:
            return self._show(user_input, str(err))
        return self.async_create_entry(
            data={
                **self.config_entry.options,
                CONF_PRICES: prices,
                CONF_RECORD_DAYS: int(user_input[CONF_RECORD_DAYS]),
            }
        )

    def _show(self, suggested: Mapping[str, Any], problem: str | None = None) -> ConfigFlowResult:
        """Show the form, and what is wrong with a price."""
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(probatio.Schema(_FIELDS), suggested),
            errors={} if problem is None else {CONF_PRICES: "invalid_price"},
            description_placeholders={} if problem is None else {"problem": problem},
        )
