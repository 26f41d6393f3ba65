"""The agent's ears: the user's voice goes into the conversation's session while they speak."""

import asyncio
from collections.abc import AsyncIterable, Callable, Generator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, override

from homeassistant.components import stt
from homeassistant.components.stt.models import SpeechAudioProcessing
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.chat_session import ChatSession, current_session
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import RealtimeConfigEntry
from .end_of_speech import EndOfSpeech, async_listen_until_end
from .entity import RealtimeEntity
from .fallback import hopeless, may_fall_back
from .fallback_stt import FallbackSTT, Recording
from .insight import Fallback, FallbackKind, Rung
from .issues import clear_order_unreadable, show_order_unreadable
from .model_options import AgentOptions, AnswerOrder, TurnDetectionMode
from .pipeline_run import PipelineRun, find_pipeline_run, found_no_speech, present_satellite
from .realtime.audio import PIPELINE, WIRE, Converter, byte_count
from .realtime.catalog import LANGUAGES
from .session import RealtimeSession, SessionError, TooManySessions, Turn
from .session_settings import with_ears
from .spending import BudgetReached, SpendingAction
from .turn_records import CANCELLED

PARALLEL_UPDATES = 0

# Home Assistant cuts what a satellite sends, frames of 20 ms mostly, into pieces of half that length to listen to them. To
# convert and send each piece by itself takes nearly twice the time, and all satellites share one event loop.
_LEAST_BYTES = byte_count(0.02, PIPELINE)


async def async_setup_entry(
    hass: HomeAssistant, entry: RealtimeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the speech-to-text entity of every agent."""
    for subentry_id, agent in entry.runtime_data.agents.items():
        async_add_entities([RealtimeSTTEntity(entry, agent.subentry)], config_subentry_id=subentry_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _User:
    """Who is being listened to, and by what is known of their run."""

    options: AgentOptions
    language: str
    chat_session: ChatSession | None
    """None outside of a conversation: nobody will answer."""
    run: PipelineRun | None
    satellite: str | None

    @property
    def conversation_id(self) -> str | None:
        """Return the conversation that the user speaks in."""
        return None if self.chat_session is None else self.chat_session.conversation_id


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

    @property
    @override
    def audio_processing(self) -> SpeechAudioProcessing:
        """Return whether Home Assistant has to find the end of speech."""
        by_home_assistant = self.coordinator.present_options.turn_detection is TurnDetectionMode.HOME_ASSISTANT
        return replace(super().audio_processing, requires_external_vad=by_home_assistant)

    @override
    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        """Return what was said; the turn waits for the conversation entity to answer it."""
        recording = Recording(stream, byte_count(self.coordinator.limits.replay, PIPELINE))
        user = self._present_user(metadata.language)
        if self.coordinator.spending_action is SpendingAction.HAND_OVER:
            if user.options.fallback_stt is not None:
                return await self._async_hear_again(BudgetReached(), None, user, recording)
            # Only the words are wanted, as the fallback agent answers them: whose conversation it is does not matter.
            user = replace(user, chat_session=None)
        self.coordinator.turn_begins()
        try:
            async with self.coordinator.present_session() as session:
                return await self._async_hear(session, user, recording)
        except TooManySessions as err:
            self.coordinator.report(err)
            return await self._async_hear_again(err, None, user, recording)

    def _present_user(self, language: str) -> _User:
        """Return who speaks to us in the present task."""
        chat_session = current_session.get()
        run = None if chat_session is None else find_pipeline_run(self.hass, chat_session.conversation_id)
        return _User(
            options=self.coordinator.present_options,
            language=language,
            chat_session=chat_session,
            run=run,
            satellite=present_satellite(self.hass) if run is None else run.satellite,
        )

    async def _async_hear(self, session: RealtimeSession, user: _User, recording: Recording) -> stt.SpeechResult:
        """Return what was said into a session. Raises TooManySessions at once or never."""
        turn = self._begin(session, user)
        give_up = partial(self._give_up, session, turn, self._ended(user))
        try:
            text = await self._async_listen(session, turn, user, recording)
        except SessionError as err:
            if err.code == CANCELLED:
                # The next turn has begun: what another engine would hear now nobody waits for.
                give_up(cancelled=True)
                return stt.SpeechResult(None, stt.SpeechResultState.ERROR)
            self.coordinator.report(err)
            turn.errors.setdefault(err.code, 1)
            session.take_back(turn)
            return await self._async_hear_again(err, turn, user, recording)
        except BaseException:
            # The run was cancelled, or its microphone has failed.
            give_up(cancelled=True)
            raise
        if not text:
            give_up(cancelled=True)
        elif user.conversation_id is None:
            # Without a conversation nobody will answer: the words alone are wanted.
            give_up()
        else:
            self.coordinator.handover.offer(user.conversation_id, turn, give_up)
        return stt.SpeechResult(text, stt.SpeechResultState.SUCCESS)

    def _begin(self, session: RealtimeSession, user: _User) -> Turn:
        """Begin a spoken turn; whatever the satellite is still being told ends."""
        session.configure(with_ears(session.config, self.hass, user.options, language=user.language))
        self.coordinator.last_turns.interrupt(user.satellite, session)
        turn = session.begin_turn()
        self.coordinator.last_turns.begun(user.satellite, session, turn)
        return turn

    def _ended(self, user: _User) -> Callable[..., None]:
        """Return what tells that a turn has ended without an answer of ours."""
        return partial(
            self.coordinator.turn_ended,
            conversation_id=user.conversation_id or "",
            language=user.language,
            satellite=user.satellite,
        )

    @staticmethod
    def _give_up(session: RealtimeSession, turn: Turn, ended: Callable[..., None], *, cancelled: bool = False) -> None:
        """Take back a turn that nobody will answer; what it has cost is counted when that is known."""
        session.take_back(turn)
        turn.on_finished(partial(ended, cancelled=cancelled))

    async def _async_hear_again(
        self, err: SessionError, turn: Turn | None, user: _User, recording: Recording
    ) -> stt.SpeechResult:
        """Have another engine hear what the session did not; what it understands goes on as a text.

        There is no turn where no session was to be had.
        """

        def ended(**how: Any) -> None:
            # What was asked for early may still be on its way out, with what it has cost.
            if turn is not None:
                turn.on_finished(partial(self._ended(user), **how))

        engine = user.options.fallback_stt
        text = None
        if engine is not None and may_fall_back(self.entity_id, engine):
            try:
                text = await FallbackSTT(hass=self.hass, asker=self.entity_id, engine_id=engine).async_hear(
                    recording, user.language
                )
            except asyncio.CancelledError:
                ended(cancelled=True)
                raise
        if engine is None or text is None:
            ended(rung=Rung.NONE)
            return stt.SpeechResult(None, stt.SpeechResultState.ERROR)
        fallback = Fallback(kind=FallbackKind.STT, from_=self.entity_id, to=engine, reason=err.code)
        if turn is None:
            self.coordinator.fell_back(fallback, user.conversation_id)
        elif user.conversation_id is not None and text and hopeless(err):
            self.coordinator.handover.offer_failed(
                user.conversation_id, turn, partial(ended, fallbacks=(fallback,)), text=text, fallback=fallback
            )
        else:
            # The session may live on: it is asked for the answer in a turn of its own.
            ended(fallbacks=(fallback,))
        return stt.SpeechResult(text, stt.SpeechResultState.SUCCESS)

    async def _async_listen(self, session: RealtimeSession, turn: Turn, user: _User, recording: Recording) -> str:
        """Stream the voice into the turn and wait for its words, empty for none. Raises SessionError."""
        with self._foreseeing(session, turn, user):
            end = await self._async_until_end(session, turn, user, recording)
        if end is EndOfSpeech.NO_SPEECH:
            return ""
        # A turn that has failed is short because nobody took in the rest of it.
        if not turn.finished and not turn.committed:
            if turn.too_short:
                return ""
            session.commit(turn)
        return await session.transcript(turn)

    async def _async_until_end(
        self, session: RealtimeSession, turn: Turn, user: _User, recording: Recording
    ) -> EndOfSpeech:
        """Append the voice until its end, which either Home Assistant finds, and ends the stream, or the server."""
        appending = self._async_append(session, turn, recording)
        if user.options.turn_detection is TurnDetectionMode.HOME_ASSISTANT:
            await appending
            return EndOfSpeech.STREAM
        return await async_listen_until_end(turn, appending, self.coordinator.clock, self.coordinator.listening_limits)

    async def _async_append(self, session: RealtimeSession, turn: Turn, recording: Recording) -> None:
        """Append the voice as it comes; a turn that has failed needs no more of it."""
        converter = Converter(PIPELINE, WIRE)
        waiting = b""
        async with aclosing(recording.live()) as frames:
            async for frame in frames:
                if turn.finished:
                    return
                waiting += frame
                if len(waiting) < _LEAST_BYTES:
                    continue
                if pcm := converter.process(waiting):
                    session.append(turn, pcm)
                waiting = b""
        if pcm := converter.process(waiting) + converter.flush():
            session.append(turn, pcm)

    @contextmanager
    def _foreseeing(self, session: RealtimeSession, turn: Turn, user: _User) -> Generator[None]:
        """Have the answer asked for at the end of speech, if by then it is known with what; that is never waited for."""
        foresight = self.coordinator.foresight
        self._show_readability(user)
        if user.chat_session is None or not foresight.worth_while(user.options, user.run):
            yield
            return
        task = self.coordinator.entry.async_create_background_task(
            self.hass, self._async_foresee(session, turn, user, user.chat_session), "realtime answer foreseen"
        )
        try:
            yield
        finally:
            task.cancel()
            foresight.user_finished(user.chat_session.conversation_id)
            if user.run is not None and found_no_speech(self.hass, user.run):
                # There may be nothing to answer: the words are waited for.
                turn.early = False

    def _show_readability(self, user: _User) -> None:
        """Show among the repairs whether a run can be read of which its agent wants to know more than there is."""
        agent = self.coordinator.subentry
        if user.chat_session is None or user.options.answer_order is not AnswerOrder.EAGER:
            return
        if user.run is None:
            show_order_unreadable(self.hass, self.coordinator.entry, agent)
        else:
            clear_order_unreadable(self.hass, agent.subentry_id)

    async def _async_foresee(
        self, session: RealtimeSession, turn: Turn, user: _User, chat_session: ChatSession
    ) -> None:
        """Tell the session what it will be asked with."""
        foresight = self.coordinator.foresight
        foreseen = await foresight.async_foresee(session.config, user.options, chat_session, user.run, user.language)
        if foreseen is None or not foresight.trusted or turn.committed or turn.finished:
            return
        session.configure(foreseen.config)
        session.settle(foreseen.history)
        turn.early = True
