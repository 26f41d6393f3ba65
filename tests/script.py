"""What the scripted server does in a test, and what it saw."""

from typing import Any

from homeassistant.components.conversation import AssistantContent, Content, ToolResultContent
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.core import HomeAssistant
import pytest

from local_server.wire import RealtimeServer, scenario_from_dict

from .house import tool_name

TURN_ON = tool_name("intent", "HassTurnOn")
LIGHT_ON = {"name": TURN_ON, "arguments": {"name": "Kitchen light"}}


def script(**described: Any) -> pytest.MarkDecorator:
    """Make `realtime_server` follow a scenario, in the words of `local_server/README.md`."""
    return pytest.mark.parametrize("scenario", [scenario_from_dict(described)], ids=["script"])


def received(server: RealtimeServer, event_type: str) -> list[dict[str, Any]]:
    """Return the events of a type that clients sent, of all connections in order."""
    return [event for _, event in server.received if event["type"] == event_type]


def received_types(server: RealtimeServer) -> list[str]:
    """Return the types of what clients sent; the many appends of audio are left out."""
    types = [event["type"] for _, event in server.received]
    return [event_type for event_type in types if event_type != "input_audio_buffer.append"]


def responses(server: RealtimeServer) -> list[dict[str, Any]]:
    """Return the `response.create` events in the conversation; texts read aloud beside it are not among them."""
    return [event for event in received(server, "response.create") if "response" not in event]


def readings(server: RealtimeServer) -> list[str]:
    """Return the texts that were to be read aloud."""
    asked = [event["response"] for event in received(server, "response.create") if "response" in event]
    return [response["input"][0]["content"][0]["text"].removeprefix("Say exactly: ") for response in asked]


def held(server: RealtimeServer, connection: int = -1) -> list[tuple[str, str]]:
    """Return the conversation that the server holds on a connection: role and words, or type, of each item."""
    session = server.connections[connection].session
    return [_item(item.wire) for item in session.conversation]


def _item(wire: dict[str, Any]) -> tuple[str, str]:
    """Return an item in short."""
    if wire["type"] != "message":
        return wire["type"], wire.get("name") or wire.get("output", "")
    content = wire["content"][0] if wire["content"] else {}
    return wire["role"], content.get("text") or content.get("transcript") or content.get("type", "")


def chat_log(hass: HomeAssistant, conversation_id: str) -> list[Content]:
    """Return what a conversation's chat log holds, without the system prompt.

    It is one that any agent could go on with: it ends in the assistant's words, and each tool call has its result.
    """
    content = hass.data[DATA_CHAT_LOGS][conversation_id].content[1:]
    assert isinstance(content[-1], AssistantContent)
    calls = [call.id for entry in content if isinstance(entry, AssistantContent) for call in entry.tool_calls or ()]
    results = [entry.tool_call_id for entry in content if isinstance(entry, ToolResultContent)]
    assert calls == results
    return content


def words(server: RealtimeServer, connection: int = -1) -> list[tuple[str, str]]:
    """Return what was said in the conversation that the server holds on a connection: role and words."""
    return [item for item in held(server, connection) if item[0] in {"user", "assistant"}]


def modalities(server: RealtimeServer, connection: int = -1) -> list[str]:
    """Return what answers are made of on a connection."""
    return server.connections[connection].session.config["output_modalities"]
