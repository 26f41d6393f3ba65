"""The agent's voice: the turn's own audio where it is the turn's own text, and any other text read aloud."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, aclosing
from typing import Any, override

from homeassistant.components import tts
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.chat_session import current_session
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import LOGGER
from .coordinator import RealtimeConfigEntry
from .entity import RealtimeEntity
from .errors import translated_error
from .fallback import hopeless, may_fall_back
from .fallback_tts import FallbackTTS, disown
from .insight import Fallback, FallbackKind
from .realtime.audio import WIRE, Converter, PcmFormat, wav_header
from .realtime.catalog import LANGUAGES, VOICES
from .requested_text import RequestedText
from .session import RealtimeSession, ServerFault, SessionError, Turn

PARALLEL_UPDATES = 0

# The only container that is made here; Home Assistant converts to any other.
EXTENSION = "wav"
# With these delivered here, no ffmpeg has to start for a satellite that asks for wav.
OPTIONS = (
    tts.ATTR_VOICE,
    tts.ATTR_PREFERRED_FORMAT,
    tts.ATTR_PREFERRED_SAMPLE_RATE,
    tts.ATTR_PREFERRED_SAMPLE_CHANNELS,
    tts.ATTR_PREFERRED_SAMPLE_BYTES,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: RealtimeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the text-to-speech entity of every agent."""
    for subentry_id, agent in entry.runtime_data.agents.items():
        async_add_entities([RealtimeTTSEntity(entry, agent.subentry)], config_subentry_id=subentry_id)


class RealtimeTTSEntity(RealtimeEntity, tts.TextToSpeechEntity):
    """Text-to-speech on a realtime session."""

    def __init__(self, entry: RealtimeConfigEntry, subentry: ConfigSubentry) -> None:
        super().__init__(entry, subentry, Platform.TTS)
        self._attr_supported_languages = list(LANGUAGES)
        self._attr_supported_options = list(OPTIONS)

    @property
    @override
    def default_options(self) -> Mapping[str, Any]:
        """Return the agent's voice: Home Assistant caches short answers by text and options, so it must be there."""
        return {tts.ATTR_VOICE: self.coordinator.present_options.voice}

    @property
    @override
    def default_language(self) -> str:
        """Return the house's language where the voices speak it."""
        language = self.hass.config.language.partition("-")[0]
        return language if language in LANGUAGES else "en"

    @callback
    @override
    def async_get_supported_voices(self, language: str) -> list[tts.Voice]:
        """Return the voices; each speaks every language."""
        return [tts.Voice(voice, voice.capitalize()) for voice in VOICES]

    @override
    async def async_stream_tts_audio(self, request: tts.TTSAudioRequest) -> tts.TTSAudioResponse:
        """Stream the text's audio as it is made; another engine speaks where not even its beginning comes."""
        text = await RequestedText.begin(request.message_gen)
        with ExitStack() as stack:
            stack.callback(text.close)
            audio = self._wav(request, text)
            try:
                first = await anext(audio)
            except SessionError as err:
                return await self._async_fall_back(request, text, err)
            stack.pop_all()
        return tts.TTSAudioResponse(EXTENSION, _from_first(first, audio, text))

    async def _async_fall_back(
        self, request: tts.TTSAudioRequest, text: RequestedText, err: SessionError
    ) -> tts.TTSAudioResponse:
        """Have another engine speak the whole text. Raises HomeAssistantError where none does."""
        engine = self.coordinator.present_options.fallback_tts
        if engine is None or not may_fall_back(self.entity_id, engine):
            raise translated_error(err) from err
        fallback = FallbackTTS(hass=self.hass, asker=self.entity_id, engine_id=engine)
        response = await fallback.async_speak(await text.all(), request.language, request.options)
        if response is None:
            raise translated_error(err) from err
        if text.whole:
            disown(self.hass, self.entity_id, text.first, engine)
        chat_session = current_session.get()
        self.coordinator.fell_back(
            Fallback(kind=FallbackKind.TTS, from_=self.entity_id, to=engine, reason=err.code),
            None if chat_session is None else chat_session.conversation_id,
        )
        return response

    async def _wav(self, request: tts.TTSAudioRequest, text: RequestedText) -> AsyncGenerator[bytes]:
        """Yield a WAV stream; its header comes with the first audio, as satellites take a silent stream badly.

        Raises SessionError.
        """
        target = _wav_format(request.options)
        converter = Converter(WIRE, target)
        head = wav_header(target)
        async with aclosing(self._pcm(request, text)) as chunks:
            async for chunk in chunks:
                if pcm := converter.process(chunk):
                    yield head + pcm
                    head = b""
        rest = converter.flush()
        if head and not rest:
            # Home Assistant would keep the silence, and play it whenever the text comes up again.
            raise ServerFault("no_audio")
        yield head + rest

    async def _pcm(self, request: tts.TTSAudioRequest, text: RequestedText) -> AsyncGenerator[bytes]:
        """Yield the audio on the wire's format. Raises SessionError."""
        voice = request.options.get(tts.ATTR_VOICE) or self.coordinator.present_options.voice
        turn = self._own_turn(text, voice)
        source = self._foreign(text, voice) if turn is None else self._own(turn, whole=text.whole)
        async with aclosing(source) as chunks:
            async for chunk in chunks:
                yield chunk

    def _own_turn(self, text: RequestedText, voice: str) -> Turn | None:
        """Return the turn whose answer the text is; None for anybody else's text, and for another voice."""
        chat_session = current_session.get()
        if chat_session is None or self.coordinator.session(chat_session).config.voice != voice:
            return None
        turn = self.coordinator.handover.claim_answer(chat_session.conversation_id, text.first, whole=text.whole)
        if turn is not None:
            self._keep_apart(self.coordinator.session(chat_session), text, voice)
        return turn

    async def _own(self, turn: Turn, *, whole: bool) -> AsyncGenerator[bytes]:
        """Yield the turn's own audio; it ends with the turn, never with the text, whose end may never come."""
        heard = False
        try:
            async with aclosing(turn.audio.claim()) as chunks:
                async for chunk in chunks:
                    heard = True
                    yield chunk
        except SessionError as err:
            if whole or not heard:
                # Home Assistant would store what there is of a whole text for ever.
                raise
            LOGGER.warning("The answer's audio ended early: %s", err.code)

    async def _foreign(self, text: RequestedText, voice: str) -> AsyncGenerator[bytes]:
        """Yield a text read aloud beside the conversation, or in a session of its own where there is none."""
        if (failure := self._present_failure()) is not None:
            raise failure
        try:
            async with (
                self.coordinator.present_session(voice) as session,
                aclosing(session.say(await text.all())) as chunks,
            ):
                async for chunk in chunks:
                    self._keep_apart(session, text, voice)
                    yield chunk
        except SessionError as err:
            self.coordinator.report(err)
            raise

    def _present_failure(self) -> SessionError | None:
        """Return why the session need not be asked: it has just failed for good, and another engine can speak."""
        chat_session = current_session.get()
        if chat_session is None or self.coordinator.present_options.fallback_tts is None:
            return None
        failure = self.coordinator.handover.failure(chat_session.conversation_id)
        return failure if failure is not None and hopeless(failure) else None

    def _keep_apart(self, session: RealtimeSession, text: RequestedText, voice: str) -> None:
        """Keep what a lesser model's voice says from being played as the wanted one's ever after."""
        if text.whole and session.voice != voice:
            disown(self.hass, self.entity_id, text.first, self.entity_id)


async def _from_first(first: bytes, audio: AsyncGenerator[bytes], text: RequestedText) -> AsyncGenerator[bytes]:
    """Yield audio whose first chunk was taken already. Raises HomeAssistantError where it breaks off."""
    try:
        async with aclosing(audio):
            yield first
            async for chunk in audio:
                yield chunk
    except SessionError as err:
        raise translated_error(err) from err
    finally:
        text.close()


def _wav_format(options: dict[str, Any]) -> PcmFormat:
    """Return the format to deliver: what is preferred of a WAV, and the wire's own where it will be converted."""
    if options.get(tts.ATTR_PREFERRED_FORMAT) != EXTENSION:
        return WIRE
    return PcmFormat(
        rate=int(options.get(tts.ATTR_PREFERRED_SAMPLE_RATE) or WIRE.rate),
        channels=int(options.get(tts.ATTR_PREFERRED_SAMPLE_CHANNELS) or WIRE.channels),
    )
