"""Which modules does somebody import who uses a library, and what is there already? A table."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What a driver uses; its import is timed."""

    modules: tuple[str, ...]
    present: tuple[str, ...] = ()
    """What has long been imported where the library is used."""


LIBRARIES: Mapping[str, Library] = {
    "ours": Library(
        modules=tuple(
            f"custom_components.realtime_assist{module}"
            for module in ("", ".config_flow", ".conversation", ".diagnostics", ".sensor", ".stt", ".tts")
        ),
        # What Home Assistant's default configuration has loaded before it loads an integration; streams bring numpy.
        present=(
            "homeassistant.bootstrap",
            "homeassistant.components.assist_pipeline",
            "homeassistant.components.sensor",
            "homeassistant.components.recorder",
            "homeassistant.components.stream",
        ),
    ),
    "floor": Library(modules=("websockets.asyncio.client", "orjson")),
    "openai_sdk": Library(modules=("openai", "openai.resources.realtime", "websockets.asyncio.client")),
    "livekit_agents": Library(modules=("livekit.agents", "livekit.plugins.openai", "livekit.rtc")),
    "pipecat_ai": Library(modules=("pipecat.services.openai.realtime.llm", "pipecat.pipeline.worker")),
    "pydantic_ai": Library(modules=("pydantic_ai", "pydantic_ai.realtime.openai", "pydantic_ai.providers.openai")),
}
