"""What the server's conversation holds, and how it is made what the history says."""

from collections import deque
from collections.abc import Iterable, Sequence

from ..realtime import ConversationItem, InputAudioBufferCommitted
from ..realtime.audio import WIRE, byte_count
from .link import Link
from .turn import Turn

# How much speech one append carries when a turn is told to a new socket.
_REPLAY_SECONDS = 1.0


class ConversationMirror:
    """Follows the conversation on the link in use: its history, its last item, and whose commits are out."""

    def __init__(self) -> None:
        self._history: tuple[ConversationItem, ...] = ()
        self._tail: str | None = None
        self._commits: deque[Turn] = deque()

    def remember(self, history: Sequence[ConversationItem]) -> None:
        """Take note of what the conversation holds; a new socket is told this."""
        self._history = tuple(history)

    def knows(self, history: Sequence[ConversationItem]) -> bool:
        """Return whether the conversation holds just this."""
        return self._history == tuple(history)

    def tell(self, link: Link, turn: Turn | None) -> None:
        """Tell a new link what was said, and what the running turn has brought so far."""
        self._commits.clear()
        self._tail = None
        self.add(link, self._history)
        if turn is not None:
            self._replay(link, turn)

    def add(self, link: Link, items: Iterable[ConversationItem]) -> None:
        """Add items to the end of the conversation."""
        for item in items:
            self._tail = link.protocol.create_item(item)

    def add_user_item(self, link: Link, turn: Turn) -> None:
        """Add what the user wrote to the end of the conversation, unless it is there or was spoken."""
        if turn.item_id is None and (item := turn.user_item()) is not None:
            self._tail = turn.item_id = link.protocol.create_item(item)

    def item_added(self, item_id: str) -> None:
        """Take note of an item that the server has added."""
        self._tail = item_id

    def commit(self, link: Link, turn: Turn) -> None:
        """Make what was said an item of the conversation."""
        turn.follows = self._tail
        self._commits.append(turn)
        link.protocol.commit_audio()

    def committed(self, link: Link, event: InputAudioBufferCommitted, present: Turn | None) -> None:
        """Learn the id of the user's item; one whose turn is over already is removed again."""
        turn = self._commits.popleft() if self._commits else present
        if turn is None:
            return
        turn.item_id = event.item_id
        if turn is present:
            # What was created after the commit follows the item.
            self._tail = event.item_id if self._tail == turn.follows else self._tail
        else:
            link.protocol.delete_item(event.item_id)
            link.flush()

    def commit_refused(self, link: Link) -> None:
        """Take the server's word that there was no speech; what it keeps of it must not begin the next turn."""
        if self._commits and not (turn := self._commits.popleft()).transcript.done():
            turn.transcript.set_result("")
        link.protocol.clear_audio()
        link.flush()

    def remove(self, link: Link, turn: Turn) -> None:
        """Remove what an unanswered turn has left."""
        if turn.item_id is not None:
            link.protocol.delete_item(turn.item_id)
            self._tail = turn.follows
        elif not turn.committed and turn.duration:
            link.protocol.clear_audio()
        link.flush()

    def reconcile(self, link: Link | None, turn: Turn, history: tuple[ConversationItem, ...]) -> bool:
        """Insert before a turn what another stage has answered by itself; return False where only a new link will do."""
        known, self._history = self._history, history
        if link is None or history == known:
            return True
        if history[: len(known)] != known:
            return False
        if turn.text is not None:
            turn.follows = self._tail
        after = turn.follows or "root"
        for item in history[len(known) :]:
            after = link.protocol.create_item(item, after=after)
        turn.follows = after
        if turn.item_id is None:
            self._tail = after
        link.flush()
        return True

    def _replay(self, link: Link, turn: Turn) -> None:
        """Tell a new socket what the running turn has brought so far."""
        turn.item_id = None
        if turn.user_item() is not None:
            turn.follows = self._tail
            if turn.answering:
                self.add_user_item(link, turn)
        elif speech := turn.speech:
            step = byte_count(_REPLAY_SECONDS, WIRE)
            for start in range(0, len(speech), step):
                link.protocol.append_audio(speech[start : start + step])
            if turn.committed:
                self.commit(link, turn)
        self.add(link, turn.steps)
