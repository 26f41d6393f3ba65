"""The chat log and the session's conversation: each told in the other's words."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import suppress
from typing import Any, cast

from homeassistant.components import conversation
from homeassistant.helpers import llm
from homeassistant.helpers.json import json_dumps
from homeassistant.util.json import JsonObjectType

from .realtime import AssistantMessage, ConversationItem, FunctionCall, FunctionCallOutput, UserMessage
from .session import MessageStarted, TextDelta, ToolCalled, ToolFailed, ToolReturned, TurnEvent, parse_arguments

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
                output = json_dumps(entry.result.data)
                items.append(FunctionCallOutput(call_id=_wire_call_id(entry.tool_call_id), output=output))
    return items


async def deltas_from_turn(events: AsyncIterable[TurnEvent]) -> AsyncGenerator[Delta]:
    """Yield what the chat log is to be told of a turn's answer.

    The calls are marked as external: they run already, under our time limit, and the chat log must not start them.
    """
    async for event in events:
        match event:
            case MessageStarted():
                yield {"role": "assistant"}
            case TextDelta():
                yield {"content": event.text}
            case ToolCalled():
                yield {"tool_calls": [_tool_input(event.call)]}
            case ToolReturned():
                yield {
                    "role": "tool_result",
                    "tool_call_id": event.call.call_id,
                    "tool_name": event.call.name,
                    "result": llm.ToolResult(
                        data=cast("JsonObjectType", event.outcome.data), error=event.outcome.error
                    ),
                }


def _tool_input(call: FunctionCall) -> llm.ToolInput:
    """Return a call for the chat log; arguments that are no JSON object are told to the model by the tool's outcome."""
    arguments: dict[str, Any] = {}
    with suppress(ToolFailed):
        arguments = parse_arguments(call)
    return llm.ToolInput(tool_name=call.name, tool_args=arguments, id=call.call_id, external=True)


def _function_call(tool_input: llm.ToolInput) -> FunctionCall:
    """Return a call that the chat log remembers."""
    return FunctionCall(
        call_id=_wire_call_id(tool_input.id), name=tool_input.tool_name, arguments=json_dumps(tool_input.tool_args)
    )


def _wire_call_id(call_id: str) -> str:
    """Return an id that the server takes; other agents' ids may be longer than its 32 characters."""
    return call_id[-32:]
