"""How what a turn has left in the server's conversation is taken out of it, or cut to what was heard."""

from collections.abc import Callable, Iterable
from functools import partial

from .answer_items import Answer, Delete, Repair, Truncate
from .link import Link
from .mirror import ConversationMirror
from .responses import Response, Responses
from .turn import Turn


class Retraction:
    """Takes things back on the link in use; `drop` leaves it, where its server's dialect cannot."""

    def __init__(self, mirror: ConversationMirror, responses: Responses, drop: Callable[[], None]) -> None:
        self._mirror = mirror
        self._responses = responses
        self._drop = drop

    def take_back(self, link: Link, turn: Turn) -> None:
        """Remove all that a turn has left, once nothing more is added to it."""
        if turn.item_id is None and not turn.committed and turn.duration:
            link.protocol.clear_audio()
            link.flush()
        if self._stopped(link, self._responses.running(turn), partial(self._remove, link, turn)):
            self._remove(link, turn)

    def discard(self, link: Link, response: Response) -> None:
        """Remove a response; the next one waits for its end."""
        response.unwanted = True
        if self._stopped(link, None if response.over else response, partial(self._discard, link, response)):
            self._discard(link, response)

    def cut_short(self, link: Link, turn: Turn, heard: int) -> None:
        """Leave of a turn's answer what was heard: `heard` bytes of its audio."""
        repair = partial(self._repair, link, turn, heard)
        if self._stopped(link, self._responses.running(turn), repair):
            repair()

    def remove_speech(self, link: Link, item_id: str) -> None:
        """Remove a user's item that belongs to no turn, or to one that was taken back."""
        self._delete(link, [item_id])

    def _stopped(self, link: Link, running: Response | None, then: Callable[[], None]) -> bool:
        """Stop a response and do the rest after its end; return whether there is nothing to wait for."""
        if running is None:
            return True
        if link.protocol.dialect.cancels:
            running.when_over.append(then)
            self._responses.cancel(link, running)
        else:
            self._drop()
        return False

    def _remove(self, link: Link, turn: Turn) -> None:
        """Delete a turn's items; one whose commit is not confirmed goes when it is."""
        item_ids = [item_id for response in self._responses.of(turn) for item_id in response.items.ids]
        if turn.item_id is not None:
            item_ids.insert(0, turn.item_id)
        self._delete(link, item_ids)

    def _discard(self, link: Link, response: Response) -> None:
        """Delete the items of one response, which nothing else has to be done about then."""
        self._responses.forget(response)
        self._delete(link, response.items.ids)

    def _delete(self, link: Link, item_ids: Iterable[str]) -> None:
        """Delete items, or leave a socket on which that cannot be done."""
        if not (item_ids := list(item_ids)):
            return
        if link.protocol.dialect.deletes_items:
            self._mirror.delete(link, item_ids)
        else:
            self._drop()

    def _repair(self, link: Link, turn: Turn, heard: int) -> None:
        """Make the conversation say what was heard of an answer."""
        for response in self._responses.of(turn):
            for repair in response.items.repairs(heard):
                self._apply(link, repair)
        link.flush()

    def _apply(self, link: Link, repair: Repair) -> None:
        """Carry out one repair, as far as the dialect can."""
        dialect = link.protocol.dialect
        match repair:
            case Answer():
                self._mirror.add_after(link, repair.item_id, repair.output)
            case Truncate() if dialect.truncates:
                link.protocol.truncate_item(repair.item_id, audio_end_ms=repair.audio_end_ms)
            case Delete() if dialect.deletes_items:
                self._mirror.delete(link, [repair.item_id])
            case _:
                # The server thinks that all of it was heard, which does no harm.
                pass
