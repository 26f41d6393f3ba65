"""Who answers when no model can: another agent, asked within the same conversation."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from homeassistant.components import conversation
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent

from .const import LOGGER
from .insight import Fallback, FallbackKind
from .session import LadderExhausted, ResponseFiltered, SessionError

# Who waits for their fallback in the present task; what that fallback starts inherits it.
_waiting: ContextVar[frozenset[str]] = ContextVar("realtime_assist_waiting", default=frozenset())


@contextmanager
def waiting(entity_id: str) -> Generator[None]:
    """Mark an entity as one that waits for its fallback; whoever asks it meanwhile would go in a circle."""
    token = _waiting.set(_waiting.get() | {entity_id})
    try:
        yield
    finally:
        _waiting.reset(token)


def is_waiting(entity_id: str) -> bool:
    """Return whether an entity waits for its fallback, which has led here."""
    return entity_id in _waiting.get()


def may_fall_back(asker: str, fallback: str | None) -> bool:
    """Return whether there is a fallback that has not been asked already on the way here."""
    if fallback is None:
        return False
    if fallback == asker or is_waiting(fallback):
        LOGGER.warning("%s is to stand in for %s, which leads back to it; it is not asked", fallback, asker)
        return False
    return True


def hopeless(error: SessionError) -> bool:
    """Return whether asking the session again at once would fail in the same way."""
    return error.whole_account or isinstance(error, LadderExhausted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """What a turn has done to the house before it broke off."""

    started: int
    done: int

    @classmethod
    def of(cls, content: Sequence[conversation.Content]) -> Actions:
        """Count the calls of the last turn in a chat log, and those whose result is no error."""
        begin = max((i for i, entry in enumerate(content) if isinstance(entry, conversation.UserContent)), default=0)
        started = done = 0
        for entry in content[begin:]:
            match entry:
                case conversation.AssistantContent():
                    started += len(entry.tool_calls or ())
                case conversation.ToolResultContent():
                    done += not entry.result.error
        return cls(started=started, done=done)


class FallbackAgent:
    """Another agent that answers in place of ours."""

    def __init__(self, hass: HomeAssistant, asker: str, agent_id: str) -> None:
        self._hass = hass
        self._asker = asker
        self._agent_id = agent_id

    @staticmethod
    def can_help(error: SessionError, actions: Actions) -> bool:
        """Return whether another agent may be asked: not for what was refused, and not after a tool has started."""
        return not isinstance(error, ResponseFiltered) and not actions.started

    def told(self, error: SessionError) -> Fallback:
        """Return the record of the step."""
        return Fallback(kind=FallbackKind.AGENT, from_=self._asker, to=self._agent_id, reason=error.code)

    async def async_answer(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult | None:
        """Return the agent's own result; None where it has none, and the chat log is then as it was before.

        It answers in our task and in our chat log, which Home Assistant finds by the conversation's id and in which it
        does not put the user's words a second time where they are the last entry.
        """
        before = list(chat_log.content)
        # What we have said of a broken answer comes from nobody now.
        while not isinstance(chat_log.content[-1], conversation.UserContent):
            chat_log.content.pop()
        try:
            with waiting(self._asker):
                result = await conversation.async_converse(
                    self._hass,
                    user_input.text,
                    chat_log.conversation_id,
                    user_input.context,
                    language=user_input.language,
                    agent_id=self._agent_id,
                    device_id=user_input.device_id,
                    satellite_id=user_input.satellite_id,
                    extra_system_prompt=user_input.extra_system_prompt,
                )
        except Exception as err:  # noqa: BLE001 - Somebody else's agent may raise anything; the user is told of ours.
            LOGGER.warning("%s cannot stand in for %s: %s", self._agent_id, self._asker, type(err).__name__)
            chat_log.content[:] = before
            return None
        if result.response.response_type is intent.IntentResponseType.ERROR:
            LOGGER.warning("%s cannot answer in place of %s either", self._agent_id, self._asker)
            if Actions.of(chat_log.content).started == 0:
                chat_log.content[:] = before
            return None
        self._complete(chat_log, result)
        return result

    def _complete(self, chat_log: conversation.ChatLog, result: conversation.ConversationResult) -> None:
        """Add the answer of an agent that keeps no chat log."""
        if isinstance(chat_log.content[-1], conversation.AssistantContent):
            return
        speech = result.response.speech.get("plain", {}).get("speech") or ""
        chat_log.async_add_assistant_content_without_tools(
            conversation.AssistantContent(agent_id=self._agent_id, content=speech)
        )
