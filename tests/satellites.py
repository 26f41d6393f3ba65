"""Satellites of somebody else's, each with its choice of a pipeline."""

from collections.abc import Mapping
from typing import override

from homeassistant.components.assist_pipeline import AssistPipelineSelect, PipelineEvent
from homeassistant.components.assist_satellite import AssistSatelliteConfiguration, AssistSatelliteEntity
from homeassistant.components.assist_satellite.const import DATA_COMPONENT as SATELLITE_COMPONENT
from homeassistant.components.select.const import DATA_COMPONENT as SELECT_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component


class Satellite(AssistSatelliteEntity):
    """A microphone and a speaker in a room."""

    def __init__(self, room: str, select: str | None) -> None:
        self.entity_id = f"assist_satellite.{room}"
        self._attr_name = room
        self._attr_pipeline_entity_id = select

    @override
    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        """Return that there are no wake words to choose."""
        return AssistSatelliteConfiguration([], [], 1)

    @override
    async def async_set_configuration(self, config: AssistSatelliteConfiguration) -> None:
        """Take over the wake words."""

    @override
    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Take note of what a run does."""


class PipelineSelect(AssistPipelineSelect):
    """A satellite's choice of a pipeline."""

    available = True
    refuses = False

    @override
    async def async_select_option(self, option: str) -> None:
        """Take the choice over, or refuse it."""
        if self.refuses:
            raise HomeAssistantError("the satellite is busy")
        await super().async_select_option(option)


async def put_satellites(
    hass: HomeAssistant, *rooms: str, without_choice: str | None = None
) -> Mapping[str, PipelineSelect]:
    """Put a satellite into each room and return their choices of pipelines; one may be without."""
    for domain in ("select", "assist_satellite"):
        assert await async_setup_component(hass, domain, {})
    selects = {room: PipelineSelect(hass, "test", room) for room in rooms}
    for room, select in selects.items():
        select.entity_id = f"select.{room}_pipeline"
    await hass.data[SELECT_COMPONENT].async_add_entities(list(selects.values()))
    satellites = [Satellite(room, f"select.{room}_pipeline") for room in rooms]
    if without_choice is not None:
        satellites.append(Satellite(without_choice, None))
    await hass.data[SATELLITE_COMPONENT].async_add_entities(satellites)
    await hass.async_block_till_done()
    return selects
