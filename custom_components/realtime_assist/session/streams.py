"""Bounded streams between the socket's reader, which never waits, and the one consumer that claims each of them."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from ..realtime.audio import WIRE, silence
from .clock import Clock
from .exceptions import SessionError, TurnOverflow
from .playback import Playback

# Some satellites never recover from a stream that pauses for five seconds.
PAUSE_SECONDS = 2.0
SILENCE = silence(0.2, WIRE)


class AlreadyClaimed(Exception):
    """A stream has one consumer; a second one is a bug on this side."""


class AudioStream:
    """PCM that is pushed by the reader and pulled by whoever asks for it, at most once.

    What nobody asks for is dropped at the bound: the reader must not wait for a pipeline that answers from its cache.
    One that is `held` lets nothing out before its release.
    """

    def __init__(self, max_bytes: int, clock: Clock, *, held: bool = False) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._held = held
        self._waiting: deque[bytes] = deque()
        self._num_waiting = 0
        self._error: SessionError | None = None
        self._closed = False
        self._claimed = False
        self._taken_at: float | None = None
        self._wake = asyncio.Event()
        self.num_bytes = 0
        """How much was pushed in all."""
        self.bridged = False
        """Whether pauses after the first audio are broken by silence."""
        self.playback = Playback()
        """What was taken of it, and when."""

    def push(self, pcm: bytes) -> None:
        """Add PCM; past the end, or past the bound, it is dropped."""
        if self._closed:
            return
        self.num_bytes += len(pcm)
        self._num_waiting += len(pcm)
        if self._num_waiting > self._max_bytes:
            self.close(TurnOverflow("audio"))
            return
        self._waiting.append(pcm)
        self._wake.set()

    def reset(self) -> None:
        """Forget what was pushed: another answer takes its place. Nobody may have taken any of it."""
        self._waiting.clear()
        self._num_waiting = self.num_bytes = 0

    def release(self) -> None:
        """Let out what was held, and what comes."""
        self._held = False
        self._wake.set()

    def bridge(self, *, bridged: bool) -> None:
        """Break pauses by silence from now on, or no more."""
        self.bridged = bridged
        self._wake.set()

    def cut(self, error: SessionError | None = None) -> None:
        """Forget what nobody has taken yet, and say so where the stream was whole; what was taken before counts."""
        if self._closed and self._waiting:
            self._error = self._error or error
        self._waiting.clear()

    def close(self, error: SessionError | None = None) -> None:
        """End the stream, with an error where it is not whole; only the first end counts."""
        if self._closed:
            return
        self._closed = True
        self._error = error
        if isinstance(error, TurnOverflow):
            self._waiting.clear()
        self._wake.set()

    async def claim(self) -> AsyncGenerator[bytes]:
        """Yield the PCM as it comes. Raises the error that ended it early, AlreadyClaimed for a second consumer."""
        if self._claimed:
            raise AlreadyClaimed
        self._claimed = True
        while True:
            while self._waiting and not self._held:
                pcm = self._waiting.popleft()
                self._num_waiting -= len(pcm)
                self._take(len(pcm))
                yield pcm
            if self._closed:
                break
            await self._more()
            if self._silent:
                self._take(len(SILENCE), silence=True)
                yield SILENCE
        if self._error is not None:
            raise self._error

    @property
    def _pause_ends(self) -> float | None:
        """Return when a pause that is to be bridged has lasted long enough."""
        return self._taken_at + PAUSE_SECONDS if self.bridged and self._taken_at is not None else None

    @property
    def _silent(self) -> bool:
        """Return whether silence is due."""
        if self._closed or self._waiting or (ends := self._pause_ends) is None:
            return False
        return ends <= self._clock.time()

    def _take(self, num_bytes: int, *, silence: bool = False) -> None:
        """Take note that audio is taken now."""
        self._taken_at = self._clock.time()
        self.playback.took(num_bytes, self._taken_at, silence=silence)

    async def _more(self) -> None:
        """Wait for audio, for the end, or until something may have to be done about a pause."""
        self._wake.clear()
        # A timer for each delta would cost as much as the rest of this.
        timer = None if (ends := self._pause_ends) is None else self._clock.call_at(ends, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            if timer is not None:
                timer.cancel()


class Inbox[ItemT]:
    """What the reader hands to the one task that answers a turn; bounded, as a server may babble."""

    def __init__(self, max_items: int) -> None:
        self._max_items = max_items
        self._items: deque[ItemT] = deque()
        self.error: SessionError | None = None
        """What is raised once everything is taken."""
        self._wake = asyncio.Event()

    def put(self, item: ItemT) -> None:
        """Add an item; past the bound the consumer gets TurnOverflow instead."""
        if len(self._items) >= self._max_items:
            self.fail(TurnOverflow("events"))
            return
        self._items.append(item)
        self._wake.set()

    def fail(self, error: SessionError) -> None:
        """Raise an error in the consumer once it has taken what came before."""
        self.error = self.error or error
        self._wake.set()

    def reset(self) -> None:
        """Forget what is left: it belongs to a socket that is gone."""
        self._items.clear()
        self.error = None

    def drain(self) -> list[ItemT]:
        """Return what is left, and forget it."""
        items = list(self._items)
        self._items.clear()
        return items

    async def get(self) -> ItemT:
        """Return the next item, or raise what ended the stream."""
        while not self._items:
            if self.error is not None:
                raise self.error
            self._wake.clear()
            await self._wake.wait()
        return self._items.popleft()
