"""What the answer will be asked to be, foreseen while the user still speaks.

It is made by Home Assistant's own code, out of a copy of the conversation's chat log, so that equal inputs give equal
words. What cannot be known before the agent is asked, such as a prompt that comes with the question, makes it wrong;
then the early answer is made again, and none is given early until a foresight has come true again.
"""

import asyncio
from copy import copy
from dataclasses import dataclass, replace

from homeassistant.components import conversation
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.chat_session import ChatSession

from .chat_log import history_from_chat_log
from .const import DOMAIN, LOGGER
from .model_options import AgentOptions, AnswerOrder
from .pipeline_run import PipelineRun
from .realtime import ConversationItem, Dialect, SessionConfig
from .session_settings import with_chat_log
from .sound import answer_sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What an agent will be asked with."""

    config: SessionConfig
    history: list[ConversationItem]


class Foresight:
    """Foresees the answers of one agent, which is asked in a dialect; `agent_id` is its subentry's."""

    def __init__(self, hass: HomeAssistant, agent_id: str, dialect: Dialect) -> None:
        self._hass = hass
        self._agent_id = agent_id
        self._can_take_back = dialect.cancels and dialect.deletes_items
        self._agent_prepared: dict[str, asyncio.Future[str | None]] = {}
        self._foreseen: dict[str, tuple[str | None, SessionConfig]] = {}
        self.trusted = True
        """Whether the last foresight has come true, as far as that is known."""

    @property
    def _entity_id(self) -> str | None:
        """Return which agent pipelines know ours as."""
        unique_id = f"{self._agent_id}_{Platform.CONVERSATION}"
        return er.async_get(self._hass).async_get_entity_id(Platform.CONVERSATION, DOMAIN, unique_id)

    def worth_while(self, options: AgentOptions, run: PipelineRun | None) -> bool:
        """Return whether the answer may be asked for before the agent is, by what is known of a run."""
        if not self._can_take_back:
            return False
        match options.answer_order:
            case AnswerOrder.SAFE:
                return False
            case AnswerOrder.EAGER:
                return True
            case AnswerOrder.AUTOMATIC:
                return (
                    run is not None
                    and run.conversation_engine == self._entity_id
                    and not run.prefer_local_intents
                    and run.satellite is not None
                    and run.area_id is not None
                )

    @callback
    def agent_prepared(self, conversation_id: str, run: PipelineRun | None) -> None:
        """Take note that a run has prepared our agent: it is the one that will be asked, and not only our ears."""
        if self._prepared(conversation_id).done():
            # An earlier run has prepared it, and our ears were not in that one.
            self.user_finished(conversation_id)
        self._prepared(conversation_id).set_result(None if run is None else run.id)

    def _prepared(self, conversation_id: str) -> asyncio.Future[str | None]:
        """Return what is done when the agent is prepared, with the id of the run."""
        return self._agent_prepared.setdefault(conversation_id, self._hass.loop.create_future())

    @callback
    def user_finished(self, conversation_id: str) -> None:
        """Forget which run has prepared the agent, as there is nothing to foresee any more."""
        self._agent_prepared.pop(conversation_id, None)

    @callback
    def forget(self, conversation_id: str) -> None:
        """Forget a conversation that is over."""
        self.user_finished(conversation_id)
        self._foreseen.pop(conversation_id, None)

    async def async_foresee(
        self,
        config: SessionConfig,
        options: AgentOptions,
        chat_session: ChatSession,
        run: PipelineRun | None,
        language: str,
    ) -> Foreseen | None:
        """Return what the agent will be asked with, as soon as it is known to be asked; None where it cannot be known.

        `config` has the agent's ears already, and `language` is the user's.
        """
        conversation_id = chat_session.conversation_id
        run_id = None if run is None else run.id
        if await self._prepared(conversation_id) != run_id:
            return None
        chat_log = self._copied_chat_log(conversation_id)
        user_input = self._user_input(chat_session, run, language)
        try:
            await chat_log.async_provide_llm_data(
                user_input.as_llm_context(DOMAIN), list(options.llm_hass_api), options.prompt, None
            )
        except conversation.ConverseError:
            return None
        sound = answer_sound(self._hass, self._agent_id, options, run, heard=True)
        foreseen = Foreseen(
            config=with_chat_log(config, options, chat_log, sound), history=history_from_chat_log(chat_log.content)
        )
        self._foreseen[conversation_id] = run_id, foreseen.config
        return foreseen

    @callback
    def compare(self, conversation_id: str, run: PipelineRun | None, config: SessionConfig) -> None:
        """Take note of what the agent is really asked with in a run."""
        run_id, foreseen = self._foreseen.pop(conversation_id, (None, None))
        if foreseen is None or run_id != (None if run is None else run.id):
            return
        if self.trusted and foreseen != config:
            LOGGER.debug("The answer is asked for with something that could not be foreseen")
        self.trusted = foreseen == config

    def _copied_chat_log(self, conversation_id: str) -> conversation.ChatLog:
        """Return the conversation's chat log as one of our own; what is done to it, nobody sees."""
        name = f"{conversation_id} foreseen"
        known = self._hass.data.get(DATA_CHAT_LOGS, {}).get(conversation_id)
        if known is None:
            return conversation.ChatLog(self._hass, name)
        return replace(
            known,
            conversation_id=name,
            content=list(known.content),
            llm_api=copy(known.llm_api),
            delta_listener=None,
        )

    def _user_input(
        self, chat_session: ChatSession, run: PipelineRun | None, language: str
    ) -> conversation.ConversationInput:
        """Return what the run will ask the agent with, but for the words."""
        # The owner of a conversation is known from its second turn on, since 2026.11; satellites act for nobody.
        owner = getattr(chat_session, "user_id", None)
        return conversation.ConversationInput(
            text="",
            context=Context(user_id=owner if isinstance(owner, str) else None),
            conversation_id=chat_session.conversation_id,
            device_id=None if run is None else run.device_id,
            satellite_id=None if run is None else run.satellite,
            language=language if run is None else run.language,
            agent_id=self._entity_id or "",
        )
