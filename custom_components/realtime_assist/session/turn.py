"""One user turn and its answer: what was said, and the streams of what comes back."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from ..realtime import (
    Command,
    CommandRefused,
    ConversationItem,
    FunctionCall,
    InputAudioTranscriptionCompleted,
    InputAudioTranscriptionFailed,
    OutputItem,
    ProtocolEvent,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    TranscriptionUsage,
    Usage,
    UserMessage,
)
from ..realtime.audio import MINIMUM_COMMIT_SECONDS, WIRE, byte_count, duration
from .clock import Clock
from .exceptions import SessionError, TranscriptionFailed
from .ladder import Descent, LadderExhausted, Rung
from .limits import SessionLimits
from .metrics import Meter, Stamp, TurnTimings
from .streams import AudioStream, Inbox
from .tools import ToolOutcome

# Deltas are a few words each: ten thousand are a lecture of hours.
MAX_WAITING_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class MessageStarted:
    """The assistant begins to speak, or to call; more than once in a turn with tools."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next words of the answer."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model calls a function; it is running already."""

    call: FunctionCall


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A function has returned."""

    call: FunctionCall
    outcome: ToolOutcome


@dataclass(frozen=True, slots=True)
class AudioStarted:
    """The first audio of the turn is there to be taken; it comes once."""


type TurnEvent = MessageStarted | AudioStarted | TextDelta | ToolCalled | ToolReturned

type AnswerEvent = AudioStarted | TextDelta | OutputItem | ResponseDone | CommandRefused
"""What the reader hands to the task that answers."""


class Turn:
    """From the first audio frame, or a text, to the last response without a pending tool call."""

    def __init__(self, limits: SessionLimits, clock: Clock, *, text: str | None = None, early: bool = False) -> None:
        self._clock = clock
        self._max_replay = byte_count(limits.replay, WIRE)
        self._speech = bytearray()
        self._num_speech_bytes = 0
        self.text = text
        """What was typed, or what a transcription made of the speech before this session; None for speech."""
        self.early = early
        """Whether the response is asked for as soon as the user has finished, whoever claims it."""
        self.speaking = False
        """Whether the server has heard the user begin to speak."""
        self.speech_ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the server has found the end of the user's speech by itself."""
        self._when_finished: list[Callable[[Turn], object]] = []
        self.committed = False
        """Whether the user has finished speaking."""
        self.item_id: str | None = None
        """The user's item in the server's conversation."""
        self.follows: str | None = None
        """The item that the user's one follows there; None at the beginning."""
        self.transcript: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.answering = False
        """Whether a task has claimed the turn and is producing its answer."""
        self.rung: Rung | None = None
        """The rung that answers, or that was asked last."""
        self.retried: set[Rung] = set()
        """The rungs that have had their second try."""
        self.passed: dict[Rung, str] = {}
        """The rungs that could not answer this turn, and the codes of why."""
        self.descents: list[Descent] = []
        """The steps down the ladder."""
        self.finished = False
        """Whether nothing more will come."""
        self.error: SessionError | None = None
        """Why nothing more will come; None where the answer is whole."""
        self.answer_text = ""
        """All that the assistant has said in this turn."""
        self.steps: list[ConversationItem] = []
        """What has happened since the user's item, to be told to a new socket."""
        self.inbox = Inbox[AnswerEvent](MAX_WAITING_EVENTS)
        self.audio = AudioStream(byte_count(limits.unclaimed_audio, WIRE))
        """The answer's PCM16 at 24 kHz, over all its responses."""
        self.usage: Usage | None = None
        """Of all the responses whose usage the server has reported."""
        self.meter = Meter()
        """The same by model."""
        self.transcription: TranscriptionUsage | None = None
        self.timings = TurnTimings()
        self.timings.mark(Stamp.BEGUN, clock.time())
        self.connections_tried = 0
        self.connections_failed = 0
        self.retries = 0
        self.errors: Counter[str] = Counter()
        """How often something went wrong, by code."""
        self._noted: SessionError | None = None
        self.tools: list[ToolOutcome] = []
        """What the tools of the turn have returned."""

    @property
    def duration(self) -> float:
        """Return the seconds of speech."""
        return duration(self._num_speech_bytes, WIRE)

    @property
    def too_short(self) -> bool:
        """Return whether there is less speech than a server takes."""
        return self.text is None and self.duration < MINIMUM_COMMIT_SECONDS

    @property
    def speech(self) -> bytes | None:
        """Return the speech so far as PCM16 at 24 kHz; None where it was too long to be kept."""
        return None if self._num_speech_bytes > self._max_replay else bytes(self._speech)

    def keep(self, pcm: bytes) -> None:
        """Keep speech for a new socket."""
        self._num_speech_bytes += len(pcm)
        if self._num_speech_bytes > self._max_replay:
            self._speech.clear()
        else:
            self._speech += pcm

    def user_item(self) -> UserMessage | None:
        """Return the item of a typed turn, or of speech that was too long to be kept, once it was written down."""
        if self.text is not None:
            return UserMessage(self.text)
        done = self.transcript.done() and self.transcript.exception() is None
        return UserMessage(self.transcript.result()) if done and self.speech is None else None

    @property
    def can_be_told_again(self) -> bool:
        """Return whether a new socket can be told what the user said."""
        return self.speech is not None or self.user_item() is not None

    def note(self, error: SessionError) -> None:
        """Count an error; one that comes up in several places is counted once, and one that only sums others up never."""
        if error is not self._noted and not isinstance(error, LadderExhausted):
            self._noted = error
            self.errors[error.code] += 1

    def event_received(self, event: ProtocolEvent) -> bool:
        """Take an event of the wire in where it is about this turn; return whether it was."""
        match event:
            case ResponseOutputAudioDelta():
                self._mark(Stamp.FIRST_AUDIO)
                if not self.audio.num_bytes:
                    self.inbox.put(AudioStarted())
                self.meter.output(event.response_id)
                self.audio.push(event.pcm)
            case ResponseOutputAudioTranscriptDelta() | ResponseOutputTextDelta():
                self._mark(Stamp.FIRST_TEXT)
                self.meter.output(event.response_id)
                self.inbox.put(TextDelta(event.delta))
            case ResponseOutputItemDone():
                self.meter.output(event.response_id)
                self.inbox.put(event.item)
            case ResponseDone():
                self.meter.done("" if self.rung is None else self.rung.model, event.response_id, event.usage)
                self.inbox.put(event)
            case CommandRefused(command=Command.CREATE_RESPONSE):
                self.inbox.put(event)
            case InputAudioTranscriptionCompleted(item_id=self.item_id):
                self._mark(Stamp.TRANSCRIPT)
                self.transcription = event.usage
                if not self.transcript.done():
                    self.transcript.set_result(event.transcript.strip())
            case InputAudioTranscriptionFailed(item_id=self.item_id):
                self._fail_transcript(TranscriptionFailed(event.code))
            case _:
                return False
        return True

    def on_finished(self, callback: Callable[[Turn], object]) -> None:
        """Call back, once, when nothing more will come and what it has used is known; at once where that is so."""
        if self.finished:
            callback(self)
        else:
            self._when_finished.append(callback)

    async def heard(self) -> AsyncGenerator[bytes]:
        """Yield the answer's audio as a satellite should hear it. Raises what `AudioStream.claim` does."""
        async with aclosing(self.audio.claim()) as chunks:
            async for pcm in chunks:
                yield pcm

    def fail(self, error: SessionError) -> None:
        """End everything that somebody may be waiting for with an error."""
        self._fail_transcript(error)
        self.inbox.fail(error)
        self.finish(error)

    def finish(self, error: SessionError | None = None) -> None:
        """Take note that the answer is over."""
        self.finished = True
        self._mark(Stamp.FINISHED)
        self.error = self.error or error
        self.audio.close(error)
        callbacks, self._when_finished = self._when_finished, []
        for callback in callbacks:
            callback(self)

    def _fail_transcript(self, error: SessionError) -> None:
        """Raise an error in whoever waits for the transcript; nobody has to."""
        if not self.transcript.done():
            self.transcript.set_exception(error)
            self.transcript.exception()

    def _mark(self, stamp: Stamp) -> None:
        """Stamp a moment."""
        self.timings.mark(stamp, self._clock.time())
