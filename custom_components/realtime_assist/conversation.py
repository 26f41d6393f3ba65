"""The agent's mind: answers in the conversation's realtime session, out of what it heard or of a text."""

from contextlib import aclosing
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
from .errors import async_error_sentence
from .llm_tools import LLMToolExecutor, function_tools
from .pipeline_run import find_pipeline_run
from .realtime import ConversationItem, Modality
from .session import RealtimeSession, SessionError, Turn

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: RealtimeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the conversation entity of every agent."""
    for subentry_id, agent in entry.runtime_data.agents.items():
        async_add_entities([RealtimeConversationEntity(entry, agent.subentry)], config_subentry_id=subentry_id)


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
        async with self.coordinator.present_session() as session:
            try:
                await self._async_answer(session, user_input, chat_log)
            except SessionError as err:
                self.coordinator.report(err)
                return await self._async_error_result(user_input, chat_log, err)
            finally:
                session.remember(history_from_chat_log(chat_log.content))
        return conversation.async_get_result_from_chat_log(user_input, chat_log)

    async def _async_answer(
        self, session: RealtimeSession, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> None:
        """Have the session answer, and tell the chat log as it does. Raises SessionError."""
        history = history_from_chat_log(chat_log.content[:-1])
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
        await self._async_stream(session, turn, history, chat_log)

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
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog, err: SessionError
    ) -> conversation.ConversationResult:
        """Return a sentence that says what is wrong; the conversation stays closed after it."""
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
