"""Whose the response is that the server runs, and who has to know when it is over.

The server runs at most one response in the default conversation. One that is being cancelled lives on until its own
`response.done`, and until then no other can be asked for.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ..realtime import (
    Command,
    CommandRefused,
    ProtocolEvent,
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseState,
    SessionConfig,
    Usage,
)
from .answer_items import AnswerItems
from .clock import Clock, Timer
from .link import Link
from .turn import Turn

# Servers confirm a cancelled response within a fraction of a second.
CANCEL_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a response was asked with: its configuration, and which version of the conversation."""

    config: SessionConfig
    revision: int

    def hold(self, now: Terms) -> bool:
        """Return whether a response that was asked for now would be the same."""
        then = self.config
        return (
            self.revision == now.revision
            and then.instructions == now.config.instructions
            and tuple(then.tools) == tuple(now.config.tools)
            and then.modality is now.config.modality
            and then.voice == now.config.voice
        )


@dataclass(slots=True, eq=False, kw_only=True)
class Response:
    """One response of the default conversation."""

    turn: Turn | None
    """Whose answer it is; None for one that nobody has asked for."""
    model: str
    terms: Terms | None = None
    claimed: bool = False
    """Whether somebody consumes what it brings."""
    unwanted: bool = False
    over: bool = False
    items: AnswerItems = field(default_factory=AnswerItems)
    when_over: list[Callable[[], object]] = field(default_factory=list)
    """What waits for its end; forgotten with its socket."""


class ResponseOwner(Protocol):
    """What responses need of their session."""

    def adopter(self) -> Turn | None:
        """Return the turn that a response which the server creates by itself answers."""
        ...

    def stray(self, link: Link, response: Response) -> None:
        """Get rid of a response that is nobody's."""
        ...

    def item_added(self, item_id: str) -> None:
        """Take note of an item at the end of the conversation."""
        ...

    def stray_done(self, model: str, usage: Usage | None) -> None:
        """Count what a response that is nobody's has used."""
        ...

    def model_in_use(self) -> str:
        """Return the model of the link in use."""
        ...

    def quiet(self) -> None:
        """Take note that another response may be asked for."""
        ...

    def cancel_ignored(self) -> None:
        """Take note that the server does not end a response that was cancelled."""
        ...


class Responses:
    """The responses on the link in use: the one that runs, and those whose audio may still be heard."""

    def __init__(self, owner: ResponseOwner, clock: Clock) -> None:
        self._owner = owner
        self._clock = clock
        self._known: list[Response] = []
        self._timer: Timer | None = None
        self._over = asyncio.Event()
        self.current: Response | None = None
        """The one that runs."""

    def of(self, turn: Turn) -> list[Response]:
        """Return a turn's responses on the link in use, in their order."""
        return [response for response in self._known if response.turn is turn]

    def running(self, turn: Turn) -> Response | None:
        """Return a turn's response that the server still runs."""
        return self.current if self.current is not None and self.current.turn is turn else None

    def unclaimed(self, turn: Turn) -> Response | None:
        """Return a turn's response that waits for somebody to consume it."""
        return next((known for known in self.of(turn) if not known.claimed and not known.unwanted), None)

    def begun(self, turn: Turn, model: str, terms: Terms, *, claimed: bool) -> None:
        """Take note of a response that was asked for."""
        self._begin(Response(turn=turn, model=model, terms=terms, claimed=claimed))

    def cancel(self, link: Link, response: Response) -> None:
        """Stop a response; nothing that it still brings is anybody's."""
        response.unwanted = True
        if response is self.current and link.protocol.cancel_response():
            link.flush()
            self._timer = self._clock.call_at(self._clock.time() + CANCEL_SECONDS, self._owner.cancel_ignored)

    def forget(self, response: Response) -> None:
        """Take note that nothing of a response is left in the server's conversation."""
        self._known.remove(response)

    async def wait_over(self) -> None:
        """Wait for the end of the response that runs now."""
        while self.current is not None:
            self._over.clear()
            await self._over.wait()

    def abandon(self) -> None:
        """Forget all: the socket is gone, and with it the server's conversation."""
        known, self._known = self._known, []
        self._end_current()
        for response in known:
            response.when_over.clear()
            if response.turn is not None and not response.claimed and not response.turn.finished:
                response.turn.forget_output()

    def event_received(self, link: Link, event: ProtocolEvent) -> bool:
        """Take an event in where it is about a response; return whether it was."""
        match event:
            case ResponseCreated():
                if self.current is None:
                    self._begun_by_server(link)
            case ResponseOutputItemAdded() if self.current is not None:
                turn = self.current.turn
                self.current.items.added(event.item, 0 if turn is None else turn.audio.num_bytes)
                self._owner.item_added(event.item.id)
                self._hand_on(event)
            case (
                ResponseOutputAudioDelta()
                | ResponseOutputItemDone()
                | ResponseOutputAudioTranscriptDelta()
                | ResponseOutputTextDelta()
            ):
                self._output(event)
            case ResponseDone():
                self._done(event)
            case CommandRefused(command=Command.CREATE_RESPONSE):
                self._hand_on(event)
            case CommandRefused(command=Command.CANCEL_RESPONSE):
                # It had ended by itself.
                pass
            case _:
                return False
        if self.current is not None and link.protocol.response_state is ResponseState.IDLE:
            self._settle_current()
        return True

    def _output(self, event: ProtocolEvent) -> None:
        """Take in what the running response brings."""
        if self.current is None:
            return
        match event:
            case ResponseOutputItemDone():
                self.current.items.done(event.item)
            case ResponseOutputAudioDelta():
                self.current.items.spoken(len(event.pcm))
        self._hand_on(event)

    def _hand_on(self, event: ProtocolEvent) -> None:
        """Give an event to the turn that wants it."""
        response = self.current
        if response is not None and response.turn is not None and not response.unwanted:
            response.turn.event_received(event)

    def _done(self, event: ResponseDone) -> None:
        """Count what the response has used, and hand its end on."""
        response = self.current
        if response is None:
            return
        if response.turn is None:
            self._owner.stray_done(response.model, event.usage)
        else:
            response.turn.meter.done(response.model, event.response_id, event.usage)
        self._hand_on(event)

    def _begun_by_server(self, link: Link) -> None:
        """Take note of a response that the server, or a gateway, has created by itself."""
        response = Response(turn=self._owner.adopter(), model=self._owner.model_in_use())
        self._begin(response)
        if response.turn is None:
            self._owner.stray(link, response)

    def _begin(self, response: Response) -> None:
        """Take note of a response that runs; those that nobody can hear any more are forgotten."""
        now = self._clock.time()
        self._known = [known for known in self._known if known.turn is response.turn or _matters(known, now)]
        self._known.append(response)
        self.current = response
        if response.turn is not None:
            response.turn.hold()

    def _settle_current(self) -> None:
        """Tell whoever waits that the response is over."""
        response = self._end_current()
        if response is not None:
            for callback in response.when_over:
                callback()
            self._owner.quiet()

    def _end_current(self) -> Response | None:
        """Take the response for over; return it."""
        response, self.current = self.current, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._over.set()
        if response is not None:
            response.over = True
            if response.turn is not None:
                response.turn.let_go()
        return response


def _matters(response: Response, now: float) -> bool:
    """Return whether a response may still be cut short."""
    return response.turn is not None and response.turn.audio.playback.playing(now)
