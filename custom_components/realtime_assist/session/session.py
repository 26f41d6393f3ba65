"""A conversation's realtime session: it outlives its sockets, and is rebuilt from history whenever one is replaced.

The order of one spoken turn, in the caller's words: `begin_turn`, `append` while the user speaks, `commit`,
`transcript`, then `answer`, whose events are consumed while the turn's audio is claimed by somebody else.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
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
    SessionCreated,
)
from ..realtime.audio import WIRE, byte_count
from .answer import Answer
from .clock import Clock
from .exceptions import ConnectionLost, ServerSilent, SessionError
from .ladder import Descent, Ladder, LadderExhausted, Move, Rung
from .limits import SessionLimits
from .link import Link
from .metrics import Stamp
from .tools import ToolExecutor
from .turn import Turn, TurnEvent
from .uplink import DialModel, Uplink

_LOGGER = logging.getLogger(__name__)

type Adapt = Callable[[SessionConfig, Rung], SessionConfig]
"""Fits a configuration to what a rung's model can do, and gives it the rung's voice."""

# How much speech one append carries when a turn is told to a new socket.
_REPLAY_SECONDS = 1.0


class RealtimeSession:
    """One conversation with a realtime server."""

    def __init__(
        self,
        dial: DialModel,
        ladder: Ladder,
        config: SessionConfig,
        *,
        adapt: Adapt,
        clock: Clock,
        limits: SessionLimits,
    ) -> None:
        self._ladder = ladder
        self._config = config
        self._adapt = adapt
        self._clock = clock
        self._limits = limits
        self._uplink = Uplink(dial, ladder, self, clock, limits)
        self._history: tuple[ConversationItem, ...] = ()
        self._tail: str | None = None
        self._turn: Turn | None = None
        self._commits: deque[Turn] = deque()

    # The user's side of a turn

    @property
    def config(self) -> SessionConfig:
        """Return what the session is now."""
        return self._config

    @property
    def voice(self) -> str:
        """Return the voice that is spoken with now; the rung in use may lack the wanted one."""
        return self._adapted().voice

    def prepare(self) -> None:
        """Open the socket in the background where there is none; safe to call at any time."""
        # What a turn that is over has passed may be tried again.
        self._uplink.prepare(() if self._turn is None or self._turn.finished else self._turn.passed)

    def begin_turn(self, *, text: str | None = None) -> Turn:
        """Begin a spoken turn, or one whose text is known. A turn that nobody took up is taken back first."""
        if self._turn is not None:
            self.take_back(self._turn)
        self._retire_stale_link()
        self._turn = turn = Turn(self._limits, self._clock, text=text)
        if self._uplink.closed:
            turn.fail(ConnectionLost("closed"))
        if (link := self._uplink.usable) is not None:
            turn.rung = self._uplink.rung
            turn.timings.session_age = self._clock.time() - link.opened_at
        self.prepare()
        return turn

    def configure(self, config: SessionConfig) -> None:
        """Change what the session is; what the server knows already is not sent again."""
        self._config = config
        if (link := self._uplink.usable) is not None and link.protocol.update_session(self._adapted()):
            link.flush()

    def append(self, turn: Turn, pcm: bytes) -> None:
        """Append PCM16 at 24 kHz that the user has just said."""
        turn.keep(pcm)
        if turn is self._turn and (link := self._uplink.usable) is not None:
            link.protocol.append_audio(pcm)
            link.flush()

    def commit(self, turn: Turn) -> None:
        """Take note that the user has finished; what was said becomes an item of the conversation."""
        turn.committed = True
        turn.timings.mark(Stamp.SPEECH_ENDED, self._clock.time())
        if turn is self._turn and (link := self._uplink.usable) is not None:
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
                self._uplink.drop()
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
        turn.timings.mark(Stamp.SPEECH_ENDED, self._clock.time())
        try:
            async with aclosing(Answer(self, turn, executor, self._limits.tool).events()) as events:
                async for event in events:
                    yield event
            turn.finish()
            if turn.rung is not None:
                self._ladder.succeeded(turn.rung)
        except SessionError as err:
            if not turn.finished:
                self._leave_rung(turn, err)
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
        link = await self._uplink.link()
        async with aclosing(self._uplink.speeches[link].say(text)) as chunks:
            async for pcm in chunks:
                yield pcm

    # What an answer needs

    async def create_response(self, turn: Turn) -> None:
        """Ask for the next response to the turn, on a new socket where the old one is gone. Raises SessionError."""
        link = await self._uplink.link(turn.passed)
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
        if not turn.finished and (link := self._uplink.usable) is not None:
            for item in items:
                self._tail = link.protocol.create_item(item)
            link.flush()

    def failed(self, turn: Turn, error: SessionError) -> None:
        """Take note of what went wrong."""
        turn.errors[error.code] += 1

    def recover(self, turn: Turn, error: SessionError) -> bool:
        """Return whether the turn goes on after an error: on its rung once more, or on one below."""
        move = self._ladder.move(error, retried=turn.retried)
        if turn.finished or turn.rung is None:
            return False
        if move is Move.SAME_RUNG:
            turn.retries += 1
            turn.retried = True
            return True
        self._leave_rung(turn, error)
        if move is Move.GIVE_UP or not self._ladder.has_left(turn.passed):
            return False
        turn.retries += 1
        turn.retried = False
        self._uplink.drop()
        return True

    def _leave_rung(self, turn: Turn, error: SessionError) -> None:
        """Count the failure of the turn's rung; one turn counts once against each."""
        if turn.rung is None or turn.rung in turn.passed or isinstance(error, LadderExhausted):
            return
        turn.passed[turn.rung] = error.code
        self._ladder.failed(turn.rung, error)

    # Link keeping

    def _adapted(self) -> SessionConfig:
        """Return the configuration for the rung that the link in use stands on."""
        return self._config if self._uplink.rung is None else self._adapt(self._config, self._uplink.rung)

    def link_opened(self, link: Link) -> None:
        """Tell a new link everything: what the session is, what was said, and what the running turn has brought."""
        self._commits.clear()
        self._tail = None
        link.protocol.update_session(self._adapted())
        for item in self._history:
            self._tail = link.protocol.create_item(item)
        if (turn := self._turn) is not None and not turn.finished:
            self._stand(turn)
            self._replay(link, turn)
        link.flush()

    def dial_failed(self, rung: Rung, error: SessionError) -> None:
        """Take note of a rung that refused the dial."""
        if (turn := self._turn) is not None and not turn.finished:
            turn.errors[error.code] += 1
            turn.connections_tried += 1
            turn.connections_failed += 1
            turn.passed[rung] = error.code

    def opening_ended(self, error: SessionError | None) -> None:
        """Tell whoever waits for the turn of a failed opening; an answer waits for it by itself, and may try again."""
        turn = self._turn
        if error is not None and turn is not None and not (turn.finished or turn.answering):
            turn.fail(error)

    def _stand(self, turn: Turn) -> None:
        """Note on which rung the turn stands now, and whether that is lower than where it stood or should stand."""
        turn.connections_tried += 1
        rung = self._uplink.rung
        left = turn.rung or self._ladder.rungs[0]
        turn.rung = rung
        if rung is None or rung == left:
            return
        broken = self._ladder.breaker(left).error
        reason = turn.passed.get(left) or (broken.code if broken is not None else "unavailable")
        turn.descents.append(Descent(left=left, taken=rung, reason=reason))
        _LOGGER.info("%s cannot answer (%s); %s takes its place", left.model, reason, rung.model)

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
        if (link := self._uplink.usable) is None:
            return
        idle = link.protocol.response_state is ResponseState.IDLE and not link.protocol.committing
        if not idle or self._clock.time() - link.opened_at > self._limits.age:
            self._uplink.drop()

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
        if (link := self._uplink.usable) is not None:
            if turn.item_id is not None:
                link.protocol.delete_item(turn.item_id)
                self._tail = turn.follows
            elif not turn.committed and turn.duration:
                link.protocol.clear_audio()
            link.flush()

    def _cancel_answer(self, turn: Turn) -> None:
        """Stop an answer halfway. What of it the server keeps is unknown, so the next turn gets a new socket."""
        turn.fail(ConnectionLost("cancelled"))
        if (link := self._uplink.usable) is not None:
            link.protocol.cancel_response()
            link.flush()
        self._uplink.drop()

    def _reconcile(self, turn: Turn, history: tuple[ConversationItem, ...]) -> None:
        """Make the server's conversation what the history says: another stage may have answered a turn by itself."""
        known, self._history = self._history, history
        if (link := self._uplink.usable) is None or history == known:
            return
        if history[: len(known)] != known:
            self._uplink.drop()
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
        if self._uplink.speeches[link].event_received(event) or not self._uplink.uses(link):
            return
        if self._turn is not None and self._turn.event_received(event):
            return
        match event:
            case SessionCreated():
                self._session_created()
            case ResponseOutputItemAdded():
                self._tail = event.item.id
            case InputAudioBufferCommitted():
                self._committed(event)
            case CommandRefused(command=Command.COMMIT_AUDIO):
                self._commit_refused(link)
            case CommandRefused() | ErrorEvent():
                _LOGGER.debug("! the server reports %s", event.code or event.error_type)

    def _session_created(self) -> None:
        """Take the time that it took to get in, where a turn had to wait for it."""
        turn = self._turn
        if turn is not None and not turn.finished and turn.connections_tried:
            turn.timings.connect = self._clock.time() - self._uplink.dialled_at

    def _committed(self, event: InputAudioBufferCommitted) -> None:
        """Learn the id of the user's item; one whose turn is over already is removed again."""
        turn = self._commits.popleft() if self._commits else self._turn
        if turn is None:
            return
        turn.item_id = event.item_id
        if turn is self._turn:
            # What was created after the commit follows the item.
            self._tail = event.item_id if self._tail == turn.follows else self._tail
        elif (link := self._uplink.usable) is not None:
            link.protocol.delete_item(event.item_id)
            link.flush()

    def _commit_refused(self, link: Link) -> None:
        """Take the server's word that there was no speech; what it keeps of it must not begin the next turn."""
        if self._commits and not (turn := self._commits.popleft()).transcript.done():
            turn.transcript.set_result("")
        link.protocol.clear_audio()
        link.flush()

    def link_ended(self, link: Link, error: SessionError | None) -> None:
        """Move a running turn to a new socket, or end it."""
        error = error or ConnectionLost("closed")
        _LOGGER.debug("= session link ended: %s", error.code)
        if not self._uplink.forget(link, error):
            return
        turn = self._turn
        if turn is None or turn.finished:
            return
        if turn.answering:
            turn.inbox.fail(error)
            return
        self.failed(turn, error)
        if (turn.text is not None or turn.speech is not None) and self.recover(turn, error):
            self.prepare()
        else:
            turn.fail(error)

    async def close(self) -> None:
        """End the session; a turn that still runs gets ConnectionLost. Safe to call twice."""
        closing = self._uplink.close()
        if self._turn is not None and not self._turn.finished:
            self._turn.fail(ConnectionLost("closed"))
        await closing
