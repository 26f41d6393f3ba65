"""Which satellites are there, and which Assist pipeline does each use."""

from dataclasses import dataclass

from homeassistant.components.select import ATTR_OPTION, DOMAIN as SELECT, SERVICE_SELECT_OPTION
from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES

from .const import LOGGER

SATELLITE = Platform.ASSIST_SATELLITE

# What a satellite's choice says when it goes by the house's preferred pipeline.
_PREFERRED = "preferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class SatellitePipeline:
    """A satellite with its choice of a pipeline."""

    satellite: str
    """The entity id of the `assist_satellite`."""
    select: str
    """The entity id of the `select` that holds the choice."""
    pipeline: str | None
    """The name of the chosen pipeline; None is the preferred one."""


@callback
def is_satellite(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether there is a satellite of that entity id, be it awake or not."""
    if entity_id.partition(".")[0] != SATELLITE:
        return False
    return er.async_get(hass).async_get(entity_id) is not None or hass.states.get(entity_id) is not None


@callback
def satellite_pipelines(hass: HomeAssistant) -> list[SatellitePipeline]:
    """Return the satellites that are there now and have a choice of pipelines, by entity id."""
    component = hass.data.get(DATA_INSTANCES, {}).get(SATELLITE)
    found = []
    for entity in () if component is None else component.entities:
        select = getattr(entity, "pipeline_entity_id", None)
        if select is None or (state := hass.states.get(select)) is None:
            continue
        chosen = None if state.state == _PREFERRED else state.state
        found.append(SatellitePipeline(satellite=entity.entity_id, select=select, pipeline=chosen))
    return sorted(found, key=lambda each: each.satellite)


async def async_choose(hass: HomeAssistant, choice: SatellitePipeline, pipeline: str | None) -> bool:
    """Let a satellite use a pipeline by its name; None is the preferred one. Return whether it does so now."""
    option = _PREFERRED if pipeline is None else pipeline
    data = {ATTR_ENTITY_ID: choice.select, ATTR_OPTION: option}
    try:
        await hass.services.async_call(SELECT, SERVICE_SELECT_OPTION, data, blocking=True)
    except HomeAssistantError as err:
        LOGGER.warning("%s does not take another pipeline: %s", choice.satellite, err)
    state = hass.states.get(choice.select)
    return state is not None and state.state == option
