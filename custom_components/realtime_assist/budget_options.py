"""What may be spent by day and by month, as an account and an agent store it and a form asks for it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig, NumberSelectorMode
import probatio

from .const import CONF_BUDGET_DAY, CONF_BUDGET_MONTH
from .insight import BudgetPeriod
from .stored_options import Reader, dollars, read_options

DOLLARS: Final = "USD"
SMALLEST: Final = 0.01

OPTION_BY_PERIOD: Final[Mapping[BudgetPeriod, str]] = {
    BudgetPeriod.DAY: CONF_BUDGET_DAY,
    BudgetPeriod.MONTH: CONF_BUDGET_MONTH,
}

_READERS: Final[Mapping[str, Reader]] = dict.fromkeys(OPTION_BY_PERIOD.values(), dollars)

AMOUNT: Final = NumberSelector(
    NumberSelectorConfig(min=SMALLEST, step="any", unit_of_measurement=DOLLARS, mode=NumberSelectorMode.BOX)
)

BUDGET_FIELDS: Final[Mapping[probatio.Marker, Any]] = {
    probatio.Optional(option): AMOUNT for option in OPTION_BY_PERIOD.values()
}
"""The fields of a form; one that is left empty sets no limit."""


def limits(data: Mapping[str, Any]) -> dict[BudgetPeriod, Decimal]:
    """Return the limits in USD that an account's options or an agent's data set; none for a period without one."""
    found = read_options(_READERS, {option: amount for option, amount in data.items() if amount})
    return {period: found[option] for period, option in OPTION_BY_PERIOD.items() if option in found}
