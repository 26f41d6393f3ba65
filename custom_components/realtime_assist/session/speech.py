"""Texts read aloud beside the conversation: announcements, and answers that another stage gave."""

from collections.abc import AsyncGenerator, Callable

from ..realtime import (
    Command,
    CommandRefused,
    ProtocolEvent,
    ResponseCreated,
    ResponseDone,
    ResponseStatus,
    TimeLimitReached,
    Usage,
)
from ..realtime.audio import WIRE, byte_count
from ..realtime.reading import reading
from .clock import Clock
from .exceptions import ServerFault, ServerSilent, SessionError, error_from_code
from .limits import SessionLimits
from .link import Link
from .streams import AudioStream


class SideSpeeches:
    """The texts that are being read aloud on one link, told apart by their request tags.

    `used` is told what each reading has used; None is what the server reported.
    """

    def __init__(self, link: Link, clock: Clock, limits: SessionLimits, used: Callable[[Usage | None], None]) -> None:
        self._used = used
        self._link = link
        self._clock = clock
        self._max_bytes = byte_count(limits.unclaimed_audio, WIRE)
        self._streams: dict[str, AudioStream] = {}
        self._tags: dict[str, str] = {}

    @property
    def in_progress(self) -> bool:
        """Return whether something is being read."""
        return bool(self._streams)

    async def say(self, text: str) -> AsyncGenerator[bytes]:
        """Yield the text as PCM16 at 24 kHz. Raises SessionError where it is not whole."""
        tag = self._link.protocol.create_side_response(reading(text), self._clock.time())
        self._streams[tag] = stream = AudioStream(self._max_bytes, self._clock)
        self._link.flush()
        try:
            async for pcm in stream.claim():
                yield pcm
        finally:
            self._end(tag, None)
            del self._streams[tag]
            self._link.protocol.cancel_side_response(tag)
            self._link.flush()

    def event_received(self, event: ProtocolEvent) -> bool:
        """Take an event in where it belongs to a speech; return whether it did."""
        match event:
            case ResponseCreated(request=str(tag)) if tag in self._streams:
                self._tags[event.response_id] = tag
            case ResponseDone(request=str(tag)) if tag in self._streams:
                self._finish(tag, event)
            case ResponseDone(response_id=str(response_id)) if response_id in self._tags:
                self._finish(self._tags[response_id], event)
            case TimeLimitReached(request=str(tag)):
                self._end(tag, ServerSilent("side_response"))
            case CommandRefused(command=Command.CREATE_SIDE_RESPONSE, request=str(tag)):
                self._end(tag, error_from_code(event.code, event.error_type))
            case _:
                return self._output(event)
        return True

    def fail(self, error: SessionError) -> None:
        """End every speech: the link is gone."""
        for tag in list(self._streams):
            self._end(tag, error)

    def _output(self, event: ProtocolEvent) -> bool:
        """Take in what a speech's response brings; only its sound matters."""
        tag = self._tags.get(getattr(event, "response_id", None) or "")
        if tag is None:
            return False
        pcm = getattr(event, "pcm", None)
        if pcm is not None and (stream := self._streams.get(tag)) is not None:
            stream.push(pcm)
        return True

    def _finish(self, tag: str, done: ResponseDone) -> None:
        """End a speech with what its `response.done` says."""
        self._used(done.usage)
        whole = done.status is ResponseStatus.COMPLETED
        self._end(tag, None if whole else error_from_code(done.error_code, done.error_type, default=ServerFault))

    def _end(self, tag: str, error: SessionError | None) -> None:
        """Close the stream, and forget the response."""
        self._tags = {response_id: known for response_id, known in self._tags.items() if known != tag}
        if (stream := self._streams.get(tag)) is not None:
            stream.close(error)
