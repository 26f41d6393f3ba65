"""A conversation's realtime session: it outlives its sockets, and is rebuilt from history whenever one is replaced.

The order of one spoken turn, in the caller's words: `begin_turn`, `append` while the user speaks, `commit`,
`transcript`, then `answer`, whose events are consumed while the turn's audio is claimed by somebody else.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
import logging

from ..realtime import (
    GA,
    Command,
    CommandRefused,
    ConversationItem,
    Dialect,
    ErrorEvent,
    InputAudioBufferCommitted,
    ProtocolEvent,
    RateLimitsUpdated,
    ResponseOutputItemAdded,
    ResponseState,
    SessionConfig,
    SessionCreated,
    Usage,
)
from .answer import Answer
from .clock import Clock
from .exceptions import ConnectionLost, ServerSilent, SessionError
from .ladder import Ladder, Move, Rung
from .limits import SessionLimits
from .link import Link
from .metrics import Stamp
from .mirror import ConversationMirror
from .reading_aloud import ReadingAloud
from .standing import Standing
from .tools import ToolExecutor
from .turn import Turn, TurnEvent
from .uplink import DialModel, Uplink

_LOGGER = logging.getLogger(__name__)

type Adapt = Callable[[SessionConfig, Rung], SessionConfig]
"""Fits a configuration to what a rung's model can do, and gives it the rung's voice."""


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
        dialect: Dialect = GA,
        anomalies: Counter[str] | None = None,
    ) -> None:
        self._anomalies = Counter() if anomalies is None else anomalies
        self._ladder = ladder
        self._config = config
        self._adapt = adapt
        self._clock = clock
        self._limits = limits
        self._uplink = Uplink(dial, ladder, self, clock, limits, dialect=dialect)
        self._mirror = ConversationMirror()
        self._standing = Standing(ladder)
        self._turn: Turn | None = None

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
        turn = self._running
        self._uplink.prepare(self._standing.passed(turn), None if turn is None else turn.retried)

    def begin_turn(self, *, text: str | None = None, early: bool = False) -> Turn:
        """Begin a spoken turn, or one whose text is known. A turn that nobody took up is taken back first.

        `early` asks for the response the moment the speech is committed, whoever claims it.
        """
        if self._turn is not None:
            self.take_back(self._turn)
        self._retire_stale_link()
        self._turn = turn = Turn(self._limits, self._clock, text=text, early=early)
        if self._uplink.closed:
            turn.fail(ConnectionLost("closed"))
        link = self._uplink.usable
        self._standing.turn_begun(turn, None if link is None else self._uplink.rung)
        if link is not None:
            turn.timings.session_age = self._clock.time() - link.opened_at
        self.prepare()
        return turn

    def configure(self, config: SessionConfig) -> None:
        """Change what the session is; what the server knows already is not sent again."""
        voice = self._adapted().voice
        self._config = config
        if (link := self._uplink.usable) is None:
            return
        if link.spoken and self._adapted().voice != voice:
            # The server would refuse the whole update: a voice that has spoken stays for the socket's life.
            self._uplink.drop()
            self.prepare()
        elif link.protocol.update_session(self._adapted()):
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
            self._mirror.commit(link, turn)
            link.flush()

    async def transcript(self, turn: Turn) -> str:
        """Wait for what the user said, as text; empty for no speech. Raises SessionError."""
        try:
            async with asyncio.timeout(self._limits.transcript):
                return await asyncio.shield(turn.transcript)
        except TimeoutError:
            error = ServerSilent("transcript")
            self._standing.leave_rung(turn, error)
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
        if not self._mirror.reconcile(self._uplink.usable, turn, tuple(history)):
            self._uplink.drop()
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
                self._standing.leave_rung(turn, err)
            turn.fail(err)
            raise
        finally:
            if not turn.finished:
                self._cancel_answer(turn)

    def interrupt(self, turn: Turn) -> None:
        """Stop a turn's answer, as the user speaks over it; safe at any time."""
        if turn is self._turn and turn.answering and not turn.finished:
            self._cancel_answer(turn)

    def settle(self, history: Sequence[ConversationItem]) -> None:
        """Make the server's conversation what the chat log says, ahead of an early turn."""
        if self._uplink.usable is not None and not self._mirror.knows(history):
            self._uplink.drop()
            self.prepare()
        self._mirror.remember(history)

    def remember(self, history: Sequence[ConversationItem]) -> None:
        """Take note of what the conversation holds after a turn; a new socket is told this."""
        self._mirror.remember(history)

    async def say(self, text: str) -> AsyncGenerator[bytes]:
        """Yield a text read aloud, as PCM16 at 24 kHz, beside the conversation. Raises SessionError."""
        self._leave_shut_rung()
        reading = ReadingAloud(self._uplink, self._ladder, lambda: self._running is not None)
        async with aclosing(reading.pcm(text)) as chunks:
            async for pcm in chunks:
                yield pcm

    def take_readings(self) -> dict[str, Usage]:
        """Return what texts that were read aloud have used since this was asked last, by model."""
        taken, self._uplink.readings.usage = self._uplink.readings.usage, {}
        return taken

    # What an answer needs

    async def create_response(self, turn: Turn) -> None:
        """Ask for the next response to the turn, on a new socket where the old one is gone. Raises SessionError."""
        link = await self._uplink.link(self._standing.passed(turn), turn.retried)
        if turn.error is not None:
            # It was given up in the meantime: what is said now would come to another turn.
            raise turn.error
        self._mirror.add_user_item(link, turn)
        # A response that the server has begun by itself answers the turn as well.
        if link.protocol.response_state is ResponseState.IDLE:
            link.protocol.create_response(self._clock.time())
        link.flush()

    def create_items(self, turn: Turn, items: Sequence[ConversationItem]) -> None:
        """Add items to the end of the conversation; without a link, opening one tells them from the turn's steps."""
        if not turn.finished and (link := self._uplink.usable) is not None:
            self._mirror.add(link, items)
            link.flush()

    def recover(self, turn: Turn, error: SessionError) -> SessionError | None:
        """Return None where the turn goes on after an error, on its rung or one below; else the error that ends it."""
        end = self._standing.recover(turn, error, link_lives=self._uplink.usable is not None)
        if end is None and turn.rung in turn.passed:
            self._uplink.drop()
        return end

    # Link keeping

    def _adapted(self) -> SessionConfig:
        """Return the configuration for the rung that the link in use stands on."""
        return self._config if self._uplink.rung is None else self._adapt(self._config, self._uplink.rung)

    @property
    def _running(self) -> Turn | None:
        """Return the turn that waits for something."""
        return None if self._turn is None or self._turn.finished else self._turn

    def link_opened(self, link: Link) -> None:
        """Tell a new link everything: what the session is, what was said, and what the running turn has brought."""
        # What nobody expects of a server is counted over all sockets.
        self._anomalies.update(link.protocol.anomalies)
        link.protocol.anomalies = self._anomalies
        link.protocol.update_session(self._adapted())
        if self._uplink.rung is not None:
            self._standing.opened(self._running, self._uplink.rung)
        self._mirror.tell(link, self._running)
        link.flush()

    def dial_failed(self, rung: Rung, error: SessionError, move: Move) -> None:
        """Take note of a rung that refused the dial."""
        self._standing.dial_failed(self._running, rung, error, move)

    def opening_ended(self, error: SessionError | None) -> None:
        """Tell whoever waits for the turn of a failed opening; an answer waits for it by itself, and may try again."""
        turn = self._running
        if error is not None and turn is not None and not turn.answering:
            turn.fail(error)

    def _retire_stale_link(self) -> None:
        """Replace a socket that may reach the server's age limit within the turn, that is busy, or best left alone."""
        self._leave_shut_rung()
        if (link := self._uplink.usable) is None:
            return
        idle = link.protocol.response_state is ResponseState.IDLE and not link.protocol.committing
        if not idle or self._clock.time() - link.opened_at > self._limits.age:
            self._uplink.drop()

    def _leave_shut_rung(self) -> None:
        """Leave a socket whose rung, or whose account, is to be left alone for a while."""
        rung = self._uplink.rung
        if self._running is None and self._uplink.usable is not None and rung and not self._ladder.allows(rung):
            self._uplink.drop()

    # Turn keeping

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
            self._mirror.remove(link, turn)

    def _cancel_answer(self, turn: Turn) -> None:
        """Stop an answer halfway. What of it the server keeps is unknown, so the next turn gets a new socket."""
        turn.fail(ConnectionLost("cancelled"))
        if (link := self._uplink.usable) is not None:
            link.protocol.cancel_response()
            link.flush()
        self._uplink.drop()

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
                self._session_created(link)
            case ResponseOutputItemAdded():
                self._mirror.item_added(event.item.id)
            case InputAudioBufferCommitted():
                self._mirror.committed(link, event, self._turn)
            case RateLimitsUpdated() if self._uplink.rung is not None:
                self._ladder.limits_updated(self._uplink.rung, event.rate_limits)
            case CommandRefused(command=Command.COMMIT_AUDIO):
                self._mirror.commit_refused(link)
            case CommandRefused() | ErrorEvent():
                _LOGGER.debug("! the server reports %s", event.code or event.error_type)

    def _session_created(self, link: Link) -> None:
        """Take the time that it took to get in, where a turn had to wait for it."""
        self._ladder.greeted()
        turn = self._running
        if turn is not None and link.opened_at >= turn.timings.stamps[Stamp.BEGUN]:
            turn.timings.connect = self._clock.time() - self._uplink.dialled_at

    def link_ended(self, link: Link, error: SessionError | None) -> None:
        """Move a running turn to a new socket, or end it."""
        error = error or ConnectionLost("closed")
        _LOGGER.debug("= session link ended: %s", error.code)
        if not self._uplink.forget(link, error):
            return
        turn = self._running
        if not link.greeted:
            self._standing.not_let_in(turn, error)
        if turn is None:
            self._idle_link_ended(error)
            return
        turn.note(error)
        if turn.answering:
            turn.inbox.fail(error)
        elif (end := self.recover(turn, error)) is None:
            self.prepare()
        else:
            turn.fail(end)

    def _idle_link_ended(self, error: SessionError) -> None:
        """Take note of a refusal that no turn was there to hear; that a socket is lost while idle says nothing."""
        if self._uplink.rung is not None and not error.retry:
            self._ladder.failed(self._uplink.rung, error)

    async def close(self) -> None:
        """End the session; a turn that still runs gets ConnectionLost. Safe to call twice."""
        closing = self._uplink.close()
        if self._turn is not None and not self._turn.finished:
            self._turn.fail(ConnectionLost("closed"))
        await closing
