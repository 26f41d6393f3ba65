"""Whether a budget is used up, of each agent and of the account."""

from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .budget_entity import BudgetEntity, follow_budgets
from .coordinator import RealtimeConfigEntry
from .insight import BudgetPeriod

PARALLEL_UPDATES = 0

KEY = "budget_reached"


async def async_setup_entry(
    hass: HomeAssistant, entry: RealtimeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up one sensor for whoever has a budget."""

    def make(agent_id: str | None, key: str) -> BudgetReachedSensor:
        return BudgetReachedSensor(entry, agent_id, key)

    keys = {KEY: tuple(BudgetPeriod)}
    follow_budgets(hass, entry, Platform.BINARY_SENSOR, async_add_entities, keys=keys, make=make)


class BudgetReachedSensor(BudgetEntity, BinarySensorEntity):
    """Whether nothing is left of a budget, also where the owner lets things go on."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the budget of the day or of the month is used up."""
        return bool(self._reached)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return which periods' budgets are used up."""
        return {"period": [period.value for period in self._reached]}

    @property
    def _reached(self) -> list[BudgetPeriod]:
        """Return the periods whose budgets are used up."""
        return [period for period, budget in self.budgets.of(self.agent_id).items() if budget.reached]
