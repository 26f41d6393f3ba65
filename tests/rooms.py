"""Satellites in rooms, as far as a pipeline run knows of them."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry


def add_satellite(hass: HomeAssistant, room: str, *, placed: bool = True) -> str:
    """Add a satellite whose device is in the room of that name, unless it is not `placed`; return its entity id."""
    entry = MockConfigEntry(domain="test", title=room)
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={("test", room)})
    if placed:
        area = ar.async_get(hass).async_get_or_create(room)
        dr.async_get(hass).async_update_device(device.id, area_id=area.id)
    satellite = er.async_get(hass).async_get_or_create(
        "assist_satellite", "test", room, suggested_object_id=room.lower(), device_id=device.id, config_entry=entry
    )
    hass.states.async_set(satellite.entity_id, "idle")
    return satellite.entity_id
