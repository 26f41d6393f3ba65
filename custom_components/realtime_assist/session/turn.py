"""One user turn and its answer: what was said, and the streams of what comes back."""

import asyncio
from collections import Counter
from collections.abc import Callable

from ..realtime import (
    Command,
    CommandRefused,
    ConversationItem,
    InputAudioTranscriptionCompleted,
    InputAudioTranscriptionFailed,
    ProtocolEvent,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemAdded,
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
from .turn_events import AnswerEvent, AudioStarted, ItemAdded, TextDelta

# Deltas are a few words each: ten thousand are a lecture of hours.
MAX_WAITING_EVENTS = 10_000


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
        self.asked_early = False
        """Whether the response was asked for before anybody claimed the turn."""
        self.speaking = False
        """Whether the server has heard the user begin to speak."""
        self.speech_ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the server has found the end of the user's speech by itself."""
        self._when_finished: list[Callable[[Turn], object]] = []
        self._held = 0
        self.committed = False
        """Whether the user has finished speaking."""
        self.item_id: str | None = None
        """The user's item in the server's conversation."""
        self.taken_back = False
        """Whether nobody wants it any more: what becomes known of it later is removed as well."""
        self.transcript: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.answering = False
        """Whether the turn was claimed: its answer is being produced, or was."""
        self.returned = False
        """Whether whoever answers it has gone on, as no tool call can follow; the rest comes by itself."""
        self.cut = False
        """Whether its answer was interrupted."""
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
        self.told = False
        """Whether somebody has been told what it has used: what becomes known from here on is counted apart."""
        self.answer_text = ""
        """All that the assistant has said in this turn."""
        self.steps: list[ConversationItem] = []
        """What has happened since the user's item, to be told to a new socket."""
        self.inbox = Inbox[AnswerEvent](MAX_WAITING_EVENTS)
        self.audio = AudioStream(byte_count(limits.unclaimed_audio, WIRE), clock)
        """The answer's PCM16 at 24 kHz, over all its responses."""
        self.meter = Meter()
        """What its responses have used, by model."""
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
    def usage(self) -> Usage | None:
        """Return what all the responses have used whose usage the server has reported."""
        return sum(self.meter.usage.values(), start=Usage()) if self.meter.usage else None

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
                first = not self.audio.num_bytes
                # Whoever waits for sound goes before whoever waits for words.
                self.audio.push(event.pcm)
                self.meter.output(event.response_id)
                if first:
                    self._mark(Stamp.FIRST_AUDIO)
                    self.inbox.put(AudioStarted())
            case ResponseOutputAudioTranscriptDelta() | ResponseOutputTextDelta():
                self._mark(Stamp.FIRST_TEXT)
                self.meter.output(event.response_id)
                self.inbox.put(TextDelta(event.delta))
            case ResponseOutputItemDone():
                self.meter.output(event.response_id)
                self.inbox.put(event.item)
            case ResponseOutputItemAdded():
                self.inbox.put(ItemAdded(event.item))
            case ResponseDone():
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
        self._when_finished.append(callback)
        self._tell_finished()

    def hold(self) -> None:
        """Keep the turn from telling that it is finished, as a response of it runs."""
        self._held += 1

    def let_go(self) -> None:
        """Take note that a response of it is over, with what it has used."""
        self._held -= 1
        self._tell_finished()

    def forget_output(self) -> None:
        """Forget what has come of a response that is asked for anew; nobody has taken any of it."""
        self.inbox.reset()
        self.audio.reset()
        self.timings.forget(Stamp.FIRST_TEXT, Stamp.FIRST_AUDIO)

    def cut_off(self, error: SessionError) -> None:
        """End the turn at once, as the user speaks over it: what was not taken yet is not to be heard."""
        self.cut = True
        self.audio.cut(error)
        self.fail(error)

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
        self._tell_finished()

    def _tell_finished(self) -> None:
        """Call back whoever waits for the end, where it has come."""
        if not self.finished or self._held:
            return
        callbacks, self._when_finished = self._when_finished, []
        self.told = self.told or bool(callbacks)
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
