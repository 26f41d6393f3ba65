"""The agent's ears: the user's voice goes into the conversation's session while they speak."""

import asyncio
from collections.abc import AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import override

from homeassistant.components import stt
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.chat_session import current_session
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import RealtimeConfigEntry
from .entity import RealtimeEntity
from .fallback import hopeless, may_fall_back
from .fallback_stt import FallbackSTT, Recording
from .insight import Fallback, FallbackKind, Rung
from .pipeline_run import find_pipeline_run
from .realtime.audio import PIPELINE, WIRE, Converter, byte_count
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
        recording = Recording(stream, byte_count(self.coordinator.limits.replay, PIPELINE))
        async with self.coordinator.present_session() as session:
            turn = self._begin(session, metadata.language)
            ended = self._ending(turn, metadata.language)
            try:
                text = await self._async_listen(session, turn, recording)
            except SessionError as err:
                self.coordinator.report(err)
                turn.errors.setdefault(err.code, 1)
                session.take_back(turn)
                return await self._async_hear_again(turn, err, metadata.language, recording, ended)
            except asyncio.CancelledError:
                session.take_back(turn)
                ended(cancelled=True)
                raise
            if not text:
                session.take_back(turn)
        chat_session = current_session.get()
        if not text:
            ended(cancelled=True)
        elif chat_session is None:
            # Without a conversation nobody will answer: the words alone are wanted.
            ended()
        else:
            self.coordinator.handover.offer(chat_session.conversation_id, turn, ended)
        return stt.SpeechResult(text, stt.SpeechResultState.SUCCESS)

    def _begin(self, session: RealtimeSession, language: str) -> Turn:
        """Begin a spoken turn in a language."""
        transcription = self.coordinator.session_config(language=language).transcription
        session.configure(replace(session.config, transcription=transcription))
        return session.begin_turn()

    def _ending(self, turn: Turn, language: str) -> Callable[..., None]:
        """Return what tells that a turn has ended without an answer of ours."""
        chat_session = current_session.get()
        conversation_id = "" if chat_session is None else chat_session.conversation_id
        run = find_pipeline_run(self.hass, conversation_id) if conversation_id else None
        return partial(
            self.coordinator.turn_ended,
            turn,
            conversation_id=conversation_id,
            language=language,
            satellite=None if run is None else run.satellite,
        )

    async def _async_hear_again(
        self, turn: Turn, err: SessionError, language: str, recording: Recording, ended: Callable[..., None]
    ) -> stt.SpeechResult:
        """Have another engine hear what the session did not; what it understands goes on as a text."""
        engine = self.coordinator.present_options.fallback_stt
        text = None
        if engine is not None and may_fall_back(self.entity_id, engine):
            try:
                text = await FallbackSTT(hass=self.hass, asker=self.entity_id, engine_id=engine).async_hear(
                    recording, language
                )
            except asyncio.CancelledError:
                ended(cancelled=True)
                raise
        if engine is None or text is None:
            ended(rung=Rung.NONE)
            return stt.SpeechResult(None, stt.SpeechResultState.ERROR)
        fallback = Fallback(kind=FallbackKind.STT, from_=self.entity_id, to=engine, reason=err.code)
        unclaimed = partial(ended, fallbacks=(fallback,))
        chat_session = current_session.get()
        if chat_session is not None and text and hopeless(err):
            self.coordinator.handover.offer_failed(
                chat_session.conversation_id, turn, unclaimed, text=text, fallback=fallback
            )
        else:
            # The session may live on: it is asked for the answer in a turn of its own.
            unclaimed()
        return stt.SpeechResult(text, stt.SpeechResultState.SUCCESS)

    async def _async_listen(self, session: RealtimeSession, turn: Turn, recording: Recording) -> str:
        """Stream the voice into the turn and wait for its words, empty for none. Raises SessionError."""
        await self._async_append(session, turn, recording)
        # A turn that has failed is short because nobody took in the rest of it.
        if not turn.finished:
            if turn.too_short:
                return ""
            session.commit(turn)
        return await session.transcript(turn)

    async def _async_append(self, session: RealtimeSession, turn: Turn, recording: Recording) -> None:
        """Append the voice as it comes; a turn that has failed needs no more of it."""
        converter = Converter(PIPELINE, WIRE)
        async with aclosing(recording.live()) as frames:
            async for frame in frames:
                if turn.finished:
                    return
                if pcm := converter.process(frame):
                    session.append(turn, pcm)
        if pcm := converter.flush():
            session.append(turn, pcm)
