"""What is known of each satellite, and what is peculiar about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er


class Quirk(StrEnum):
    """What a satellite does that others do not."""

    PAUSE_WEDGES = "pause_wedges"
    """A stream that has begun and then pauses for five seconds or more is never heard to its end."""
    HEADER_LENGTH = "header_length"
    """A WAV header that announces no data is taken at its word."""
    OVERLAPPING_RUNS = "overlapping_runs"
    """A run that begins inside another one can lose its microphone."""


# By the integration that brings the satellite; seen in its source, or reported by its users.
_BY_PLATFORM: Final[Mapping[str, tuple[Quirk, ...]]] = {
    "esphome": (Quirk.PAUSE_WEDGES,),
    "wyoming": (Quirk.HEADER_LENGTH, Quirk.OVERLAPPING_RUNS),
    "voip": (Quirk.HEADER_LENGTH,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Satellite:
    """One satellite."""

    entity_id: str
    platform: str
    manufacturer: str | None
    model: str | None
    sw_version: str | None
    quirks: tuple[Quirk, ...]


@callback
def satellites(hass: HomeAssistant) -> list[Satellite]:
    """Return the satellites that are registered and not disabled."""
    return [
        _satellite(hass, entity)
        for entity in er.async_get(hass).entities.values()
        if entity.domain == Platform.ASSIST_SATELLITE and not entity.disabled
    ]


def _satellite(hass: HomeAssistant, entity: er.RegistryEntry) -> Satellite:
    """Return what is known of one satellite."""
    found = dr.async_get(hass).async_get(entity.device_id) if entity.device_id else None
    device = found if isinstance(found, dr.DeviceEntry) else None
    return Satellite(
        entity_id=entity.entity_id,
        platform=entity.platform,
        manufacturer=None if device is None else device.manufacturer,
        model=None if device is None else device.model,
        sw_version=None if device is None else device.sw_version,
        quirks=_BY_PLATFORM.get(entity.platform, ()),
    )
