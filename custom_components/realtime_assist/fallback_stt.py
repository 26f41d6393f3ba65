"""Who hears when the session does not: another speech-to-text engine, from the first word on."""

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from dataclasses import dataclass

from homeassistant.components import stt
from homeassistant.core import HomeAssistant
from homeassistant.util import language as language_util

from .const import LOGGER
from .fallback import waiting
from .realtime.audio import PIPELINE, Converter, PcmFormat


class Recording:
    """A pipeline's audio, which can be heard once more from its beginning while it still comes in."""

    def __init__(self, stream: AsyncIterable[bytes], max_bytes: int) -> None:
        self._frames = aiter(stream)
        self._max_bytes = max_bytes
        self._kept: list[bytes] = []
        self._num_bytes = 0

    @property
    def whole(self) -> bool:
        """Whether nothing has been forgotten; there is a bound to what is kept."""
        return self._num_bytes <= self._max_bytes

    async def live(self) -> AsyncGenerator[bytes]:
        """Yield what comes in, and keep it."""
        async for frame in self._frames:
            self._num_bytes += len(frame)
            if self.whole:
                self._kept.append(frame)
            else:
                self._kept.clear()
            yield frame

    async def again(self) -> AsyncGenerator[bytes]:
        """Yield what was kept, then what still comes in."""
        for frame in self._kept:
            yield frame
        async for frame in self._frames:
            yield frame


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackSTT:
    """Another engine that hears in place of ours."""

    hass: HomeAssistant
    asker: str
    engine_id: str

    async def async_hear(self, recording: Recording, language: str) -> str | None:
        """Return what was said, empty for no speech; None where the engine cannot tell."""
        engine = stt.async_get_speech_to_text_engine(self.hass, self.engine_id)
        metadata = None if engine is None else metadata_for(engine, language, self.hass.config.country)
        if engine is None or metadata is None or not recording.whole:
            LOGGER.warning("%s cannot hear in place of %s", self.engine_id, self.asker)
            return None
        audio = _converted(recording.again(), metadata)
        try:
            with waiting(self.asker):
                if isinstance(engine, stt.SpeechToTextEntity):
                    result = await engine.internal_async_process_audio_stream(metadata, audio)
                else:
                    result = await engine.async_process_audio_stream(metadata, audio)
        except Exception as err:  # noqa: BLE001 - Somebody else's engine may raise anything; the turn must end anyway.
            LOGGER.warning("%s failed to hear in place of %s: %s", self.engine_id, self.asker, type(err).__name__)
            return None
        return result.text or "" if result.result is stt.SpeechResultState.SUCCESS else None


def metadata_for(
    engine: stt.SpeechToTextEntity | stt.Provider, language: str, country: str | None
) -> stt.SpeechMetadata | None:
    """Return what to send an engine: its own form of the language, and PCM as near to a pipeline's as it takes."""
    languages = language_util.matches(language, engine.supported_languages, country)
    rates = _nearest(PIPELINE.rate, engine.supported_sample_rates)
    channels = _nearest(PIPELINE.channels, engine.supported_channels)
    if not (
        languages
        and rates
        and channels
        and stt.AudioFormats.WAV in engine.supported_formats
        and stt.AudioCodecs.PCM in engine.supported_codecs
        and stt.AudioBitRates.BITRATE_16 in engine.supported_bit_rates
    ):
        return None
    return stt.SpeechMetadata(
        language=languages[0],
        format=stt.AudioFormats.WAV,
        codec=stt.AudioCodecs.PCM,
        bit_rate=stt.AudioBitRates.BITRATE_16,
        sample_rate=rates[0],
        channel=channels[0],
    )


def _nearest[NumberT: int](wanted: int, supported: Iterable[NumberT]) -> list[NumberT]:
    """Return what is supported, the nearest first and the greater of two that are as near."""
    return sorted(supported, key=lambda number: (abs(number - wanted), -number))


async def _converted(frames: AsyncGenerator[bytes], metadata: stt.SpeechMetadata) -> AsyncGenerator[bytes]:
    """Yield a pipeline's audio as an engine wants it."""
    target = PcmFormat(rate=int(metadata.sample_rate), channels=int(metadata.channel))
    if target == PIPELINE:
        async for frame in frames:
            yield frame
        return
    converter = Converter(PIPELINE, target)
    async for frame in frames:
        if pcm := converter.process(frame):
            yield pcm
    if pcm := converter.flush():
        yield pcm
