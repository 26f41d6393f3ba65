"""The chat log and the session's conversation: each told in the other's words."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from contextlib import suppress
from typing import Any, cast

from homeassistant.components import conversation
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
from homeassistant.helpers.json import json_encoder_default
from homeassistant.util.json import JsonObjectType

from .realtime import AssistantMessage, ConversationItem, FunctionCall, FunctionCallOutput, UserMessage, encoded
from .session import (
    AudioStarted,
    MessageStarted,
    SessionError,
    TextDelta,
    ToolCalled,
    ToolFailed,
    ToolReturned,
    TurnEvent,
    parse_arguments,
)

type Delta = conversation.AssistantContentDeltaDict | conversation.ToolResultContentDeltaDict


def history_from_chat_log(content: Sequence[conversation.Content]) -> list[ConversationItem]:
    """Return the conversation that the chat log holds; the system prompt is the session's instructions."""
    items: list[ConversationItem] = []
    for entry in content:
        match entry:
            case conversation.UserContent():
                items.append(UserMessage(entry.content))
            case conversation.AssistantContent():
                if entry.content:
                    items.append(AssistantMessage(entry.content))
                items += [_function_call(tool_input) for tool_input in entry.tool_calls or ()]
            case conversation.ToolResultContent():
                output = encoded(entry.result.data, json_encoder_default).decode()
                items.append(FunctionCallOutput(call_id=_wire_call_id(entry.tool_call_id), output=output))
    return items


def last_words(hass: HomeAssistant, conversation_id: str) -> str:
    """Return what the assistant has said last in a conversation, whoever it was; empty for nothing."""
    chat_log = hass.data.get(DATA_CHAT_LOGS, {}).get(conversation_id)
    last = None if chat_log is None else chat_log.content[-1]
    return (last.content or "") if isinstance(last, conversation.AssistantContent) else ""


class AnswerDeltas:
    """What a chat log is told of one turn's answer.

    Calls of the tool named `own_tool` are between us and the model; `audio_started` is called when the answer can be
    heard. Where words are `after_audio`, they are kept back until then, or until it is known that they come first.
    """

    def __init__(self, own_tool: str | None, audio_started: Callable[[], None], *, after_audio: bool) -> None:
        self._own_tool = own_tool
        self._audio_started = audio_started
        self._after_audio = after_audio
        self._kept_back = ""
        self.failure: SessionError | None = None
        """What ended the answer early."""
        self.unfinished = ""
        """The words of the message that is not in the chat log yet."""

    async def deltas(self, events: AsyncIterable[TurnEvent]) -> AsyncGenerator[Delta]:
        """Yield the deltas.

        The calls are marked as external: they run already, under our time limit, and the chat log must not start them.
        """
        try:
            async for event in events:
                for delta in self._told(event):
                    yield delta
        except SessionError as err:
            # Raised here, it would take with it what the user has heard already.
            self.failure = err
        for delta in self._let_out():
            yield delta

    def _told(self, event: TurnEvent) -> list[Delta]:
        """Return what the chat log is told now that an event has come."""
        match event:
            case AudioStarted():
                self._after_audio = False
                self._audio_started()
                return self._let_out()
            case ToolCalled(call=call) | ToolReturned(call=call) if call.name == self._own_tool:
                return []
            case TextDelta(text=text) if self._after_audio:
                self._follow(event)
                self._kept_back += text
                return []
            case _:
                self._follow(event)
                return [*self._let_out(), _delta(event)]

    def _let_out(self) -> list[Delta]:
        """Return the words that were kept back."""
        words, self._kept_back = self._kept_back, ""
        return [{"content": words}] if words else []

    def _follow(self, event: MessageStarted | TextDelta | ToolCalled | ToolReturned) -> None:
        """Keep what the chat log keeps to itself until a message is whole."""
        match event:
            case TextDelta(text=text):
                self.unfinished += text
            case MessageStarted() | ToolReturned():
                self.unfinished = ""


def answer_calls(chat_log: conversation.ChatLog, agent_id: str) -> None:
    """Give the calls that a cancelled run leaves behind a result: no model would go on from there."""
    answered = {entry.tool_call_id for entry in chat_log.content if isinstance(entry, conversation.ToolResultContent)}
    calls = [
        tool_input
        for entry in chat_log.content
        if isinstance(entry, conversation.AssistantContent)
        for tool_input in entry.tool_calls or ()
    ]
    for call in calls:
        if call.id not in answered:
            chat_log.async_add_assistant_content_without_tools(
                conversation.ToolResultContent(
                    agent_id=agent_id,
                    tool_call_id=call.id,
                    tool_name=call.tool_name,
                    result=llm.ToolResult(data={"error": "Cancelled"}, error=True),
                )
            )


def _delta(event: MessageStarted | TextDelta | ToolCalled | ToolReturned) -> Delta:
    """Return what the chat log is to be told of one event."""
    match event:
        case MessageStarted():
            return {"role": "assistant"}
        case TextDelta():
            return {"content": event.text}
        case ToolCalled():
            return {"tool_calls": [_tool_input(event.call)]}
        case ToolReturned():
            result = llm.ToolResult(data=cast("JsonObjectType", event.outcome.data), error=event.outcome.error)
            return {
                "role": "tool_result",
                "tool_call_id": event.call.call_id,
                "tool_name": event.call.name,
                "result": result,
            }


def _tool_input(call: FunctionCall) -> llm.ToolInput:
    """Return a call for the chat log; arguments that are no JSON object are told to the model by the tool's outcome."""
    arguments: dict[str, Any] = {}
    with suppress(ToolFailed):
        arguments = parse_arguments(call)
    return llm.ToolInput(tool_name=call.name, tool_args=arguments, id=call.call_id, external=True)


def _function_call(tool_input: llm.ToolInput) -> FunctionCall:
    """Return a call that the chat log remembers."""
    arguments = encoded(tool_input.tool_args, json_encoder_default).decode()
    return FunctionCall(call_id=_wire_call_id(tool_input.id), name=tool_input.tool_name, arguments=arguments)


def _wire_call_id(call_id: str) -> str:
    """Return an id that the server takes; other agents' ids may be longer than its 32 characters."""
    return call_id[-32:]
