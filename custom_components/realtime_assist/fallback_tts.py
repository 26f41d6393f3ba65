"""Who speaks when the session does not: another text-to-speech engine, whose audio is not kept for ours."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
import hashlib
from typing import Any

from homeassistant.components import tts
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.core import HomeAssistant
from homeassistant.util import language as language_util

from .const import LOGGER
from .fallback import waiting

# What a request wants of the audio, as against how it is to be spoken: every engine takes it.
_PREFERENCE = "preferred_"


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackTTS:
    """Another engine that speaks in place of ours."""

    hass: HomeAssistant
    asker: str
    engine_id: str

    async def async_speak(self, text: str, language: str, options: dict[str, Any]) -> tts.TTSAudioResponse | None:
        """Return the speech in the format that the options ask for; None where the engine makes none.

        Home Assistant itself converts what the engine makes.
        """
        try:
            stream = self._stream(text, language, options)
            chunks = stream.async_stream_result()
            first = await anext(chunks, b"")
        except Exception as err:  # noqa: BLE001 - Somebody else's engine may raise anything; the user is told of ours.
            LOGGER.warning("%s failed to speak in place of %s: %s", self.engine_id, self.asker, type(err).__name__)
            return None
        return tts.TTSAudioResponse(stream.extension, _prepended(first, chunks)) if first else None

    def _stream(self, text: str, language: str, options: dict[str, Any]) -> tts.ResultStream:
        """Have the text spoken."""
        engine = get_engine_instance(self.hass, self.engine_id)
        supported = [] if engine is None else engine.supported_languages
        languages = language_util.matches(language, supported, self.hass.config.country)
        stream = tts.async_create_stream(
            self.hass,
            self.engine_id,
            language=languages[0] if languages else None,
            options={name: value for name, value in options.items() if name.startswith(_PREFERENCE)},
        )
        stream.use_file_cache = False
        # What is started here inherits the mark.
        with waiting(self.asker):
            stream.async_set_message(text)
        return stream


def disown(hass: HomeAssistant, entity_id: str, text: str, speaker: str) -> None:
    """Keep what is being made of a short text from being played as this entity's voice ever after.

    Home Assistant files such audio under text, language, options and engine before it asks the engine, in memory and,
    when all of it is there, on disk. Filed under a name that nobody asks for, it serves this once; the next time the
    text is made anew.
    """
    manager = hass.data[DATA_TTS_MANAGER]
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    for key in [key for key in manager.mem_cache if key.startswith(f"{digest}_") and key.endswith(f"_{entity_id}")]:
        cache = manager.mem_cache.pop(key)
        language = key.split("_")[1]
        cache.cache_key = f"{digest}_{language}_fallback_{speaker}".lower()


async def _prepended(first: bytes, chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield a chunk that was taken already, and the rest."""
    async with aclosing(chunks):
        yield first
        async for chunk in chunks:
            yield chunk
