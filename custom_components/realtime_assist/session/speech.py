"""Texts read aloud beside the conversation: announcements, and answers that another stage gave."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from ..realtime import (
    Command,
    CommandRefused,
    ProtocolEvent,
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseStatus,
    TimeLimitReached,
    Usage,
)
from ..realtime.audio import WIRE, byte_count
from ..realtime.reading import reading
from .clock import Clock
from .exceptions import Misread, ServerFault, ServerSilent, SessionError, error_from_code
from .limits import SessionLimits
from .link import Link
from .streams import AudioStream
from .verbatim import Verbatim


@dataclass(frozen=True, slots=True)
class _Speech:
    """A text on its way: its audio is let out as soon as, and as long as, the transcript says what the text does."""

    verbatim: Verbatim
    stream: AudioStream

    def misread(self) -> None:
        """End it: what nobody has taken yet is not to be heard."""
        self.stream.cut()
        self.stream.close(Misread())


class SideSpeeches:
    """The texts that are being read aloud on one link, told apart by their request tags.

    `used` is told what each reading has used; None is what the server reported.
    """

    def __init__(self, link: Link, clock: Clock, limits: SessionLimits, used: Callable[[Usage | None], None]) -> None:
        self.used = used
        self._link = link
        self._clock = clock
        self._max_bytes = byte_count(limits.unclaimed_audio, WIRE)
        self._speeches: dict[str, _Speech] = {}
        self._tags: dict[str, str] = {}

    @property
    def in_progress(self) -> bool:
        """Return whether something is being read."""
        return bool(self._speeches)

    async def say(self, text: str) -> AsyncGenerator[bytes]:
        """Yield the text as PCM16 at 24 kHz. Raises SessionError where it is not whole, Misread for another text."""
        tag = self._link.protocol.create_side_response(reading(text), self._clock.time())
        stream = AudioStream(self._max_bytes, self._clock, held=True)
        self._speeches[tag] = _Speech(Verbatim(text), stream)
        self._link.flush()
        try:
            async for pcm in stream.claim():
                yield pcm
        finally:
            self._end(tag, None)
            del self._speeches[tag]
            self._link.protocol.cancel_side_response(tag)
            self._link.flush()

    def event_received(self, event: ProtocolEvent) -> bool:
        """Take an event in where it belongs to a speech; return whether it did."""
        match event:
            case ResponseCreated(request=str(tag)) if tag in self._speeches:
                self._tags[event.response_id] = tag
            case ResponseDone(request=str(tag)):
                # What was given up halfway has its price as well.
                self.used(event.usage)
                if (speech := self._speeches.get(tag)) is not None:
                    self._finish(tag, speech, event)
            case TimeLimitReached(request=str(tag)):
                self._end(tag, ServerSilent("side_response"))
            case CommandRefused(command=Command.CREATE_SIDE_RESPONSE, request=str(tag)):
                self._end(tag, error_from_code(event.code, event.error_type))
            case _:
                return self._output(event)
        return True

    def fail(self, error: SessionError) -> None:
        """End every speech: the link is gone."""
        for tag in list(self._speeches):
            self._end(tag, error)

    def _output(self, event: ProtocolEvent) -> bool:
        """Take in what a speech's response brings; only its sound matters, and what that says."""
        tag = self._tags.get(getattr(event, "response_id", None) or "")
        if tag is None:
            return False
        if (speech := self._speeches.get(tag)) is not None:
            match event:
                case ResponseOutputAudioDelta():
                    speech.stream.push(event.pcm)
                case ResponseOutputAudioTranscriptDelta() if not speech.verbatim.goes_on(event.delta):
                    speech.misread()
                case ResponseOutputAudioTranscriptDelta() if speech.verbatim.begun:
                    speech.stream.release()
        return True

    def _finish(self, tag: str, speech: _Speech, done: ResponseDone) -> None:
        """End a speech with what its `response.done` says."""
        whole = done.status is ResponseStatus.COMPLETED
        if whole and speech.verbatim.begun and not speech.verbatim.whole:
            speech.misread()
        # A server that writes nothing down is taken at its word.
        speech.stream.release()
        self._end(tag, None if whole else error_from_code(done.error_code, done.error_type, default=ServerFault))

    def _end(self, tag: str, error: SessionError | None) -> None:
        """Close the stream, and forget the response."""
        self._tags = {response_id: known for response_id, known in self._tags.items() if known != tag}
        if (speech := self._speeches.get(tag)) is not None:
            speech.stream.close(error)
