"""What does a satellite see of a run, and when? One without hardware that wants wav at 16 kHz, as most of them do.

All times are `time.monotonic`, which other processes of the machine read as well.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
import time
from typing import Any, override

from homeassistant.components import tts
from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.components.assist_satellite import AssistSatelliteConfiguration, AssistSatelliteEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
import probatio

from .config_flow import DOMAIN

RUN_STARTED = "bench_satellite_run_started"
"""Fired with the answer's URL, for whoever fetches it at once."""
_RATE = 16_000
_FRAME_SECONDS = 0.02
_FRAME = int(_RATE * _FRAME_SECONDS) * 2
_SILENCE_SECONDS = 10


async def async_setup_entry(
    hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the satellite, and the action that makes it speak."""
    satellite = BenchSatellite(entry)
    async_add_entities([satellite])

    async def speak(call: ServiceCall) -> ServiceResponse:
        return await satellite.speak(Path(call.data["path"]))

    hass.services.async_register(
        DOMAIN,
        "speak",
        speak,
        schema=probatio.Schema({probatio.Required("path"): cv.string}),
        supports_response=SupportsResponse.ONLY,
    )


class BenchSatellite(AssistSatelliteEntity):
    """Speaks one recording at a time to the preferred pipeline, each in a conversation of its own."""

    _attr_has_entity_name = True
    _attr_name = None

    def __init__(self, entry: ConfigEntry) -> None:
        self._attr_tts_options = {
            tts.ATTR_PREFERRED_FORMAT: "wav",
            tts.ATTR_PREFERRED_SAMPLE_RATE: _RATE,
            tts.ATTR_PREFERRED_SAMPLE_CHANNELS: 1,
            tts.ATTR_PREFERRED_SAMPLE_BYTES: 2,
        }
        self._attr_unique_id = entry.entry_id
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)}, name=entry.title)
        self._events: list[dict[str, Any]] = []
        self._speech_end = 0.0

    async def speak(self, path: Path) -> dict[str, Any]:
        """Speak PCM16 mono at 16 kHz in real time; returns `speech_end` and the run's `events` when it has ended."""
        pcm = await self.hass.async_add_executor_job(path.read_bytes)
        self._events = []
        self._conversation_id = None
        await self.async_accept_pipeline_from_satellite(self._microphone(pcm))
        self.tts_response_finished()
        return {"speech_end": self._speech_end, "events": self._events}

    @override
    @callback
    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Note when what happened."""
        data = event.data or {}
        self._events.append({"type": str(event.type), "at": time.monotonic(), "data": data})
        if event.type is PipelineEventType.RUN_START:
            self.hass.bus.async_fire(RUN_STARTED, {"url": data["tts_output"]["url"]})

    @override
    @callback
    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        """Have no wake words."""
        return AssistSatelliteConfiguration(available_wake_words=[], active_wake_words=[], max_active_wake_words=0)

    @override
    async def async_set_configuration(self, config: AssistSatelliteConfiguration) -> None:
        """Have nothing to set."""

    async def _microphone(self, pcm: bytes) -> AsyncIterator[bytes]:
        begin, sent = time.monotonic(), 0
        self._speech_end = begin + len(pcm) / 2 / _RATE
        while (now := time.monotonic()) < self._speech_end + _SILENCE_SECONDS:
            # A frame can be sent when it has been spoken, not before.
            due = begin + (sent + 1) * _FRAME_SECONDS
            await asyncio.sleep(max(0.0, due - now))
            yield pcm[sent * _FRAME : (sent + 1) * _FRAME].ljust(_FRAME, b"\0")
            sent += 1
