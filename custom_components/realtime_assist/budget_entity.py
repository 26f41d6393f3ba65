"""What the entities of budgets have in common: they are there while a budget is set, for an agent or an account."""

from collections.abc import Callable, Collection, Mapping
from typing import override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import RealtimeConfigEntry
from .entity import account_device, agent_device
from .insight import BudgetPeriod


class BudgetEntity(Entity):
    """An entity of the budgets of an agent, or of the whole account where `agent_id` is None."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: RealtimeConfigEntry, agent_id: str | None, key: str) -> None:
        self.budgets = entry.runtime_data.budgets
        self.agent_id = agent_id
        self._attr_unique_id = _unique_id(entry, agent_id, key)
        self._attr_translation_key = key
        if agent_id is None:
            self._attr_device_info = account_device(entry)
        else:
            self._attr_device_info = agent_device(entry, entry.subentries[agent_id])

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the budgets."""
        await super().async_added_to_hass()
        self.async_on_remove(self.budgets.listen(self.async_write_ha_state))


@callback
def follow_budgets(
    hass: HomeAssistant,
    entry: RealtimeConfigEntry,
    platform: Platform,
    add: AddConfigEntryEntitiesCallback,
    *,
    keys: Mapping[str, Collection[BudgetPeriod]],
    make: Callable[[str | None, str], Entity],
) -> None:
    """Keep the entities of budgets that are set, and only those.

    `keys` names the entities, each with the periods of which one must have a limit.
    """
    budgets = entry.runtime_data.budgets
    present: set[tuple[str | None, str]] = set()

    @callback
    def look() -> None:
        for agent_id in budgets.owners:
            if agent_id is not None and agent_id not in entry.runtime_data.agents:
                # A new agent's entities come when the account has been loaded again.
                continue
            limited = budgets.of(agent_id).keys()
            for key, periods in keys.items():
                if limited.isdisjoint(periods):
                    present.discard((agent_id, key))
                    _remove(hass, platform, _unique_id(entry, agent_id, key))
                elif (agent_id, key) not in present:
                    present.add((agent_id, key))
                    add([make(agent_id, key)], config_subentry_id=agent_id)
        if not budgets.of(None):
            _remove_account_device(hass, entry)

    look()
    entry.async_on_unload(budgets.listen(look))


def _unique_id(entry: RealtimeConfigEntry, agent_id: str | None, key: str) -> str:
    """Return the id of an entity."""
    return f"{agent_id or entry.entry_id}_{key}"


@callback
def _remove(hass: HomeAssistant, platform: Platform, unique_id: str) -> None:
    """Remove an entity whose budget is not set any more; one that is not there is passed by."""
    registry = er.async_get(hass)
    if (entity_id := registry.async_get_entity_id(platform, DOMAIN, unique_id)) is not None:
        registry.async_remove(entity_id)


@callback
def _remove_account_device(hass: HomeAssistant, entry: RealtimeConfigEntry) -> None:
    """Remove the account's device, which has nothing to show without a budget."""
    registry = dr.async_get(hass)
    [identifier] = account_device(entry)["identifiers"]
    if (device := registry.async_get_device_by_identifier(identifier, entry.entry_id)) is not None:
        registry.async_remove_device(device.id)
