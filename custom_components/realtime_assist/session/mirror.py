"""What the server's conversation holds, and how it is made what the history says."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..realtime import ConversationItem, InputAudioBufferCommitted
from ..realtime.audio import WIRE, byte_count
from .link import Link
from .retelling import retold
from .turn import Turn

# How much speech one append carries when a turn is told to a new socket.
_REPLAY_SECONDS = 1.0


@dataclass(slots=True, eq=False)
class _Place:
    """An item's place in the conversation; the id of the user's speech comes from the server, a while after."""

    id: str | None = None
    turn: Turn | None = None
    """Whose user's item it is."""


class ConversationMirror:
    """Follows the conversation on the link in use: its history, its items in their order, and whose commits are out."""

    def __init__(self) -> None:
        self._history: tuple[ConversationItem, ...] = ()
        self._answered: tuple[ConversationItem, ...] = ()
        self._before_interruption: tuple[ConversationItem, ...] | None = None
        self._places: list[_Place] = []
        self._commits: deque[_Place] = deque()
        self.revision = 0
        """How often something was put into the conversation that no response had been there to see."""

    # The history

    def remember(self, history: Sequence[ConversationItem]) -> None:
        """Take note of what the conversation holds; a new socket is told this."""
        self._history = tuple(history)

    def interrupted(self) -> None:
        """Take note that the chat log may forget the turn that is answered now, which the server remembers."""
        self._before_interruption = self._answered

    def reconcile(self, link: Link | None, turn: Turn | None, history: tuple[ConversationItem, ...]) -> bool:
        """Insert before a turn what another stage has answered by itself; return False where only a new link will do."""
        known, self._history = self._history, history
        before, self._before_interruption = self._before_interruption, None
        self._answered = history
        if link is None or history == known:
            return True
        if history[: len(known)] != known:
            if before is None or history[: len(before)] != before:
                return False
            # The server remembers more than the chat log: an answer that was cut off.
            known = before
        if len(history) > len(known):
            self.revision += 1
            self._insert(link, turn, history[len(known) :])
        return True

    def _insert(self, link: Link, turn: Turn | None, items: Iterable[ConversationItem]) -> None:
        """Put items before the user's one, or at the end where that is not there."""
        index = next((at for at, place in enumerate(self._places) if place.turn is turn and turn is not None), None)
        if index is None:
            self.add(link, items)
            return
        known = [place.id for place in self._places[:index] if place.id is not None]
        after = known[-1] if known else "root"
        for item in items:
            after = link.protocol.create_item(item, after=after)
            self._places.insert(index, _Place(after))
            index += 1
        link.flush()

    # Telling

    def tell(self, link: Link, turn: Turn | None) -> None:
        """Tell a new link what was said, and what the running turn has brought so far."""
        self._commits.clear()
        self._places.clear()
        self.add(link, retold(self._history))
        if turn is not None:
            self._replay(link, turn)

    def add(self, link: Link, items: Iterable[ConversationItem]) -> None:
        """Add items to the end of the conversation."""
        for item in items:
            self._places.append(_Place(link.protocol.create_item(item)))
        link.flush()

    def add_after(self, link: Link, item_id: str, item: ConversationItem) -> None:
        """Add an item behind another one."""
        at = next((index for index, place in enumerate(self._places) if place.id == item_id), len(self._places) - 1)
        self._places.insert(at + 1, _Place(link.protocol.create_item(item, after=item_id)))

    def add_user_item(self, link: Link, turn: Turn) -> None:
        """Add what the user wrote to the end of the conversation, unless it is there or was spoken."""
        if turn.item_id is None and (item := turn.user_item()) is not None:
            turn.item_id = link.protocol.create_item(item)
            self._places.append(_Place(turn.item_id, turn))

    def item_added(self, item_id: str) -> None:
        """Take note of an item that the server has added to the end."""
        self._places.append(_Place(item_id))

    def delete(self, link: Link, item_ids: Iterable[str]) -> None:
        """Take items out of the conversation; those that are not there any more are passed by."""
        for item_id in item_ids:
            left = [place for place in self._places if place.id != item_id]
            if len(left) < len(self._places):
                link.protocol.delete_item(item_id)
            self._places = left
        link.flush()

    # The user's speech

    def commit(self, link: Link, turn: Turn) -> None:
        """Make what was said an item of the conversation."""
        place = _Place(turn=turn)
        self._places.append(place)
        self._commits.append(place)
        link.protocol.commit_audio()

    def committed(self, event: InputAudioBufferCommitted, present: Turn | None) -> Turn | None:
        """Learn the id of the user's item; return whose it is, None for speech that belongs to no turn."""
        if self._commits:
            place = self._commits.popleft()
        else:
            # The server has found the end of the speech by itself.
            place = _Place(turn=present if present is not None and present.item_id is None else None)
            self._places.append(place)
        place.id = event.item_id
        if place.turn is not None:
            place.turn.item_id = event.item_id
        return place.turn

    def commit_refused(self, link: Link) -> None:
        """Take the server's word that there was no speech; what it keeps of it must not begin the next turn."""
        if self._commits:
            place = self._commits.popleft()
            self._places.remove(place)
            if place.turn is not None and not place.turn.transcript.done():
                place.turn.transcript.set_result("")
        link.protocol.clear_audio()
        link.flush()

    def _replay(self, link: Link, turn: Turn) -> None:
        """Tell a new socket what the running turn has brought so far."""
        turn.item_id = None
        if turn.user_item() is not None:
            if turn.answering:
                self.add_user_item(link, turn)
        elif speech := turn.speech:
            step = byte_count(_REPLAY_SECONDS, WIRE)
            for start in range(0, len(speech), step):
                link.protocol.append_audio(speech[start : start + step])
            if turn.committed:
                self.commit(link, turn)
        self.add(link, turn.steps)
