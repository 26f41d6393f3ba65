"""How are Home Assistant's Assist pipelines made, preferred and removed.

The store of the pipelines is no promise of Home Assistant's. All that touches it is here. Where it is not there, or not
as it was, nothing can be offered, and everything else works.
"""

from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
import probatio

from .const import LOGGER

if TYPE_CHECKING:
    # Without the pipeline its requirements may not be installed.
    from homeassistant.components.assist_pipeline import Pipeline
    from homeassistant.components.assist_pipeline.pipeline import PipelineStorageCollection

_CALLS = ("async_create_item", "async_delete_item", "async_get_preferred_item", "async_set_preferred_item", "data")


@callback
def available(hass: HomeAssistant) -> bool:
    """Return whether pipelines can be made."""
    return _store(hass) is not None


@callback
def find(hass: HomeAssistant, pipeline_id: str) -> Pipeline | None:
    """Return a pipeline by its id."""
    store = _store(hass)
    return None if store is None else store.data.get(pipeline_id)


@callback
def all_pipelines(hass: HomeAssistant) -> list[Pipeline]:
    """Return every pipeline, the oldest first."""
    store = _store(hass)
    return [] if store is None else list(store.data.values())


@callback
def preferred(hass: HomeAssistant) -> str | None:
    """Return the id of the pipeline that is used where no other is chosen."""
    store = _store(hass)
    return None if store is None else store.async_get_preferred_item()


@callback
def prefer(hass: HomeAssistant, pipeline_id: str) -> None:
    """Let a pipeline that exists be used where no other is chosen."""
    if (store := _store(hass)) is not None:
        store.async_set_preferred_item(pipeline_id)


async def async_create(hass: HomeAssistant, settings: dict[str, Any]) -> Pipeline | None:
    """Make a pipeline; None where Home Assistant does not take it as it is."""
    if (store := _store(hass)) is None:
        return None
    try:
        return await store.async_create_item(settings)
    except (HomeAssistantError, TypeError, probatio.Invalid) as err:
        LOGGER.warning("Home Assistant does not take the pipeline: %s", err)
        return None


async def async_delete(hass: HomeAssistant, pipeline_id: str) -> None:
    """Remove a pipeline that exists and is not the preferred one."""
    if (store := _store(hass)) is not None:
        await store.async_delete_item(pipeline_id)


@callback
def _store(hass: HomeAssistant) -> PipelineStorageCollection | None:
    """Return the store, where it is as it is known."""
    store = getattr(hass.data.get("assist_pipeline"), "pipeline_store", None)
    return store if all(hasattr(store, call) for call in _CALLS) else None
