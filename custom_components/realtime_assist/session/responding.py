"""When a response is asked for: at the claim or before it, at once or when the one before is over."""

from collections.abc import Callable, Sequence

from ..realtime import ConversationItem, FunctionCallOutput, SessionConfig, Usage
from .clock import Clock
from .exceptions import SessionError
from .link import Link
from .mirror import ConversationMirror
from .responses import Response, Responses, Terms
from .retraction import Retraction
from .standing import Standing
from .turn import Turn
from .uplink import Uplink


class Responding:
    """Asks for the responses of a conversation's turns; `present` tells which turn is the present one."""

    def __init__(
        self,
        uplink: Uplink,
        standing: Standing,
        mirror: ConversationMirror,
        *,
        clock: Clock,
        config: Callable[[], SessionConfig],
        present: Callable[[], Turn | None],
    ) -> None:
        self._uplink = uplink
        self._standing = standing
        self._mirror = mirror
        self._clock = clock
        self._config = config
        self._present = present
        self.responses = Responses(self, clock)
        self.retraction = Retraction(mirror, self.responses, uplink.drop)

    # At the claim

    async def create_response(self, turn: Turn) -> None:
        """Ask for the next response to the turn, on a new socket where the old one is gone. Raises SessionError.

        One that was asked for early, or that the server has begun by itself, answers the turn as well.
        """
        while True:
            link = await self._uplink.link(self._standing.passed(turn), turn.retried)
            if turn.error is not None:
                # It was given up in the meantime: what is said now would come to another turn.
                raise turn.error
            if (early := self.responses.unclaimed(turn)) is not None:
                early.claimed = True
                return
            if self.responses.current is None:
                self._ask(link, turn, claimed=True)
                return
            await self.responses.wait_over()

    def create_items(self, turn: Turn, items: Sequence[ConversationItem]) -> None:
        """Add items to the end of the conversation; without a link, opening one tells them from the turn's steps."""
        if turn.finished or (link := self._uplink.usable) is None:
            return
        self._mirror.add(link, items)
        for response in self.responses.of(turn):
            response.items.answered(item.call_id for item in items if isinstance(item, FunctionCallOutput))

    def recover(self, turn: Turn, error: SessionError) -> SessionError | None:
        """Return None where the turn goes on after an error, on its rung or one below; else the error that ends it."""
        end = self._standing.recover(turn, error, link_lives=self._uplink.usable is not None)
        if end is None and turn.rung in turn.passed:
            self._uplink.drop()
        return end

    # Before the claim

    def answer_early(self) -> None:
        """Ask for the answer of a turn that is to be answered early, once, as soon as it can be."""
        turn, link = self._present(), self._uplink.usable
        if turn is None or link is None or not turn.committed or turn.finished or turn.answering:
            return
        dialect = link.protocol.dialect
        # Some servers answer as soon as the speech is committed, whoever asks for it.
        if not turn.early and not dialect.answers_commits:
            return
        if turn.asked_early or self.responses.current is not None or not (dialect.cancels and dialect.deletes_items):
            return
        turn.asked_early = True
        self._ask(link, turn, claimed=False)

    def review_early(self, turn: Turn) -> None:
        """Discard what was answered early on terms that hold no more; the answer is asked for anew."""
        early = self.responses.unclaimed(turn)
        if early is None or early.terms is None or early.terms.hold(self._terms):
            return
        turn.forget_output()
        if (link := self._uplink.usable) is not None:
            self.retraction.discard(link, early)

    @property
    def _terms(self) -> Terms:
        """Return what a response would be asked with now."""
        return Terms(self._config(), self._mirror.revision)

    def _ask(self, link: Link, turn: Turn, *, claimed: bool) -> None:
        """Ask for a response to the turn."""
        self._mirror.add_user_item(link, turn)
        turn.inbox.reset()
        link.protocol.create_response(self._clock.time())
        self.responses.begun(turn, self.model_in_use(), self._terms, claimed=claimed)
        link.flush()

    # What the responses tell

    def adopter(self) -> Turn | None:
        """Return the turn that a response which the server creates by itself answers."""
        turn = self._present()
        if turn is None or turn.finished or not (turn.committed or turn.answering):
            return None
        # One that begins while calls of the turn have no result yet knows nothing of them, and may call the same again.
        return None if any(response.items.calling for response in self.responses.of(turn)) else turn

    def model_in_use(self) -> str:
        """Return the model of the link in use."""
        return "" if self._uplink.rung is None else self._uplink.rung.model

    def item_added(self, item_id: str) -> None:
        """Take note of an item at the end of the conversation."""
        self._mirror.item_added(item_id)

    def stray(self, link: Link, response: Response) -> None:
        """Get rid of a response that is nobody's."""
        self.retraction.discard(link, response)

    def stray_done(self, model: str, usage: Usage | None) -> None:
        """Count what a response that is nobody's has used."""
        self._uplink.used(model, usage)

    def quiet(self) -> None:
        """Ask for the answer that has waited for the end of another."""
        self.answer_early()

    def cancel_ignored(self) -> None:
        """Leave a server that goes on with a response that was cancelled."""
        self._uplink.drop()
