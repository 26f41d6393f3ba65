"""What the present Assist run will do next; it may not be known.

The run's RUN_START event is the only thing that is read here. That it can be found is no promise of Home Assistant's,
so everything else must work when this says that it does not know.
"""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRun:
    """What is known of a run."""

    tts_engine: str | None
    """Who will speak the answer; None where nobody will."""
    tts_voice: str | None
    """In which of its voices; None leaves it to the engine."""
    satellite: str | None
    """The entity id of the satellite that asks, where one does."""


def find_pipeline_run(hass: HomeAssistant, conversation_id: str) -> PipelineRun | None:
    """Return the newest run of a conversation that has not ended; None where it is not known."""
    if "assist_pipeline" not in hass.config.components:
        return None
    # Imported late: without the pipeline its requirements may not be installed.
    from homeassistant.components.assist_pipeline import PipelineEventType, PipelineNotFound, async_get_pipeline  # noqa: PLC0415

    try:
        runs_by_pipeline = hass.data["assist_pipeline"].pipeline_debug
        starts = [
            (event.timestamp, pipeline_id, event.data)
            for pipeline_id, runs in runs_by_pipeline.items()
            for run in runs.values()
            for event in run.events[:1]
            if event.type is PipelineEventType.RUN_START
            and (event.data or {}).get("conversation_id") == conversation_id
            and run.events[-1].type is not PipelineEventType.RUN_END
        ]
        if not starts:
            return None
        _, pipeline_id, data = max(starts, key=lambda start: start[0])
        pipeline = async_get_pipeline(hass, pipeline_id)
    except AttributeError, KeyError, TypeError, PipelineNotFound:
        return None
    satellite = data.get("satellite_id")
    if "tts_output" not in data:
        return PipelineRun(tts_engine=None, tts_voice=None, satellite=satellite)
    return PipelineRun(tts_engine=pipeline.tts_engine, tts_voice=pipeline.tts_voice, satellite=satellite)
