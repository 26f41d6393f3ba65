"""How Home Assistant shows what may be spent, and what is left of it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription

from .budget_entity import BudgetEntity
from .budget_options import DOLLARS
from .coordinator import RealtimeConfigEntry
from .insight import Budget, BudgetPeriod

# Finer than a token of the cheapest model costs.
_DOLLAR_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class BudgetDescription(SensorEntityDescription):
    """A sensor of a budget."""

    period: BudgetPeriod
    value_fn: Callable[[Budget], Decimal]


def _money(key: str, period: BudgetPeriod, value_fn: Callable[[Budget], Decimal]) -> BudgetDescription:
    """Describe an amount. It is no sum of anything, so long-term statistics have no use for it."""
    return BudgetDescription(
        key=key,
        period=period,
        value_fn=value_fn,
        device_class=SensorDeviceClass.MONETARY,
        native_unit_of_measurement=DOLLARS,
        suggested_display_precision=2,
    )


BUDGETS = {
    description.key: description
    for description in (
        _money("budget_day", BudgetPeriod.DAY, lambda budget: budget.limit),
        _money("budget_left_day", BudgetPeriod.DAY, lambda budget: budget.left),
        _money("budget_month", BudgetPeriod.MONTH, lambda budget: budget.limit),
        _money("budget_left_month", BudgetPeriod.MONTH, lambda budget: budget.left),
    )
}


class BudgetSensor(BudgetEntity, SensorEntity):
    """An amount of a budget."""

    entity_description: BudgetDescription

    def __init__(self, entry: RealtimeConfigEntry, agent_id: str | None, key: str) -> None:
        super().__init__(entry, agent_id, key)
        self.entity_description = BUDGETS[key]

    @property
    @override
    def native_value(self) -> float | None:
        """Return the amount; None for the moment before the sensor goes with its budget."""
        budget = self.budgets.of(self.agent_id).get(self.entity_description.period)
        return None if budget is None else float(round(self.entity_description.value_fn(budget), _DOLLAR_DIGITS))
