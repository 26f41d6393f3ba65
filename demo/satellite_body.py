"""What are a satellite's microphone, wake word, loudspeaker and lamp? Four Wyoming services that the demo plays.

The satellite connects to each as it does to real ones. Times are seconds on `time.monotonic`.
"""

import array
import asyncio
from collections import deque
from collections.abc import Callable
import contextlib
from dataclasses import dataclass, field
from functools import partial
import math
import time
from typing import Self, override

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.server import AsyncEventHandler
from wyoming.wake import Detection

from demo.audio import ASSIST_RATE
from demo.wyoming_server import listen, port_of

CHUNK_SAMPLES = 1024
CHUNK_SECONDS = CHUNK_SAMPLES / ASSIST_RATE
WAKE_WORD = "chirp"
WAKE_HERTZ = 1000
WAKE_PEAK = 0.25
"""A chunk that is as loud as this share of full scale is the wake word: between commands the room is silent."""
PAUSE_SECONDS = 0.4
"""Between wake word and command, as a person breathes in; also what detection may take."""


def wake_sound() -> bytes:
    """Return the wake word, one chunk of PCM16 mono at 16 kHz."""
    turn = 2 * math.pi * WAKE_HERTZ / ASSIST_RATE
    return array.array("h", (int(16_000 * math.sin(turn * at)) for at in range(CHUNK_SAMPLES))).tobytes()


def is_wake_sound(pcm: bytes) -> bool:
    """Say whether a chunk from the microphone is the wake word."""
    samples = array.array("h", pcm)
    return bool(samples) and max(*samples, -min(samples)) >= WAKE_PEAK * 32768


class Microphone:
    """What the satellite hears: silence, and in it what is played to it, in real time."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()

    def play(self, *sounds: bytes) -> float:
        """Play sounds, PCM16 mono at 16 kHz, one after the other; returns how many seconds from now they last."""
        size = CHUNK_SAMPLES * 2
        for sound in sounds:
            self._chunks += [sound[at : at + size].ljust(size, b"\0") for at in range(0, len(sound), size)]
        return len(self._chunks) * CHUNK_SECONDS

    def take(self) -> bytes:
        """Return the next chunk."""
        return self._chunks.popleft() if self._chunks else bytes(CHUNK_SAMPLES * 2)


@dataclass(slots=True, kw_only=True)
class Answer:
    """What came out of the loudspeaker from one start to the stop after it."""

    rate: int
    first_byte: float
    """When its first byte came."""
    begins: float
    """When it begins to be heard, which is later where the answer before is still being played."""
    pcm: bytearray = field(default_factory=bytearray)
    last_byte: float = 0
    complete: bool = False

    @property
    def ends(self) -> float:
        """When it will have been heard, as far as it has come."""
        return self.begins + len(self.pcm) / 2 / self.rate


class Loudspeaker:
    """What the satellite says, in memory and by the clock: each answer begins when the one before has been heard."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    @property
    def silent_from(self) -> float:
        """When all that has come will have been heard."""
        return self.answers[-1].ends if self.answers else 0

    def begin(self, rate: int) -> None:
        """Begin an answer of PCM16 mono."""
        now = time.monotonic()
        self.answers.append(Answer(rate=rate, first_byte=now, begins=max(now, self.silent_from)))

    def hear(self, pcm: bytes) -> None:
        """Take more of the answer."""
        answer = self.answers[-1]
        answer.last_byte = time.monotonic()
        if not answer.pcm:
            answer.first_byte = answer.last_byte
        answer.pcm += pcm

    def end(self) -> None:
        """Know that the answer is complete."""
        if self.answers:
            self.answers[-1].complete = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event that Home Assistant or the wake word sent to the satellite."""

    event: Event
    at: float


class Body:
    """All four services; entering opens their ports."""

    def __init__(self) -> None:
        self.microphone = Microphone()
        self.loudspeaker = Loudspeaker()
        self.told: list[Told] = []
        self._changed = asyncio.Condition()
        self._tasks = contextlib.AsyncExitStack()
        self._ports: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        """Open the ports."""
        for name, handler in (("mic", _Mic), ("wake", _Wake), ("snd", _Snd), ("event", _Lamp)):
            server = await listen(partial(handler, self), 0)
            self._tasks.callback(server.close)
            self._ports[name] = port_of(server)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the ports."""
        await self._tasks.aclose()

    def uri(self, service: str) -> str:
        """Return where the satellite finds its mic, wake, snd or event service."""
        return f"tcp://127.0.0.1:{self._ports[service]}"

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is true of the loudspeaker or of what was told."""
        async with self._changed:
            await self._changed.wait_for(happened)

    async def note(self, event: Event) -> None:
        """Keep an event, and wake who waits for it."""
        async with self._changed:
            self.told.append(Told(event=event, at=time.monotonic()))
            self._changed.notify_all()

    async def sound(self, event: Event) -> None:
        """Hand an event to the loudspeaker, and wake who waits for it."""
        async with self._changed:
            if AudioStart.is_type(event.type):
                self.loudspeaker.begin(AudioStart.from_event(event).rate)
            elif AudioChunk.is_type(event.type):
                self.loudspeaker.hear(AudioChunk.from_event(event).audio)
            elif AudioStop.is_type(event.type):
                self.loudspeaker.end()
            self._changed.notify_all()


class _Service(AsyncEventHandler):
    def __init__(self, body: Body, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self.body = body

    @override
    async def handle_event(self, event: Event) -> bool:
        return True


class _Mic(_Service):
    """Sends a chunk whenever one is due, until the satellite hangs up."""

    @override
    async def run(self) -> None:
        begin, sent = time.monotonic(), 0
        with contextlib.suppress(ConnectionError):
            while not self.reader.at_eof():
                audio = self.body.microphone.take()
                await self.write_event(AudioChunk(rate=ASSIST_RATE, width=2, channels=1, audio=audio).event())
                sent += 1
                # The satellite never speaks to its microphone: all there is to read is the end.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(begin + sent * CHUNK_SECONDS - time.monotonic()):
                        await self.reader.read()
        self.writer.close()


class _Wake(_Service):
    """Hears the wake word in what the satellite sends it."""

    @override
    async def handle_event(self, event: Event) -> bool:
        if AudioChunk.is_type(event.type) and is_wake_sound(AudioChunk.from_event(event).audio):
            await self.write_event(Detection(name=WAKE_WORD).event())
        return True


class _Snd(_Service):
    @override
    async def handle_event(self, event: Event) -> bool:
        await self.body.sound(event)
        return True


class _Lamp(_Service):
    """Is told of everything but audio, so that it could blink."""

    @override
    async def handle_event(self, event: Event) -> bool:
        await self.body.note(event)
        return True
