"""Items of a conversation: messages, function calls and their outputs, to the wire and from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from .client_events import FunctionCallItem, FunctionCallOutputItem, ItemParam, MessageItem
from .wire_values import optional_text, text


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What the user said or typed, as text."""

    text: str = field(repr=False)

    def to_wire(self, item_id: str) -> MessageItem:
        """Return the item for `conversation.item.create`."""
        content = {"type": "input_text", "text": self.text}
        return {"id": item_id, "type": "message", "role": "user", "content": [content]}


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """What the assistant answered, as text; assistant audio cannot be created."""

    text: str = field(repr=False)

    def to_wire(self, item_id: str) -> MessageItem:
        """Return the item for `conversation.item.create`."""
        content = {"type": "output_text", "text": self.text}
        return {"id": item_id, "type": "message", "role": "assistant", "content": [content]}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCall:
    """The model's wish to have a function called."""

    call_id: str
    name: str
    arguments: str = field(repr=False)
    """JSON, as the model wrote it."""

    def to_wire(self, item_id: str) -> FunctionCallItem:
        """Return the item for `conversation.item.create`."""
        return {
            "id": item_id,
            "type": "function_call",
            "call_id": self.call_id,
            "name": self.name,
            "arguments": self.arguments,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCallOutput:
    """What a function returned, as JSON for the model."""

    call_id: str
    output: str = field(repr=False)

    def to_wire(self, item_id: str) -> FunctionCallOutputItem:
        """Return the item for `conversation.item.create`."""
        return {"id": item_id, "type": "function_call_output", "call_id": self.call_id, "output": self.output}


type ConversationItem = UserMessage | AssistantMessage | FunctionCall | FunctionCallOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputItem:
    """An item of a response, as the server announces and finishes it."""

    id: str
    type: str
    status: str | None = None
    phase: str | None = None
    """2.x models: `commentary` is a spoken preamble, `final_answer` the answer."""
    function_call: FunctionCall | None = None

    @classmethod
    def from_wire(cls, item: Mapping[str, Any]) -> Self:
        """Read `item` of `response.output_item.added` and `.done`. Raises KeyError or TypeError where it is malformed."""
        return cls(
            id=text(item, "id"),
            type=text(item, "type"),
            status=optional_text(item, "status"),
            phase=optional_text(item, "phase"),
            function_call=_function_call(item) if item["type"] == "function_call" else None,
        )


def _function_call(item: Mapping[str, Any]) -> FunctionCall:
    """Read the call; its arguments are empty while the model still writes them."""
    arguments = "" if item.get("arguments") is None else text(item, "arguments")
    return FunctionCall(call_id=text(item, "call_id"), name=text(item, "name"), arguments=arguments)


__all__: list[str] = [
    "AssistantMessage",
    "ConversationItem",
    "FunctionCall",
    "FunctionCallOutput",
    "ItemParam",
    "OutputItem",
    "UserMessage",
]
