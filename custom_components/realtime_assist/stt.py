"""The agent's ears: the user's voice goes into the conversation's session while they speak."""

from collections.abc import AsyncIterable
from dataclasses import replace
from typing import override

from homeassistant.components import stt
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.chat_session import current_session
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import RealtimeConfigEntry
from .entity import RealtimeEntity
from .realtime.audio import PIPELINE, WIRE, Converter
from .realtime.catalog import LANGUAGES
from .session import RealtimeSession, SessionError, Turn

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: RealtimeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the speech-to-text entity of every agent."""
    for subentry_id, agent in entry.runtime_data.agents.items():
        async_add_entities([RealtimeSTTEntity(entry, agent.subentry)], config_subentry_id=subentry_id)


class RealtimeSTTEntity(RealtimeEntity, stt.SpeechToTextEntity):
    """Speech-to-text on a realtime session, which keeps what it hears for the answer."""

    def __init__(self, entry: RealtimeConfigEntry, subentry: ConfigSubentry) -> None:
        super().__init__(entry, subentry, Platform.STT)

    @property
    @override
    def supported_languages(self) -> list[str]:
        """Return the languages that the transcription models know."""
        return list(LANGUAGES)

    @property
    @override
    def supported_formats(self) -> list[stt.AudioFormats]:
        """Return what a pipeline sends."""
        return [stt.AudioFormats.WAV]

    @property
    @override
    def supported_codecs(self) -> list[stt.AudioCodecs]:
        """Return what a pipeline sends."""
        return [stt.AudioCodecs.PCM]

    @property
    @override
    def supported_bit_rates(self) -> list[stt.AudioBitRates]:
        """Return what a pipeline sends."""
        return [stt.AudioBitRates.BITRATE_16]

    @property
    @override
    def supported_sample_rates(self) -> list[stt.AudioSampleRates]:
        """Return what a pipeline sends."""
        return [stt.AudioSampleRates.SAMPLERATE_16000]

    @property
    @override
    def supported_channels(self) -> list[stt.AudioChannels]:
        """Return what a pipeline sends."""
        return [stt.AudioChannels.CHANNEL_MONO]

    @override
    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        """Return what was said; the turn waits for the conversation entity to answer it."""
        async with self.coordinator.present_session() as session:
            result, turn = await self._async_listen(session, metadata.language, stream)
        # Without a conversation nobody will answer: the words alone are wanted.
        if result.text and (chat_session := current_session.get()) is not None:
            self.coordinator.handover.offer(chat_session.conversation_id, turn)
        return result

    async def _async_listen(
        self, session: RealtimeSession, language: str, stream: AsyncIterable[bytes]
    ) -> tuple[stt.SpeechResult, Turn]:
        """Stream the voice into a new turn and wait for its words; no words are an empty text."""
        transcription = self.coordinator.session_config(language=language).transcription
        session.configure(replace(session.config, transcription=transcription))
        turn = session.begin_turn()
        await self._async_append(session, turn, stream)
        text = ""
        # A turn that has failed is short because nobody took in the rest of it.
        if turn.finished or not turn.too_short:
            if not turn.finished:
                session.commit(turn)
            try:
                text = await session.transcript(turn)
            except SessionError as err:
                self.coordinator.report(err)
                return stt.SpeechResult(None, stt.SpeechResultState.ERROR), turn
        if not text:
            session.take_back(turn)
        return stt.SpeechResult(text, stt.SpeechResultState.SUCCESS), turn

    async def _async_append(self, session: RealtimeSession, turn: Turn, stream: AsyncIterable[bytes]) -> None:
        """Append the voice as it comes; a turn that has failed needs no more of it."""
        converter = Converter(PIPELINE, WIRE)
        async for frame in stream:
            if turn.finished:
                return
            if pcm := converter.process(frame):
                session.append(turn, pcm)
        if pcm := converter.flush():
            session.append(turn, pcm)
