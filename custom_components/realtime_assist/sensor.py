"""An agent's figures as entities: how fast it is, what it costs, how often it fell back, and what it does now."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .budget_entity import follow_budgets
from .budget_sensors import BUDGETS, BudgetSensor
from .coordinator import RealtimeConfigEntry
from .entity import RealtimeEntity
from .figure_sensors import FIGURES, FigureDescription, Value
from .session_watch import SessionStatus

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: RealtimeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the sensors of every agent, and of budgets."""
    for subentry_id, agent in entry.runtime_data.agents.items():
        async_add_entities(
            [
                *(FigureSensor(entry, agent.subentry, description) for description in FIGURES),
                SessionStatusSensor(entry, agent.subentry),
            ],
            config_subentry_id=subentry_id,
        )

    def make(agent_id: str | None, key: str) -> BudgetSensor:
        return BudgetSensor(entry, agent_id, key)

    keys = {key: (description.period,) for key, description in BUDGETS.items()}
    follow_budgets(hass, entry, Platform.SENSOR, async_add_entities, keys=keys, make=make)


class FigureSensor(RealtimeEntity, SensorEntity):
    """A figure of an agent; what was spent and counted stays to be seen whatever happens to the account."""

    entity_description: FigureDescription

    def __init__(self, entry: RealtimeConfigEntry, subentry: ConfigSubentry, description: FigureDescription) -> None:
        super().__init__(entry, subentry, description.key)
        self.entity_description = description

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the agent's figures."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.turn_log.listen(self._agent_changed))

    @property
    @override
    def native_value(self) -> Value:
        """Return the figure."""
        return self.entity_description.value_fn(self.coordinator.figures)

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Return since when a sum runs."""
        last_reset_fn = self.entity_description.last_reset_fn
        return None if last_reset_fn is None else last_reset_fn(self.coordinator.figures)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what belongs to the figure."""
        attributes_fn = self.entity_description.attributes_fn
        return None if attributes_fn is None else attributes_fn(self.coordinator.figures)


class SessionStatusSensor(RealtimeEntity, SensorEntity):
    """What an agent's sessions do now."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, entry: RealtimeConfigEntry, subentry: ConfigSubentry) -> None:
        super().__init__(entry, subentry, "session_status")
        self._attr_options = list(SessionStatus)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the sessions, and what becomes of the account."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.session_watch.listen(self._agent_changed))
        self.async_on_remove(self.coordinator.turn_log.listen(self._agent_changed))

    @property
    @override
    def available(self) -> bool:
        """Return whether the account could be used when it was last tried."""
        return self.coordinator.account_usable

    @property
    @override
    def native_value(self) -> str:
        """Return the status."""
        return self.coordinator.session_watch.status
