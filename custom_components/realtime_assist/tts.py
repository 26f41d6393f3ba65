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
from homeassistant.util import dt as dt_util

from .account_models import AccountModels
from .chat_log import last_words
from .const import LOGGER
from .coordinator import RealtimeConfigEntry
from .entity import RealtimeEntity
from .errors import translated_error
from .fallback import hopeless, may_fall_back
from .fallback_tts import FallbackTTS, disown
from .insight import Fallback, FallbackKind
from .pipeline_run import present_satellite
from .realtime.audio import WIRE, Converter, PcmFormat, wav_header
from .realtime.catalog import LANGUAGES
from .requested_text import RequestedText
from .session import RealtimeSession, ServerFault, SessionError, Turn
from .spending import BudgetReached, SpendingAction
from .turn_records import CANCELLED

PARALLEL_UPDATES = 0

# The only container that is made here; Home Assistant converts to any other.
EXTENSION = "wav"
# The voice of the satellite that asks. It is an option of its own, as a pipeline's voice takes the place of `voice`, and
# an option at all, as Home Assistant keeps short texts by their options: no satellite gets what another one's voice said.
ATTR_SATELLITE_VOICE = "satellite_voice"
# With the preferences delivered here, no ffmpeg has to start for a satellite that asks for wav.
OPTIONS = (
    tts.ATTR_VOICE,
    ATTR_SATELLITE_VOICE,
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
        """Return the agent's voice, and the one of the satellite that asks, where it has one.

        Home Assistant keeps short texts by their options, so the voices must be among them.
        """
        options = self.coordinator.present_options
        voices = {tts.ATTR_VOICE: options.voice}
        satellite = present_satellite(self.hass)
        if satellite is not None and (voice := options.satellite_voices.get(satellite)):
            voices[ATTR_SATELLITE_VOICE] = voice
        return voices

    @property
    @override
    def default_language(self) -> str:
        """Return the house's language where the voices speak it."""
        language = self.hass.config.language.partition("-")[0]
        return language if language in LANGUAGES else "en"

    @callback
    @override
    def async_get_supported_voices(self, language: str) -> list[tts.Voice]:
        """Return the voices of the agent's model; each speaks every language."""
        models = AccountModels(entry=self.coordinator.entry, today=dt_util.now().date())
        voices = models.voices(self.coordinator.options.first_model)
        return [tts.Voice(voice, voice.capitalize()) for voice in voices]

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
                if err.code == CANCELLED and not text.whole:
                    # Whoever stopped the answer does not want to hear it from somebody else.
                    return tts.TTSAudioResponse(EXTENSION, _silence(request.options))
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
        options = request.options
        wanted = options.get(ATTR_SATELLITE_VOICE) or options.get(tts.ATTR_VOICE)
        voice = wanted or self.coordinator.present_options.voice
        turn = self._own_turn(text, voice)
        source = self._foreign(text, voice) if turn is None else self._own(turn, text, voice)
        async with aclosing(source) as chunks:
            async for chunk in chunks:
                yield chunk

    def _own_turn(self, text: RequestedText, voice: str) -> Turn | None:
        """Return the turn whose answer the text is; None for anybody else's text, and for another voice."""
        chat_session = current_session.get()
        if chat_session is None or chat_session.conversation_id not in self.coordinator.pool:
            return None
        if self.coordinator.session(chat_session).config.voice != voice:
            return None
        turn = self.coordinator.handover.claim_answer(chat_session.conversation_id, text.first, whole=text.whole)
        if turn is not None:
            self._keep_apart(self.coordinator.session(chat_session), text, voice)
        return turn

    async def _own(self, turn: Turn, text: RequestedText, voice: str) -> AsyncGenerator[bytes]:
        """Yield the turn's own audio; it ends with the turn, never with the text, whose end may never come.

        Where it breaks off, what is said instead follows: why there is no more of it, or somebody else's answer.
        """
        heard = False
        try:
            async with aclosing(turn.audio.claim()) as chunks:
                async for chunk in chunks:
                    heard = True
                    yield chunk
        except SessionError as err:
            if not heard or text.whole or err.code == CANCELLED:
                raise
            LOGGER.warning("The answer's audio ended early: %s", err.code)
            async with aclosing(self._instead(turn, text, voice)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _instead(self, turn: Turn, text: RequestedText, voice: str) -> AsyncGenerator[bytes]:
        """Yield what the conversation ends in where that is no part of what the turn has said."""
        # By then the agent has told the chat log all there is.
        await text.all()
        chat_session = current_session.get()
        words = "" if chat_session is None else last_words(self.hass, chat_session.conversation_id)
        if words not in turn.answer_text:
            async with aclosing(self._read_aloud(words, voice)) as chunks:
                async for _, chunk in chunks:
                    yield chunk

    async def _foreign(self, text: RequestedText, voice: str) -> AsyncGenerator[bytes]:
        """Yield a text of somebody else's."""
        if (failure := self._present_failure()) is not None:
            raise failure
        async with aclosing(self._read_aloud(await text.all(), voice)) as chunks:
            async for session, chunk in chunks:
                self._keep_apart(session, text, voice)
                yield chunk

    async def _read_aloud(self, words: str, voice: str) -> AsyncGenerator[tuple[RealtimeSession, bytes]]:
        """Yield words that are read aloud beside the conversation, or in a session of its own where there is none."""
        try:
            async with self.coordinator.present_session(voice) as session, aclosing(session.say(words)) as chunks:
                async for chunk in chunks:
                    yield session, chunk
        except SessionError as err:
            self.coordinator.report(err)
            raise

    def _present_failure(self) -> SessionError | None:
        """Return why the session need not be asked: it has failed for good, or is too dear, and another engine can speak."""
        chat_session = current_session.get()
        if self.coordinator.present_options.fallback_tts is None:
            return None
        if self.coordinator.spending_action is SpendingAction.HAND_OVER:
            return BudgetReached()
        if chat_session is None:
            return None
        failure = self.coordinator.handover.failure(chat_session.conversation_id)
        return failure if failure is not None and hopeless(failure) else None

    def _keep_apart(self, session: RealtimeSession, text: RequestedText, voice: str) -> None:
        """Keep what a lesser model's voice says from being played as the wanted one's ever after."""
        if text.whole and session.voice != voice:
            disown(self.hass, self.entity_id, text.first, self.entity_id)


async def _from_first(first: bytes, audio: AsyncGenerator[bytes], text: RequestedText) -> AsyncGenerator[bytes]:
    """Yield audio whose first chunk was taken already; where it breaks off, it ends.

    Raises HomeAssistantError instead where Home Assistant would keep what there is of it for ever.
    """
    try:
        async with aclosing(audio):
            yield first
            async for chunk in audio:
                yield chunk
    except SessionError as err:
        if text.whole:
            raise translated_error(err) from err
        if err.code != CANCELLED:
            LOGGER.warning("The answer's audio ended early: %s", err.code)
    finally:
        text.close()


async def _silence(options: dict[str, Any]) -> AsyncGenerator[bytes]:
    """Yield a WAV stream without any sound in it."""
    yield wav_header(_wav_format(options))


def _wav_format(options: dict[str, Any]) -> PcmFormat:
    """Return the format to deliver: what is preferred of a WAV, and the wire's own where it will be converted."""
    if options.get(tts.ATTR_PREFERRED_FORMAT) != EXTENSION:
        return WIRE
    return PcmFormat(
        rate=int(options.get(tts.ATTR_PREFERRED_SAMPLE_RATE) or WIRE.rate),
        channels=int(options.get(tts.ATTR_PREFERRED_SAMPLE_CHANNELS) or WIRE.channels),
    )
