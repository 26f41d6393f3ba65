"""What was asked for with a response.create, the session's configuration filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_server.engine import Situation
from local_server.wire.conversation import Conversation, Item
from local_server.wire.conversation_events import new_item
from local_server.wire.hearing_queue import HearingQueue
from local_server.wire.ids import new_id
from local_server.wire.models import Model
from local_server.wire.session_config import check_modalities, refuse_what_the_model_lacks
from local_server.wire.shape import invalid
from local_server.wire.usage import Segment, preface


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseConfig:
    """What holds for one response: the session's configuration with the response's own on top."""

    id: str
    conversation_id: str | None
    """None keeps the response out of the conversation."""
    output_modalities: Sequence[str]
    voice: Any
    format: Mapping[str, Any]
    max_output_tokens: int | str
    metadata: Mapping[str, str] | None
    phases: bool
    """Whether the model marks its messages with a `phase`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRequest:
    """A response to be made, and what it may read."""

    config: ResponseConfig
    instructions: str
    tools: Sequence[Mapping[str, Any]]
    items: Sequence[Item]

    @property
    def out_of_band(self) -> bool:
        """Whether the conversation is left alone."""
        return self.config.conversation_id is None

    @property
    def read(self) -> list[Segment]:
        """What the response reads, for its usage."""
        return [*preface(self.instructions, self.tools), *(item.segment for item in self.items)]

    async def look(self, hearing: HearingQueue) -> Situation:
        """Return the situation once all of its audio was heard."""
        for item in self.items:
            if item.audio and item.wire["role"] == "user" and item.heard is None:
                await hearing.hear(item)
        items = [item.as_read() for item in self.items]
        return Situation(instructions=self.instructions, tools=self.tools, items=items)


def plan_response(
    fields: Mapping[str, Any], session: Mapping[str, Any], model: Model, conversation: Conversation
) -> ResponseRequest:
    """Return the request of a `response.create` with these fields; raises WireError for what cannot be had."""
    refuse_what_the_model_lacks(fields, model, "response.")
    check_modalities(fields, "response.")
    output = {**session["audio"]["output"], **fields.get("audio", {}).get("output", {})}
    limit = fields.get("max_output_tokens") or session["max_output_tokens"]
    config = ResponseConfig(
        id=new_id("resp"),
        conversation_id=None if fields.get("conversation") == "none" else conversation.id,
        output_modalities=tuple(fields.get("output_modalities") or session["output_modalities"]),
        voice=output["voice"],
        format=output["format"],
        max_output_tokens=limit,
        metadata=fields.get("metadata"),
        phases=model.reasoning,
    )
    instructions = fields.get("instructions")
    tools = fields.get("tools", session["tools"])
    choice = fields.get("tool_choice", session["tool_choice"])
    return ResponseRequest(
        config=config,
        instructions=session["instructions"] if instructions is None else instructions,
        tools=() if choice == "none" else tuple(tools),
        items=_items(fields.get("input"), session, conversation),
    )


def _items(
    given: Sequence[Mapping[str, Any]] | None, session: Mapping[str, Any], conversation: Conversation
) -> tuple[Item, ...]:
    if given is None:
        return conversation.read(session["truncation"])
    audio_format = session["audio"]["input"]["format"]
    items = []
    for index, described in enumerate(given):
        if described["type"] != "item_reference":
            items.append(new_item(described, audio_format))
            continue
        item = conversation.find(described["id"])
        if item is None:
            path = f"response.input[{index}].id"
            raise invalid(path, f"Item with id '{described['id']}' not found in the conversation.")
        items.append(item)
    return tuple(items)


def session_situation(session: Mapping[str, Any], conversation: Conversation) -> Situation:
    """Return what the session looks like while its user is being listened to."""
    items = [item.as_read() for item in conversation]
    return Situation(instructions=session["instructions"], tools=session["tools"], items=items)
