"""The agent's mind: answers in the conversation's realtime session, out of what it heard or of a text."""

import asyncio
from collections.abc import Generator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Literal, override

from homeassistant.components import conversation
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import MATCH_ALL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, intent, llm
from homeassistant.helpers.chat_session import current_session
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .chat_log import deltas_from_turn, history_from_chat_log, unanswered_calls
from .const import DOMAIN
from .coordinator import RealtimeConfigEntry
from .entity import RealtimeEntity
from .errors import async_actions_sentence, async_error_sentence
from .fallback import Actions, FallbackAgent, is_waiting, may_fall_back
from .insight import Fallback, Rung
from .llm_tools import LLMToolExecutor, function_tools
from .pipeline_run import find_pipeline_run
from .realtime import ConversationItem, Modality
from .session import LadderExhausted, RealtimeSession, SessionError, Turn

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
        """Open the conversation's session while the user still speaks."""
        if (chat_session := current_session.get()) is not None:
            self.coordinator.session(chat_session).prepare()

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
        async with self.coordinator.present_session() as session:
            history = history_from_chat_log(chat_log.content[:-1])
            turn = self._begin(session, user_input, chat_log)
            with self._ending(turn, user_input, chat_log) as end:
                try:
                    await self._async_stream(session, turn, history, chat_log)
                except SessionError as err:
                    self.coordinator.report(err)
                    return await self._async_fall_back(user_input, chat_log, err, end)
        return conversation.async_get_result_from_chat_log(user_input, chat_log)

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
            self.coordinator.turn_ended(
                turn,
                conversation_id=chat_log.conversation_id,
                language=user_input.language,
                satellite=user_input.satellite_id,
                fallbacks=end.fallbacks,
                rung=end.rung,
                cancelled=end.cancelled,
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
            self._answer_calls(chat_log)
            actions = Actions.of(chat_log.content)
        end.rung = Rung.NONE
        return await self._async_error_result(user_input, chat_log, err, actions)

    def _begin(
        self, session: RealtimeSession, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> Turn:
        """Return the turn to answer: the one that was heard, or one of a text."""
        turn = self.coordinator.handover.claim_speech(chat_log.conversation_id, user_input.text)
        modality, voice = self._sound(chat_log.conversation_id, spoken=turn is not None)
        system = chat_log.content[0].content if chat_log.content[0].role == "system" else ""
        session.configure(
            self.coordinator.session_config(
                instructions=system,
                tools=function_tools(chat_log.llm_api),
                modality=modality,
                voice=voice,
                language=user_input.language,
            )
        )
        turn = turn or session.begin_turn(text=user_input.text)
        if modality is Modality.AUDIO:
            self.coordinator.handover.answer(chat_log.conversation_id, turn)
        return turn

    async def _async_stream(
        self, session: RealtimeSession, turn: Turn, history: list[ConversationItem], chat_log: conversation.ChatLog
    ) -> None:
        """Stream the turn's answer into the chat log, which then ends in what the assistant said."""
        failures: list[SessionError] = []
        try:
            async with aclosing(session.answer(turn, history, LLMToolExecutor(chat_log))) as events:
                deltas = deltas_from_turn(events, failures.append)
                async for _ in chat_log.async_add_delta_content_stream(self.entity_id, deltas):
                    pass
        finally:
            self._answer_calls(chat_log)
            # What somebody else adds to the chat log from here on is news to the session.
            session.remember(history_from_chat_log(chat_log.content))
        if failures:
            raise failures[0]
        if not isinstance(chat_log.content[-1], conversation.AssistantContent):
            # A model may end on a tool call, or say nothing at all: silence is an answer, too.
            chat_log.async_add_assistant_content_without_tools(
                conversation.AssistantContent(agent_id=self.entity_id, content="")
            )

    def _answer_calls(self, chat_log: conversation.ChatLog) -> None:
        """Give the calls that a cancelled run leaves behind a result, as other agents may go on from here."""
        for call in unanswered_calls(chat_log.content):
            chat_log.async_add_assistant_content_without_tools(
                conversation.ToolResultContent(
                    agent_id=self.entity_id,
                    tool_call_id=call.id,
                    tool_name=call.tool_name,
                    result=llm.ToolResult(data={"error": "Cancelled"}, error=True),
                )
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

    def _sound(self, conversation_id: str, *, spoken: bool) -> tuple[Modality, str | None]:
        """Return what the answer is to be made of, and its voice: sound is paid for where our own engine speaks it."""
        run = find_pipeline_run(self.hass, conversation_id)
        if run is None:
            return Modality.AUDIO if spoken else Modality.TEXT, None
        engine = er.async_get(self.hass).async_get_entity_id(
            Platform.TTS, DOMAIN, f"{self.coordinator.subentry.subentry_id}_{Platform.TTS}"
        )
        if engine is None or run.tts_engine != engine:
            return Modality.TEXT, None
        return Modality.AUDIO, run.tts_voice
