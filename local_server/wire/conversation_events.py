"""What a client's conversation.item events do to the conversation."""

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local_server.wire.audio_formats import decoder, encoder
from local_server.wire.conversation import Item
from local_server.wire.ids import new_id
from local_server.wire.shape import invalid

if TYPE_CHECKING:
    from local_server.wire.session import Session


async def create(session: Session, event: Mapping[str, Any]) -> None:
    """Serve `conversation.item.create`."""
    item = new_item(event["item"], session.config["audio"]["input"]["format"])
    if item.wire["type"] == "function_call_output":
        session.conversation.require_call(item.wire["call_id"])
    previous = session.conversation.add(item, event.get("previous_item_id"))
    await session.tell_item(item, previous)


async def delete(session: Session, event: Mapping[str, Any]) -> None:
    """Serve `conversation.item.delete`."""
    session.conversation.delete(event["item_id"])
    await session.outgoing.send("conversation.item.deleted", item_id=event["item_id"])


async def truncate(session: Session, event: Mapping[str, Any]) -> None:
    """Serve `conversation.item.truncate`."""
    place = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
    session.conversation.truncate(**place)
    await session.outgoing.send("conversation.item.truncated", **place)


async def retrieve(session: Session, event: Mapping[str, Any]) -> None:
    """Serve `conversation.item.retrieve`: the item comes with its audio."""
    item = session.conversation.get(event["item_id"], "item_retrieve_invalid_item_id", "retrieving")
    wire = dict(item.wire)
    if item.audio:
        side = "output" if wire["role"] == "assistant" else "input"
        encode = encoder(session.config["audio"][side]["format"])
        wire["content"] = [
            {**part, "audio": base64.b64encode(encode(bytes(item.audio[index]))).decode()}
            if index in item.audio
            else part
            for index, part in enumerate(wire["content"])
        ]
    await session.outgoing.send("conversation.item.retrieved", item=wire)


def new_item(given: Mapping[str, Any], audio_format: Mapping[str, Any]) -> Item:
    """Return the item that a client describes, its audio taken off the wire; raises WireError for broken base64."""
    wire = {"id": given.get("id") or new_id("item"), "type": given["type"]}
    if given["type"] != "function_call_output":
        # Recorded: outputs of functions are shown without a status, all others are completed at once.
        wire["status"] = given.get("status") or "completed"
    shown = {name: value for name, value in given.items() if name not in ("id", "type", "status", "object")}
    if given["type"] == "function_call" and not shown.get("call_id"):
        shown["call_id"] = new_id("call")
    item = Item({**wire, **shown})
    if "content" in shown:
        item.wire["content"] = [_part(item, index, part, audio_format) for index, part in enumerate(shown["content"])]
    return item


def _part(item: Item, index: int, part: Mapping[str, Any], audio_format: Mapping[str, Any]) -> dict[str, Any]:
    if part["type"] != "input_audio":
        return dict(part)
    try:
        audio = base64.b64decode(part["audio"], validate=True)
    except binascii.Error:
        path = f"item.content[{index}].audio"
        raise invalid(path, f"Invalid '{path}': expected base64 of the session's input format.") from None
    item.audio[index] = bytearray(decoder(audio_format)(audio))
    return {"type": "input_audio", "transcript": part.get("transcript")}
