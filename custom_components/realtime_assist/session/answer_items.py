"""Which items a response has left in the server's conversation, and what becomes of them when it is cut short."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..realtime import FunctionCallOutput, OutputItem
from ..realtime.audio import WIRE, byte_count

INTERRUPTED = '{"error":"Cancelled","error_text":"The user interrupted before this had returned"}'

_MILLISECOND = byte_count(0.001, WIRE)


@dataclass(frozen=True, slots=True)
class Delete:
    """Take an item out: nothing of it was heard, or it is only half a call."""

    item_id: str


@dataclass(frozen=True, slots=True)
class Truncate:
    """Shorten a spoken message to what was heard of it."""

    item_id: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Tell of a call that it has no result."""

    item_id: str
    output: FunctionCallOutput


type Repair = Delete | Truncate | Answer


@dataclass(slots=True)
class _Item:
    """An item, and its place in the audio of its turn, in bytes."""

    id: str
    call_id: str | None
    begins: int
    num_bytes: int = 0
    whole: bool = False
    answered: bool = False

    def repair(self, heard: int) -> Repair | None:
        """Return what the item needs where `heard` bytes of the turn were heard."""
        if self.call_id is not None:
            if not self.whole:
                return Delete(self.id)
            return (
                None if self.answered else Answer(self.id, FunctionCallOutput(call_id=self.call_id, output=INTERRUPTED))
            )
        heard -= self.begins
        if not self.num_bytes or heard >= self.num_bytes:
            return None
        return Truncate(self.id, heard // _MILLISECOND) if heard >= _MILLISECOND else Delete(self.id)


class AnswerItems:
    """The items of one response, in their order."""

    def __init__(self) -> None:
        self._items: dict[str, _Item] = {}

    @property
    def ids(self) -> list[str]:
        """Return the items' ids."""
        return list(self._items)

    @property
    def calling(self) -> bool:
        """Return whether there are calls of which the server was not told what they have returned."""
        return any(item.call_id is not None and item.whole and not item.answered for item in self._items.values())

    def added(self, item: OutputItem, begins: int) -> None:
        """Take note of an item; `begins` is where in the turn's audio its own would begin, in bytes."""
        call_id = None if item.function_call is None else item.function_call.call_id
        self._items[item.id] = _Item(item.id, call_id, begins)

    def done(self, item: OutputItem) -> None:
        """Take note that an item is over, whole or not."""
        if (known := self._items.get(item.id)) is not None:
            known.whole = item.status != "incomplete"

    def spoken(self, num_bytes: int) -> None:
        """Take note of audio; it belongs to the item that was added last."""
        if self._items:
            self._items[next(reversed(self._items))].num_bytes += num_bytes

    def answered(self, call_ids: Iterable[str]) -> None:
        """Take note that the server was told what calls have returned."""
        known = set(call_ids)
        for item in self._items.values():
            item.answered = item.answered or item.call_id in known

    def repairs(self, heard: int) -> list[Repair]:
        """Return what makes the conversation right where only `heard` bytes of the turn's audio were heard.

        It is taken for done: where less turns out to have been heard, no call is answered or taken out once more.
        """
        repairs = [repair for item in self._items.values() if (repair := item.repair(heard)) is not None]
        for repair in repairs:
            match repair:
                case Answer():
                    self._items[repair.item_id].answered = True
                case Delete():
                    del self._items[repair.item_id]
        return repairs
