"""What does a satellite see of a run, and when? One without hardware, whose microphone is a recording.

All times are `time.monotonic`, which other processes of the machine read as well.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
import time
from typing import Any, override

from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.components.assist_satellite import AssistSatelliteConfiguration, AssistSatelliteEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback, async_get_current_platform
import probatio

from .config_flow import DOMAIN

PARALLEL_UPDATES = 0

RUN_STARTED = "bench_satellite_run_started"
"""Fired with the satellite and its answer's URL, for whoever fetches it at once."""
_RATE = 16_000
_FRAME_SECONDS = 0.02
_FRAME = int(_RATE * _FRAME_SECONDS) * 2
_SILENCE = _RATE * 10 * 2
"""Ten seconds of it after the speech, if nobody stops listening before."""


async def async_setup_entry(
    _hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the satellite, and the action that makes it speak."""
    async_add_entities([BenchSatellite(entry)])
    async_get_current_platform().async_register_entity_service(
        "speak",
        {
            probatio.Required("path"): cv.string,
            probatio.Required("pipeline_id"): cv.string,
            probatio.Required("tts_options"): dict,
            probatio.Required("new_conversation"): cv.boolean,
        },
        "speak",
        supports_response=SupportsResponse.ONLY,
    )


class BenchSatellite(AssistSatelliteEntity):
    """Speaks one recording at a time to a pipeline."""

    _attr_has_entity_name = True
    _attr_name = None

    def __init__(self, entry: ConfigEntry) -> None:
        self._attr_unique_id = entry.entry_id
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)}, name=entry.title)
        self._pipeline_id = ""
        self._events: list[dict[str, Any]] = []
        self._begin = 0.0

    async def speak(
        self, path: str, pipeline_id: str, tts_options: dict[str, Any], new_conversation: bool
    ) -> dict[str, Any]:
        """Speak PCM16 mono at 16 kHz in real time; returns what was seen when the run has ended.

        That is when speech has begun and ended (`speech_begin`, `speech_end`), and the run's `events`.
        """
        pcm = await self.hass.async_add_executor_job(Path(path).read_bytes)
        self._attr_tts_options = tts_options
        self._pipeline_id = pipeline_id
        self._events = []
        if new_conversation:
            self._conversation_id = None
        await self.async_accept_pipeline_from_satellite(self._microphone(pcm))
        self.tts_response_finished()
        speech_end = self._begin + len(pcm) / 2 / _RATE
        return {"speech_begin": self._begin, "speech_end": speech_end, "events": self._events}

    @override
    def _resolve_pipeline(self) -> str:
        return self._pipeline_id

    @override
    @callback
    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Note when what happened."""
        data = event.data or {}
        self._events.append({"type": str(event.type), "at": time.monotonic(), "data": data})
        if event.type is PipelineEventType.RUN_START:
            self.hass.bus.async_fire(RUN_STARTED, {"entity_id": self.entity_id, "url": data["tts_output"]["url"]})

    @override
    @callback
    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        """Have no wake words."""
        return AssistSatelliteConfiguration(available_wake_words=[], active_wake_words=[], max_active_wake_words=0)

    @override
    async def async_set_configuration(self, config: AssistSatelliteConfiguration) -> None:
        """Have nothing to set."""

    async def _microphone(self, pcm: bytes) -> AsyncIterator[bytes]:
        self._begin, sent = time.monotonic(), 0
        while sent * _FRAME < len(pcm) + _SILENCE:
            # A frame can be sent when it has been spoken, not before.
            due = self._begin + (sent + 1) * _FRAME_SECONDS
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            yield pcm[sent * _FRAME : (sent + 1) * _FRAME].ljust(_FRAME, b"\0")
            sent += 1
