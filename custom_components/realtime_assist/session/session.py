"""A conversation's realtime session: it outlives its sockets, and is rebuilt from history whenever one is replaced.

The order of one spoken turn, in the caller's words: `begin_turn`, `append` while the user speaks, `commit`,
`transcript`, then `answer`, whose events are consumed while the turn's audio is claimed by somebody else.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
import logging

from ..realtime import (
    Command,
    CommandRefused,
    ConversationItem,
    ErrorEvent,
    InputAudioBufferCommitted,
    ProtocolEvent,
    ResponseOutputItemAdded,
    ResponseState,
    SessionConfig,
)
from ..realtime.audio import WIRE, byte_count
from .answer import Answer
from .clock import Clock
from .exceptions import CannotConnect, ConnectionLost, ServerSilent, SessionError
from .limits import SessionLimits
from .link import Dial, Link
from .speech import SideSpeeches
from .tools import ToolExecutor
from .turn import Turn, TurnEvent

_LOGGER = logging.getLogger(__name__)

# How much speech one append carries when a turn is told to a new socket.
_REPLAY_SECONDS = 1.0


class RealtimeSession:
    """One conversation with a realtime server."""

    def __init__(self, dial: Dial, config: SessionConfig, *, clock: Clock, limits: SessionLimits) -> None:
        self._dial = dial
        self._config = config
        self._clock = clock
        self._limits = limits
        self._link: Link | None = None
        self._opening: asyncio.Task[Link] | None = None
        self._history: tuple[ConversationItem, ...] = ()
        self._tail: str | None = None
        self._turn: Turn | None = None
        self._commits: deque[Turn] = deque()
        self._links: dict[Link, SideSpeeches] = {}
        self._closed = False

    # The user's side of a turn

    @property
    def config(self) -> SessionConfig:
        """Return what the session is now."""
        return self._config

    def prepare(self) -> None:
        """Open the socket in the background where there is none; safe to call at any time."""
        opening = self._opening is not None and not self._opening.done()
        if not (self._closed or opening) and self._usable_link() is None:
            self._opening = asyncio.create_task(self._open(), name="realtime session opening")
            self._opening.add_done_callback(self._opened)

    def begin_turn(self, *, text: str | None = None) -> Turn:
        """Begin a spoken turn, or one whose text is known. A turn that nobody took up is taken back first."""
        if self._turn is not None:
            self.take_back(self._turn)
        self._retire_stale_link()
        self._turn = turn = Turn(self._limits, text=text)
        if self._closed:
            turn.fail(ConnectionLost("closed"))
        self.prepare()
        return turn

    def configure(self, config: SessionConfig) -> None:
        """Change what the session is; what the server knows already is not sent again."""
        self._config = config
        if (link := self._usable_link()) is not None and link.protocol.update_session(config):
            link.flush()

    def append(self, turn: Turn, pcm: bytes) -> None:
        """Append PCM16 at 24 kHz that the user has just said."""
        turn.keep(pcm)
        if turn is self._turn and (link := self._usable_link()) is not None:
            link.protocol.append_audio(pcm)
            link.flush()

    def commit(self, turn: Turn) -> None:
        """Take note that the user has finished; what was said becomes an item of the conversation."""
        turn.committed = True
        if turn is self._turn and (link := self._usable_link()) is not None:
            self._commit(link, turn)
            link.flush()

    async def transcript(self, turn: Turn) -> str:
        """Wait for what the user said, as text; empty for no speech. Raises SessionError."""
        try:
            async with asyncio.timeout(self._limits.transcript):
                return await asyncio.shield(turn.transcript)
        except TimeoutError:
            error = ServerSilent("transcript")
            turn.fail(error)
            if turn is self._turn:
                self._drop_link()
            raise error from None

    # The assistant's side of a turn

    async def answer(
        self, turn: Turn, history: Sequence[ConversationItem], executor: ToolExecutor
    ) -> AsyncGenerator[TurnEvent]:
        """Answer the turn; `history` is what was said before it. Raises SessionError.

        Tools run in the caller's context, and once, whatever becomes of the socket. Closing the generator early
        cancels the answer.
        """
        self._reconcile(turn, tuple(history))
        turn.answering = True
        try:
            async with aclosing(Answer(self, turn, executor, self._limits.tool).events()) as events:
                async for event in events:
                    yield event
            turn.finish()
        except SessionError as err:
            turn.fail(err)
            raise
        finally:
            if not turn.finished:
                self._cancel_answer(turn)

    def remember(self, history: Sequence[ConversationItem]) -> None:
        """Take note of what the conversation holds after a turn; a new socket is told this."""
        self._history = tuple(history)

    async def say(self, text: str) -> AsyncGenerator[bytes]:
        """Yield a text read aloud, as PCM16 at 24 kHz, beside the conversation. Raises SessionError."""
        link = await self._open_link()
        async with aclosing(self._links[link].say(text)) as chunks:
            async for pcm in chunks:
                yield pcm

    # What an answer needs

    async def create_response(self, turn: Turn) -> None:
        """Ask for the next response to the turn, on a new socket where the old one is gone. Raises SessionError."""
        link = await self._open_link()
        if turn.error is not None:
            # It was given up in the meantime: what is said now would come to another turn.
            raise turn.error
        if turn.item_id is None and (item := turn.user_item()) is not None:
            self._tail = turn.item_id = link.protocol.create_item(item)
        # A response that the server has begun by itself answers the turn as well.
        if link.protocol.response_state is ResponseState.IDLE:
            link.protocol.create_response(self._clock.time())
        link.flush()

    def create_items(self, turn: Turn, items: Sequence[ConversationItem]) -> None:
        """Add items to the end of the conversation; without a link, opening one tells them from the turn's steps."""
        if not turn.finished and (link := self._usable_link()) is not None:
            for item in items:
                self._tail = link.protocol.create_item(item)
            link.flush()

    # Link keeping

    def _usable_link(self) -> Link | None:
        return self._link if self._link is not None and self._link.usable else None

    async def _open_link(self) -> Link:
        """Return a link that is usable now, opening one where there is none. Raises SessionError."""
        self.prepare()
        if (opening := self._opening) is None:
            link = self._usable_link()
        else:
            # Whoever waits here may be cancelled; the opening goes on for the others.
            await asyncio.wait([opening])
            link = None if opening.cancelled() else opening.result()
        if link is None:
            raise ConnectionLost("closed")
        if not link.usable:
            raise link.error or ConnectionLost
        return link

    async def _open(self) -> Link:
        """Open a link and tell it everything; its events come only after this has returned to the loop."""
        try:
            link = await Link.open(self._dial, self, self._clock, self._limits.protocol)
        except SessionError:
            raise
        except Exception as err:
            _LOGGER.exception("Unexpected error while connecting")
            raise CannotConnect(type(err).__name__) from err
        self._link = link
        self._links[link] = SideSpeeches(link, self._clock, self._limits)
        self._commits.clear()
        self._tail = None
        link.protocol.update_session(self._config)
        for item in self._history:
            self._tail = link.protocol.create_item(item)
        if self._turn is not None and not self._turn.finished:
            self._replay(link, self._turn)
        link.flush()
        return link

    def _opened(self, opening: asyncio.Task[Link]) -> None:
        """Take note of how the opening went; whoever waits for the turn must learn of a failure."""
        if self._opening is opening:
            self._opening = None
        error = None if opening.cancelled() else opening.exception()
        turn = self._turn
        # An answer waits for the opening by itself, and may try again.
        if isinstance(error, SessionError) and turn is not None and not (turn.finished or turn.answering):
            turn.fail(error)

    def _replay(self, link: Link, turn: Turn) -> None:
        """Tell a new socket what the running turn has brought so far."""
        turn.item_id = None
        if (item := turn.user_item()) is not None:
            turn.follows = self._tail
            if turn.answering:
                self._tail = turn.item_id = link.protocol.create_item(item)
        elif speech := turn.speech:
            step = byte_count(_REPLAY_SECONDS, WIRE)
            for start in range(0, len(speech), step):
                link.protocol.append_audio(speech[start : start + step])
            if turn.committed:
                self._commit(link, turn)
        for step_item in turn.steps:
            self._tail = link.protocol.create_item(step_item)

    def _retire_stale_link(self) -> None:
        """Replace a socket that may reach the server's age limit within the turn, or that is still busy."""
        if (link := self._usable_link()) is None:
            return
        idle = link.protocol.response_state is ResponseState.IDLE and not link.protocol.committing
        if not idle or self._clock.time() - link.opened_at > self._limits.age:
            self._drop_link()

    def _drop_link(self) -> None:
        """Leave a socket behind; the next turn opens another."""
        if self._link is not None:
            self._link.retire()
            self._link = None

    # Turn keeping

    def _commit(self, link: Link, turn: Turn) -> None:
        turn.follows = self._tail
        self._commits.append(turn)
        link.protocol.commit_audio()

    def take_back(self, turn: Turn) -> None:
        """Remove what an unanswered turn has left in the server's conversation."""
        if turn is self._turn:
            self._turn = None
        if turn.finished:
            return
        if turn.answering:
            self._cancel_answer(turn)
            return
        turn.fail(ConnectionLost("cancelled"))
        if (link := self._usable_link()) is not None:
            if turn.item_id is not None:
                link.protocol.delete_item(turn.item_id)
                self._tail = turn.follows
            elif not turn.committed and turn.duration:
                link.protocol.clear_audio()
            link.flush()

    def _cancel_answer(self, turn: Turn) -> None:
        """Stop an answer halfway. What of it the server keeps is unknown, so the next turn gets a new socket."""
        turn.fail(ConnectionLost("cancelled"))
        if (link := self._usable_link()) is not None:
            link.protocol.cancel_response()
            link.flush()
        self._drop_link()

    def _reconcile(self, turn: Turn, history: tuple[ConversationItem, ...]) -> None:
        """Make the server's conversation what the history says: another stage may have answered a turn by itself."""
        known, self._history = self._history, history
        if (link := self._usable_link()) is None or history == known:
            return
        if history[: len(known)] != known:
            self._drop_link()
            return
        if turn.text is not None:
            turn.follows = self._tail
        after = turn.follows or "root"
        for item in history[len(known) :]:
            after = link.protocol.create_item(item, after=after)
        turn.follows = after
        if turn.item_id is None:
            self._tail = after
        link.flush()

    # All events go through here

    def event_received(self, link: Link, event: ProtocolEvent) -> None:
        """Hand an event to the speech or the turn that it belongs to; the rest is ours.

        What a link that was left behind still says is about items and responses of its own.
        """
        if self._links[link].event_received(event) or link is not self._link:
            return
        if self._turn is not None and self._turn.event_received(event):
            return
        match event:
            case ResponseOutputItemAdded():
                self._tail = event.item.id
            case InputAudioBufferCommitted():
                self._committed(event)
            case CommandRefused(command=Command.COMMIT_AUDIO):
                self._commit_refused(link)
            case CommandRefused() | ErrorEvent():
                _LOGGER.debug("! the server reports %s", event.code or event.error_type)

    def _committed(self, event: InputAudioBufferCommitted) -> None:
        """Learn the id of the user's item; one whose turn is over already is removed again."""
        turn = self._commits.popleft() if self._commits else self._turn
        if turn is None:
            return
        turn.item_id = event.item_id
        if turn is self._turn:
            # What was created after the commit follows the item.
            self._tail = event.item_id if self._tail == turn.follows else self._tail
        elif (link := self._usable_link()) is not None:
            link.protocol.delete_item(event.item_id)
            link.flush()

    def _commit_refused(self, link: Link) -> None:
        """Take the server's word that there was no speech; what it keeps of it must not begin the next turn."""
        if self._commits and not (turn := self._commits.popleft()).transcript.done():
            turn.transcript.set_result("")
        link.protocol.clear_audio()
        link.flush()

    def link_ended(self, link: Link, error: SessionError | None) -> None:
        """Move a running turn to a new socket, once, or end it."""
        error = error or ConnectionLost("closed")
        _LOGGER.debug("= session link ended: %s", error.code)
        self._links.pop(link).fail(error)
        if link is not self._link:
            return
        self._link = None
        turn = self._turn
        if turn is None or turn.finished:
            return
        if turn.answering:
            turn.inbox.fail(error)
        elif error.retry and not turn.retried and (turn.text is not None or turn.speech is not None):
            turn.retried = True
            self.prepare()
        else:
            turn.fail(error)

    async def close(self) -> None:
        """End the session; a turn that still runs gets ConnectionLost. Safe to call twice."""
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        self._link = None
        if self._turn is not None and not self._turn.finished:
            self._turn.fail(ConnectionLost("closed"))
        for link in list(self._links):
            await link.close()
