"""What the present Assist run will do next; it may not be known.

The run's RUN_START event and the name of a satellite's task are the only things that are read here. That they can be
found is no promise of Home Assistant's, so everything else must work when this says that it does not know.
"""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

if TYPE_CHECKING:
    from homeassistant.components.assist_pipeline import Pipeline

# Home Assistant names the task of a satellite's run after the satellite.
_TASK_PREFIX, _TASK_SUFFIX = "assist_satellite.", "_pipeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRun:
    """What is known of a run."""

    id: str
    conversation_id: str
    conversation_engine: str | None
    """The agent that the pipeline asks; None is Home Assistant's own."""
    prefer_local_intents: bool
    """Whether Home Assistant's own intents come before the agent."""
    language: str
    """In which the agent is asked."""
    tts_engine: str | None
    """Who will speak the answer; None where nobody will."""
    tts_voice: str | None
    """In which of its voices; None leaves it to the engine."""
    satellite: str | None
    """The entity id of the satellite that asks, where one does."""
    device_id: str | None
    """The satellite's device, which tells tools where the user is."""
    area_id: str | None
    """Where that device is."""

    @property
    def ends_in_tts(self) -> bool:
        """Return whether the run goes on until the answer is spoken."""
        return self.tts_engine is not None


# Home Assistant keeps the events of ten runs of a pipeline, and forgets the oldest, even one that goes on. A run is a task,
# and whatever asks more than once about it is called by that task or by its children.
_known: ContextVar[PipelineRun | None] = ContextVar("realtime_assist_pipeline_run", default=None)


def find_pipeline_run(hass: HomeAssistant, conversation_id: str) -> PipelineRun | None:
    """Return the newest run of a conversation that has not ended; None where it is not known.

    Where Home Assistant has forgotten a run since the present task has asked for it, it is known as it was then.
    """
    if "assist_pipeline" not in hass.config.components:
        return None
    # Imported late: without the pipeline its requirements may not be installed.
    from homeassistant.components.assist_pipeline import PipelineEventType, PipelineNotFound, async_get_pipeline  # noqa: PLC0415

    try:
        starts = [
            (event.timestamp, pipeline_id, run_id, event.data, run.events[-1].type is PipelineEventType.RUN_END)
            for pipeline_id, runs in hass.data["assist_pipeline"].pipeline_debug.items()
            for run_id, run in runs.items()
            for event in run.events[:1]
            if event.type is PipelineEventType.RUN_START
            and (event.data or {}).get("conversation_id") == conversation_id
        ]
        if not starts:
            known = _known.get()
            return known if known is not None and known.conversation_id == conversation_id else None
        going_on = [start for start in starts if not start[-1]]
        if not going_on:
            return None
        _, pipeline_id, run_id, data, _ = max(going_on, key=lambda start: start[0])
        found = _run(hass, run_id, data, async_get_pipeline(hass, pipeline_id))
    except AttributeError, KeyError, TypeError, PipelineNotFound:
        return None
    _known.set(found)
    return found


def found_no_speech(hass: HomeAssistant, run: PipelineRun) -> bool:
    """Return whether Home Assistant is known to have listened for speech in a run, and to have found none."""
    from homeassistant.components.assist_pipeline import PipelineEventType  # noqa: PLC0415

    try:
        events = [
            event.type
            for runs in hass.data["assist_pipeline"].pipeline_debug.values()
            if run.id in runs
            for event in runs[run.id].events
        ]
    except AttributeError, KeyError, TypeError:
        return False
    return PipelineEventType.STT_VAD_END in events and PipelineEventType.STT_VAD_START not in events


@callback
def present_satellite(hass: HomeAssistant) -> str | None:
    """Return the entity id of the satellite whose run the present task is, from its very beginning; None if unknown."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return None
    name = "" if task is None else task.get_name()
    if not (name.startswith(_TASK_PREFIX) and name.endswith(_TASK_SUFFIX)):
        return None
    satellite = name.removesuffix(_TASK_SUFFIX)
    return satellite if hass.states.get(satellite) or er.async_get(hass).async_get(satellite) else None


def _run(hass: HomeAssistant, run_id: str, data: Mapping[str, Any], pipeline: Pipeline) -> PipelineRun:
    """Return what a run's first event and its pipeline tell."""
    spoken = "tts_output" in data
    satellite = data.get("satellite_id")
    entry = er.async_get(hass).async_get(satellite) if satellite else None
    device = dr.async_get(hass).async_get(entry.device_id) if entry is not None and entry.device_id else None
    return PipelineRun(
        id=run_id,
        conversation_id=data["conversation_id"],
        conversation_engine=pipeline.conversation_engine,
        prefer_local_intents=pipeline.prefer_local_intents,
        language=_language(pipeline),
        tts_engine=pipeline.tts_engine if spoken else None,
        tts_voice=pipeline.tts_voice if spoken else None,
        satellite=satellite,
        device_id=None if device is None else device.id,
        area_id=None if device is None else dr.async_get_effective_area_id(hass, device),
    )


def _language(pipeline: Pipeline) -> str:
    """Return the language that a pipeline asks its agent in."""
    if pipeline.conversation_language != MATCH_ALL:
        return pipeline.conversation_language
    return pipeline.stt_language or pipeline.tts_language or pipeline.language
