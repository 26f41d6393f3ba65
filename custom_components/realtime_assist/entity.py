"""What the entities of an agent have in common: a device, a name and an id."""

from typing import override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity

from .const import CONF_PROVIDER, DOMAIN
from .coordinator import RealtimeConfigEntry
from .model_options import AgentOptions
from .realtime.providers import Provider


def agent_device(entry: RealtimeConfigEntry, subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device that an agent is."""
    is_openai = entry.data[CONF_PROVIDER] == Provider.OPENAI
    return DeviceInfo(
        entry_type=DeviceEntryType.SERVICE,
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        manufacturer="OpenAI" if is_openai else entry.runtime_data.endpoint.host,
        model=AgentOptions.from_subentry(subentry.data).model,
    )


def account_device(entry: RealtimeConfigEntry) -> DeviceInfo:
    """Return the device that an account is, where it has figures of its own."""
    return DeviceInfo(
        entry_type=DeviceEntryType.SERVICE, identifiers={(DOMAIN, entry.entry_id)}, name=entry.title, model="Account"
    )


class RealtimeEntity(Entity):
    """An entity of an agent.

    `key` tells the agent's entities apart; it is their translation key as well. Pass `config_subentry_id` when
    adding the entity, which ties it to the agent's subentry.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: RealtimeConfigEntry, subentry: ConfigSubentry, key: str) -> None:
        self.coordinator = entry.runtime_data.agents[subentry.subentry_id]
        self._attr_unique_id = f"{subentry.subentry_id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = agent_device(entry, subentry)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the agent."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.listen(self._agent_changed))

    @callback
    def _agent_changed(self) -> None:
        """Show what the agent is set to now."""
        self.async_write_ha_state()
