"""What has been said so far, in order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local_server.wire.audio_formats import BYTES_PER_MS
from local_server.wire.errors import WireError
from local_server.wire.ids import new_id
from local_server.wire.usage import Segment, item_segment, weight

ROOT: Final = "root"


@dataclass(slots=True)
class Item:
    """An item as it stands on the wire, and the audio that the wire leaves out."""

    wire: dict[str, Any]
    audio: dict[int, bytearray] = field(default_factory=dict)
    """PCM16 mono at 24,000 Hz by content index."""
    heard: str | None = None
    """What was made of the user's audio; the wire's transcript may be off or another one."""

    @property
    def id(self) -> str:
        """The item's id."""
        return str(self.wire["id"])

    def audio_ms(self, content_index: int) -> float:
        """Return the length of a content part's audio."""
        return len(self.audio.get(content_index, b"")) / BYTES_PER_MS

    @property
    def segment(self) -> Segment:
        """What the item weighs as input."""
        return item_segment(self.wire, {index: self.audio_ms(index) for index in self.audio})

    def as_read(self) -> dict[str, Any]:
        """Return the item as an engine reads it: transcripts in place of audio."""
        item = dict(self.wire)
        if "content" in item:
            item["content"] = [self._part_as_read(part) for part in item["content"]]
        return item

    def _part_as_read(self, part: Mapping[str, Any]) -> dict[str, Any]:
        match part["type"]:
            case "input_audio":
                return {"type": "input_audio", "transcript": self.heard or part.get("transcript") or ""}
            case "output_audio":
                return {"type": "output_audio", "transcript": part.get("transcript") or ""}
        return dict(part)


class Conversation:
    """The items of a session's default conversation, oldest first."""

    def __init__(self) -> None:
        self.id = new_id("conv")
        self._items: list[Item] = []
        self._left_out: set[str] = set()

    def __iter__(self) -> Iterator[Item]:
        """Go through the items as they are now."""
        return iter(tuple(self._items))

    def read(self, truncation: Mapping[str, Any] | str) -> tuple[Item, ...]:
        """Return what a response reads by a session's `truncation`; what is left out once stays left out.

        Only a limit for what comes after the instructions has an effect: nobody here fills a model's whole context.
        """
        if isinstance(truncation, str) or (limit := _post_instructions(truncation)) is None:
            return tuple(self._items)
        kept = [item for item in self._items if item.id not in self._left_out]
        if _weight(kept) > limit:
            # The model never reads a result whose call is gone.
            while kept and (_weight(kept) > limit * truncation["retention_ratio"] or _is_result(kept[0])):
                self._left_out.add(kept.pop(0).id)
        return tuple(kept)

    def find(self, item_id: str) -> Item | None:
        """Return the item of that id, or None."""
        return next((item for item in self._items if item.id == item_id), None)

    def add(self, item: Item, previous_item_id: str | None = None) -> str | None:
        """Insert the item after `previous_item_id` (None: at the end, `root`: at the beginning).

        Returns the id of the item before it, or None at the beginning. Raises WireError for an unknown id and for an
        id that is taken.
        """
        if self.find(item.id) is not None:
            message = f"Error adding item: an item with id '{item.id}' already exists."
            raise WireError("item_create_duplicate_item_id", message, param="item.id")
        at = self._position_after(previous_item_id)
        self._items.insert(at, item)
        return self._items[at - 1].id if at else None

    def _position_after(self, previous_item_id: str | None) -> int:
        if previous_item_id is None:
            return len(self._items)
        if previous_item_id == ROOT:
            return 0
        previous = self.get(previous_item_id, "item_create_invalid_previous_item_id", "adding", "previous_item_id")
        return self._items.index(previous) + 1

    def previous_id(self, item_id: str) -> str | None:
        """Return the id of the item before that one, or None for the first."""
        before: str | None = None
        for item in self._items:
            if item.id == item_id:
                return before
            before = item.id
        return None

    @property
    def first_id(self) -> str | None:
        """The id of the oldest item."""
        return self._items[0].id if self._items else None

    def get(self, item_id: str, code: str, doing: str, param: str = "item_id") -> Item:
        """Return the item; raise WireError with `code` when there is none."""
        item = self.find(item_id)
        if item is None:
            message = f"Error {doing} item: the item with id '{item_id}' does not exist."
            raise WireError(code, message, param=param)
        return item

    def delete(self, item_id: str) -> None:
        """Remove an item."""
        self._items.remove(self.get(item_id, "item_delete_invalid_item_id", "deleting"))

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Cut the assistant's audio to what was played; its transcript goes, as nobody knows where in it that was."""
        item = self.get(item_id, "item_truncate_invalid_item_id", "truncating")
        content = item.wire.get("content", ())
        if item.wire.get("role") != "assistant" or content_index >= len(content):
            message = f"Only model output audio messages can be truncated, and '{item_id}' is none."
            raise WireError("invalid_value", message, param="item_id")
        if content[content_index]["type"] != "output_audio":
            message = f"Content part {content_index} of '{item_id}' is not audio."
            raise WireError("invalid_value", message, param="content_index")
        length = item.audio_ms(content_index)
        if audio_end_ms > length:
            message = f"Audio content of {length:.0f}ms is already shorter than {audio_end_ms}ms."
            raise WireError("invalid_value", message, param="audio_end_ms")
        del item.audio[content_index][audio_end_ms * BYTES_PER_MS :]
        content = list(content)
        content[content_index] = {"type": "output_audio"}
        item.wire["content"] = content

    def require_call(self, call_id: str) -> None:
        """Raise WireError unless a function call of that id is in the conversation."""
        if not any(item.wire["type"] == "function_call" and item.wire["call_id"] == call_id for item in self._items):
            message = f"Tool call ID '{call_id}' not found in conversation."
            raise WireError("invalid_tool_call_id", message, param="item.call_id")


def _post_instructions(truncation: Mapping[str, Any]) -> int | None:
    limit: int | None = (truncation.get("token_limits") or {}).get("post_instructions")
    return limit


def _weight(items: list[Item]) -> int:
    return weight(item.segment for item in items)


def _is_result(item: Item) -> bool:
    return bool(item.wire["type"] == "function_call_output")
