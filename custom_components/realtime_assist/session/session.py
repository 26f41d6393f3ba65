"""A conversation's realtime session: it outlives its sockets, and is rebuilt from history whenever one is replaced.

The order of one spoken turn, in the caller's words: `begin_turn`, `append` while the user speaks, `commit`,
`transcript`, then `answer`, whose events are consumed while the turn's audio is claimed by somebody else. An early turn
is answered from its commit on, whoever claims it; `settle` comes before it.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
import logging

from ..realtime import (
    GA,
    CommandRefused,
    ConversationItem,
    Dialect,
    ErrorEvent,
    ProtocolEvent,
    RateLimitsUpdated,
    SessionConfig,
    SessionCreated,
    TranscriptionUsage,
    Usage,
)
from .answer import Answer
from .clock import Clock
from .exceptions import ConnectionLost, RequestRejected, SessionError, error_from_code
from .ladder import Ladder, Move, Rung
from .limits import SessionLimits
from .link import Link
from .listening import Listening
from .metrics import Stamp
from .mirror import ConversationMirror
from .reading_aloud import ReadingAloud
from .renewal import Renewal
from .responding import Responding
from .speech_endpoint import Speak
from .standing import Standing
from .tail import Tail
from .tools import ToolExecutor
from .turn import Turn
from .turn_events import TurnEvent
from .uplink import DialModel, Uplink

_LOGGER = logging.getLogger(__name__)

type Used = Callable[[str, Usage], object]
"""Is told what a response that is part of no turn has used, and of which model."""

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
        speak: Speak | None = None,
        used: Used | None = None,
        transcribed: Callable[[TranscriptionUsage], object] = bool,
        anomalies: Counter[str] | None = None,
    ) -> None:
        """Take what the session is made of; `speak` reads texts aloud where the server's dialect cannot."""
        self._used = used
        self._anomalies = Counter() if anomalies is None else anomalies
        self._ladder = ladder
        self._config = config
        self._adapt = adapt
        self._clock = clock
        self._limits = limits
        self._dialect = dialect
        self._speak = speak
        self._uplink = Uplink(dial, ladder, self, clock, limits, dialect=dialect, used=self._count, heard=transcribed)
        self._mirror = ConversationMirror()
        self._standing = Standing(ladder)
        self._responding = Responding(
            self._uplink, self._standing, self._mirror, clock=clock, config=self._adapted, present=lambda: self._turn
        )
        self._listening = Listening(
            self._uplink,
            self._mirror,
            self._responding,
            self._standing,
            clock=clock,
            limit=limits.transcript,
            present=lambda: self._turn,
            transcribed=transcribed,
        )
        self._tail = Tail(self._uplink, ladder, self._standing, self._responding)
        self._responses = self._responding.responses
        self._retraction = self._responding.retraction
        self._renewal = Renewal(self._uplink, clock, limits.age, lambda: not self.busy)
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

    @property
    def busy(self) -> bool:
        """Return whether somebody is being listened to, answered, heard or read to."""
        turn = self._turn
        if turn is not None and (not turn.finished or turn.audio.playback.playing(self._clock.time())):
            return True
        reading = any(speeches.in_progress for speeches in self._uplink.speeches.values())
        return reading or self._responses.current is not None

    def prepare(self) -> None:
        """Open the socket in the background where there is none; safe to call at any time."""
        turn = self._running
        self._uplink.prepare(self._standing.passed(turn), None if turn is None else turn.retried)

    def keep_ready(self) -> None:
        """Open the socket in the background, and again whenever it is lost, until the first turn begins."""
        self._renewal.keep()

    def begin_turn(self, *, text: str | None = None, early: bool = False) -> Turn:
        """Begin a spoken turn, or one whose text is known.

        The turn before is taken back where nobody took it up, and interrupted where it is still being answered or
        heard. `early` asks for the response the moment the speech is committed, whoever claims it.
        """
        if self._turn is not None:
            self.interrupt(self._turn)
        self._renewal.release()
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
        if (link.spoken or self._responses.current is not None) and self._adapted().voice != voice:
            # The server would refuse the whole update: a voice that has spoken stays for the socket's life.
            self._uplink.drop()
            self.prepare()
        elif link.protocol.update_session(self._adapted()):
            link.flush()

    def append(self, turn: Turn, pcm: bytes) -> None:
        """Append PCM16 at 24 kHz that the user has just said; what comes after the end of the speech is dropped."""
        self._listening.append(turn, pcm)

    def commit(self, turn: Turn) -> None:
        """Take note that the user has finished; what was said becomes an item of the conversation.

        Where the server has found the end of the speech by itself, there is nothing to do.
        """
        self._listening.commit(turn)

    def settle(self, history: Sequence[ConversationItem]) -> None:
        """Make the server's conversation what the chat log says, ahead of an early turn."""
        if not self._mirror.reconcile(self._uplink.usable, self._running, tuple(history)):
            self._uplink.drop()
            self.prepare()

    async def transcript(self, turn: Turn) -> str:
        """Wait for what the user said, as text; empty for no speech. Raises SessionError."""
        return await self._listening.transcript(turn)

    # The assistant's side of a turn

    async def answer(
        self, turn: Turn, history: Sequence[ConversationItem], executor: ToolExecutor
    ) -> AsyncGenerator[TurnEvent]:
        """Answer the turn; `history` is what was said before it. Raises SessionError.

        Tools run in the caller's context, and once, whatever becomes of the socket. It ends as soon as no call can
        follow; usage may still come then, and `turn.on_finished` tells when all is there. Closing the generator early
        is an interruption.
        """
        if turn.error is not None:
            # It has no say any more in what the conversation holds: another turn may have taken its place.
            raise turn.error
        if not self._mirror.reconcile(self._uplink.usable, turn, tuple(history)):
            self._uplink.drop()
        turn.answering = True
        turn.timings.mark(Stamp.SPEECH_ENDED, self._clock.time())
        self._responding.review_early(turn)
        try:
            async with aclosing(Answer(self._responding, turn, executor, self._limits.tool).events()) as events:
                async for event in events:
                    yield event
            if turn.returned:
                self._tail.follow(turn)
            else:
                self._tail.answered(turn)
        except SessionError as err:
            self._tail.failed(turn, err)
            raise
        finally:
            if not turn.finished and not turn.returned:
                self.interrupt(turn)

    def interrupt(self, turn: Turn) -> None:
        """Stop a turn's answer, as the user speaks over it, and have the model know what was heard; safe at any time.

        A turn that nobody answers is taken back.
        """
        if not turn.answering:
            self.take_back(turn)
            return
        now = self._clock.time()
        over = turn.finished and self._responses.running(turn) is None and not turn.audio.playback.playing(now)
        if turn.cut or over:
            return
        heard = turn.audio.playback.heard(now)
        self._mirror.interrupted()
        if turn.finished:
            turn.cut = True
        else:
            turn.cut_off(ConnectionLost("cancelled"))
        if (link := self._uplink.usable) is not None:
            self._retraction.cut_short(link, turn, heard)

    def remember(self, history: Sequence[ConversationItem]) -> None:
        """Take note of what the conversation holds after a turn; a new socket is told this."""
        self._mirror.remember(history)

    async def say(self, text: str) -> AsyncGenerator[bytes]:
        """Yield a text read aloud, as PCM16 at 24 kHz, beside the conversation. Raises SessionError."""
        self._leave_shut_rung()
        if self._dialect.side_responses:
            reading = ReadingAloud(self._uplink, self._ladder, lambda: self._running is not None).pcm(text)
        elif self._speak is not None:
            reading = self._speak(text, self.voice)
        else:
            raise RequestRejected("no_side_responses")
        async with aclosing(reading) as chunks:
            async for pcm in chunks:
                yield pcm

    def _count(self, model: str, usage: Usage | None) -> None:
        """Tell what a response that is part of no turn has used, where the server says so."""
        if usage is not None and self._used is not None:
            self._used(model, usage)

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
        self._renewal.watch(link)
        self._responding.answer_early()

    def link_left(self) -> None:
        """Take note that the link in use is left behind, with all that its server remembers."""
        self._renewal.left()
        self._responses.abandon()

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
        if link.protocol.committing or self._clock.time() - link.opened_at > self._limits.age:
            self._uplink.drop()

    def _leave_shut_rung(self) -> None:
        """Leave a socket whose rung, or whose account, is to be left alone for a while."""
        rung = self._uplink.rung
        if self._running is None and self._uplink.usable is not None and rung and not self._ladder.allows(rung):
            self._uplink.drop()

    # Turn keeping

    def take_back(self, turn: Turn) -> None:
        """Remove what an unanswered turn has left in the server's conversation, a response to it included."""
        if turn.answering:
            self.interrupt(turn)
            return
        present, turn.taken_back = turn is self._turn and not turn.taken_back, True
        if present:
            self._turn = None
        if not turn.finished:
            turn.fail(ConnectionLost("cancelled"))
            if present and (link := self._uplink.usable) is not None:
                self._retraction.take_back(link, turn)

    # All events go through here

    def event_received(self, link: Link, event: ProtocolEvent) -> None:
        """Hand an event to the speech or the turn that it belongs to; the rest is ours.

        What a link that was left behind still says is about items and responses of its own.
        """
        if self._uplink.speeches[link].event_received(event) or self._uplink.has_left(link, event):
            return
        if self._responses.event_received(link, event):
            if (turn := self._running) is not None and turn.returned:
                self._tail.follow(turn)
            return
        if self._listening.event_received(link, event, self._running):
            return
        if self._turn is not None and self._turn.event_received(event):
            return
        match event:
            case SessionCreated():
                self._session_created(link)
            case RateLimitsUpdated() if self._uplink.rung is not None:
                self._ladder.limits_updated(self._uplink.rung, event.rate_limits)
            case CommandRefused() | ErrorEvent():
                # What is said as a code may be a sentence that quotes the key.
                _LOGGER.debug("! the server reports %s", error_from_code(event.code, event.error_type).code)

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
        self.link_left()
        turn = self._running
        if not link.greeted:
            self._standing.not_let_in(turn, error)
        if turn is None:
            self._idle_link_ended(error)
            return
        turn.note(error)
        if turn.returned:
            self._tail.failed(turn, error)
        elif turn.answering:
            turn.inbox.fail(error)
        elif (end := self._responding.recover(turn, error)) is None:
            self.prepare()
        else:
            turn.fail(end)

    def _idle_link_ended(self, error: SessionError) -> None:
        """Take note of a refusal that no turn was there to hear; that a socket is lost while idle says nothing."""
        if self._uplink.rung is not None and not error.retry:
            self._ladder.failed(self._uplink.rung, error)

    async def close(self) -> None:
        """End the session; a turn that still runs gets ConnectionLost. Safe to call twice."""
        if self._turn is not None and not self._turn.finished:
            self._turn.fail(ConnectionLost("closed"))
        self._renewal.stop()
        self._responses.abandon()
        await self._uplink.close()
