"""The agent's mind: answers in the conversation's realtime session, out of what it heard or of a text."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, override

from homeassistant.components import conversation
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import MATCH_ALL, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import intent
from homeassistant.helpers.chat_session import current_session
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .answering import Answering
from .chat_log import answer_calls, history_from_chat_log
from .const import DOMAIN
from .coordinator import RealtimeConfigEntry
from .entity import RealtimeEntity
from .errors import async_actions_sentence, async_error_sentence
from .fallback import Actions, FallbackAgent, is_waiting, may_fall_back
from .follow_up import end_tool
from .insight import Fallback, Rung
from .pipeline_run import find_pipeline_run
from .realtime import Modality
from .session import LadderExhausted, RealtimeSession, SessionError, TooManySessions, Turn
from .session_settings import with_chat_log
from .sound import answer_sound
from .spending import BudgetReached, SpendingAction
from .turn_records import CANCELLED

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: RealtimeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the conversation entity of every agent."""
    for subentry_id, agent in entry.runtime_data.agents.items():
        async_add_entities([RealtimeConversationEntity(entry, agent.subentry)], config_subentry_id=subentry_id)


@dataclass(slots=True)
class _End:
    """How a turn ends, as far as its session does not know."""

    fallbacks: list[Fallback] = field(default_factory=list)
    rung: Rung | None = None
    cancelled: bool = False


class RealtimeConversationEntity(RealtimeEntity, conversation.ConversationEntity):
    """A conversation agent on a realtime session."""

    _attr_name = None
    _attr_supports_streaming = True

    def __init__(self, entry: RealtimeConfigEntry, subentry: ConfigSubentry) -> None:
        super().__init__(entry, subentry, Platform.CONVERSATION)

    @property
    @override
    def supported_features(self) -> conversation.ConversationEntityFeature:
        """Return that the agent can switch things where it has tools."""
        if self.coordinator.options.llm_hass_api:
            return conversation.ConversationEntityFeature.CONTROL
        return conversation.ConversationEntityFeature(0)

    @property
    @override
    def supported_languages(self) -> list[str] | Literal["*"]:
        """Return that the model speaks whatever it is spoken to in."""
        return MATCH_ALL

    @override
    async def async_prepare(self, language: str | None = None) -> None:
        """Open the conversation's session while the user still speaks; safe to call at any time."""
        if (chat_session := current_session.get()) is None:
            return
        if self.coordinator.spending_action is SpendingAction.HAND_OVER:
            return
        self.coordinator.turn_begins()
        try:
            session = self.coordinator.session(chat_session)
        except TooManySessions:
            return  # It is told when the agent is asked; there may be room by then.
        run = find_pipeline_run(self.hass, chat_session.conversation_id)
        self.coordinator.foresight.agent_prepared(chat_session.conversation_id, run)
        self.coordinator.last_turns.interrupt(None if run is None else run.satellite, session)
        session.prepare()

    @override
    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        """Answer what the session heard, or the text where somebody else heard it."""
        options = self.coordinator.present_options
        try:
            await chat_log.async_provide_llm_data(
                user_input.as_llm_context(DOMAIN),
                list(options.llm_hass_api),
                options.prompt,
                user_input.extra_system_prompt,
            )
        except conversation.ConverseError as err:
            return err.as_conversation_result()
        if is_waiting(self.entity_id):
            return await self._async_error_result(user_input, chat_log, LadderExhausted())
        failed = self.coordinator.handover.claim_failed(chat_log.conversation_id, user_input.text)
        if failed is not None:
            turn, heard_by = failed
            with self._ending(turn, user_input, chat_log) as end:
                end.fallbacks.append(heard_by)
                return await self._async_fall_back(user_input, chat_log, turn.error or LadderExhausted(), end)
        if not self.coordinator.handover.has_speech(chat_log.conversation_id, user_input.text):
            # A turn that was heard before a budget was used up is finished as it began.
            if self.coordinator.spending_action is SpendingAction.HAND_OVER:
                return await self._async_hand_over(user_input, chat_log)
            self.coordinator.turn_begins()
        try:
            async with self.coordinator.present_session() as session:
                return await self._async_answer(session, user_input, chat_log)
        except TooManySessions as err:
            self.coordinator.report(err)
            return await self._async_error_result(user_input, chat_log, err)

    async def _async_hand_over(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        """Have the fallback agent answer without asking a model; without one, a sentence says why."""
        end = _End()
        result = await self._async_fall_back(user_input, chat_log, BudgetReached(), end)
        for fallback in end.fallbacks:
            self.coordinator.fell_back(fallback, chat_log.conversation_id)
        return result

    async def _async_answer(
        self, session: RealtimeSession, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        """Answer in a session."""
        history = history_from_chat_log(chat_log.content[:-1])
        answering = self._begin(session, user_input, chat_log)
        with self._ending(answering.turn, user_input, chat_log) as end:
            try:
                await answering.async_run(history)
            except SessionError as err:
                if err.code == CANCELLED:
                    # The next turn has begun: nobody waits for this answer, or for somebody else's in its place.
                    return _silent_result(user_input, chat_log)
                self.coordinator.report(err)
                return await self._async_fall_back(user_input, chat_log, err, end)
        result = conversation.async_get_result_from_chat_log(user_input, chat_log)
        follow_up = self.coordinator.present_options.follow_up
        return replace(result, continue_conversation=answering.listens_on(follow_up))

    @contextmanager
    def _ending(
        self, turn: Turn, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> Generator[_End]:
        """Take note of the turn when it has ended, in whatever way it does."""
        end = _End()
        try:
            yield end
        except asyncio.CancelledError:
            end.cancelled = True
            raise
        finally:
            # Usage may still come when the answer is all there; until then the session is in use.
            self.coordinator.session_watch.lent()
            turn.on_finished(partial(self._turn_finished, end, user_input, chat_log.conversation_id))

    @callback
    def _turn_finished(
        self, end: _End, user_input: conversation.ConversationInput, conversation_id: str, turn: Turn
    ) -> None:
        """Take note of a turn that nothing more will come of."""
        self.coordinator.session_watch.returned()
        cancelled = end.cancelled or (turn.error is not None and turn.error.code == CANCELLED)
        if turn.error is not None and end.rung is None and not cancelled:
            self.coordinator.report(turn.error)
        self.coordinator.turn_ended(
            turn,
            conversation_id=conversation_id,
            language=user_input.language,
            satellite=user_input.satellite_id,
            fallbacks=end.fallbacks,
            rung=end.rung,
            cancelled=cancelled,
        )

    async def _async_fall_back(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog, err: SessionError, end: _End
    ) -> conversation.ConversationResult:
        """Have the fallback agent answer; where it cannot or must not, a sentence says what is wrong."""
        agent_id = self.coordinator.present_options.fallback_agent
        actions = Actions.of(chat_log.content)
        if agent_id is not None and FallbackAgent.can_help(err, actions) and may_fall_back(self.entity_id, agent_id):
            agent = FallbackAgent(self.hass, self.entity_id, agent_id)
            if (result := await agent.async_answer(user_input, chat_log)) is not None:
                end.rung = Rung.FALLBACK_AGENT
                end.fallbacks.append(agent.told(err))
                return result
            answer_calls(chat_log, self.entity_id)
            actions = Actions.of(chat_log.content)
        end.rung = Rung.NONE
        return await self._async_error_result(user_input, chat_log, err, actions)

    def _begin(
        self, session: RealtimeSession, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> Answering:
        """Return the turn to answer, the one that was heard or one of a text, in a session that knows all it needs."""
        options = self.coordinator.present_options
        turn = self.coordinator.handover.claim_speech(chat_log.conversation_id, user_input.text)
        run = find_pipeline_run(self.hass, chat_log.conversation_id)
        sound = answer_sound(self.hass, self.coordinator.subentry.subentry_id, options, run, heard=turn is not None)
        config = with_chat_log(session.config, options, chat_log, sound)
        session.configure(config)
        if turn is None:
            self.coordinator.last_turns.interrupt(user_input.satellite_id, session)
            turn = session.begin_turn(text=user_input.text)
            self.coordinator.last_turns.begun(user_input.satellite_id, session, turn)
        else:
            self.coordinator.foresight.compare(chat_log.conversation_id, run, config)
        if sound.modality is Modality.AUDIO:
            self.coordinator.handover.answer(chat_log.conversation_id, turn)
        return Answering(
            session,
            turn,
            chat_log,
            agent_id=self.entity_id,
            sound=sound,
            end_tool=end_tool(chat_log.llm_api, options.follow_up, spoken=sound.spoken),
        )

    async def _async_error_result(
        self,
        user_input: conversation.ConversationInput,
        chat_log: conversation.ChatLog,
        err: SessionError,
        actions: Actions | None = None,
    ) -> conversation.ConversationResult:
        """Return a sentence that says what is wrong, or what was done; the conversation stays closed after it."""
        if actions is not None and actions.started:
            sentence = await async_actions_sentence(self.hass, user_input.language, actions.started, actions.done)
        else:
            sentence = await async_error_sentence(self.hass, user_input.language, err)
        chat_log.async_add_assistant_content_without_tools(
            conversation.AssistantContent(agent_id=self.entity_id, content=sentence)
        )
        response = intent.IntentResponse(language=user_input.language)
        response.async_set_error(intent.IntentResponseErrorCode.FAILED_TO_HANDLE, sentence)
        return conversation.ConversationResult(response=response, conversation_id=chat_log.conversation_id)


def _silent_result(
    user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
) -> conversation.ConversationResult:
    """Return an answer of no words; what was said before stays in the chat log."""
    response = intent.IntentResponse(language=user_input.language)
    response.async_set_speech("")
    return conversation.ConversationResult(response=response, conversation_id=chat_log.conversation_id)
