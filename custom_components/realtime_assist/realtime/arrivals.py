"""In which order events reach the rest, where a server sends them early or leaves some out."""

from collections import deque
from collections.abc import Sequence

from .input_events import InputAudioBufferCommitted, InputAudioTranscriptionCompleted, InputAudioTranscriptionFailed
from .response_events import (
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputAudioTranscriptDone,
    ResponseOutputTextDelta,
    ResponseOutputTextDone,
)
from .server_events import ServerEvent

type _Transcription = InputAudioTranscriptionCompleted | InputAudioTranscriptionFailed

# What is held back, or has something put before it, and what tells that it need not be.
_ORDERED = frozenset(
    {
        InputAudioBufferCommitted,
        InputAudioTranscriptionCompleted,
        InputAudioTranscriptionFailed,
        ResponseOutputTextDelta,
        ResponseOutputTextDone,
        ResponseOutputAudioTranscriptDelta,
        ResponseOutputAudioTranscriptDone,
    }
)
# More than any turn has items; what is older is of no turn that anybody still waits for.
_REMEMBERED = 32


class Arrivals:
    """Events in GA's order: a transcript follows the commit of its speech, and whole words follow their deltas."""

    def __init__(self) -> None:
        self._committed: deque[str] = deque(maxlen=_REMEMBERED)
        self._early: deque[_Transcription] = deque(maxlen=_REMEMBERED)
        self._worded: deque[str] = deque(maxlen=_REMEMBERED)

    def ordered(self, event: ServerEvent) -> Sequence[ServerEvent]:
        """Return what an event brings now: itself, with what has waited for it or is missing before it, or nothing."""
        if type(event) not in _ORDERED:
            return (event,)
        match event:
            case InputAudioBufferCommitted():
                return [event, *self._transcribed_before(event)]
            case InputAudioTranscriptionCompleted() | InputAudioTranscriptionFailed():
                if event.item_id in self._committed:
                    return [event]
                self._early.append(event)
                return []
            case ResponseOutputTextDelta() | ResponseOutputAudioTranscriptDelta():
                if event.response_id not in self._worded:
                    self._worded.append(event.response_id)
            case ResponseOutputTextDone(text=whole) if self._unsaid(event, whole):
                return [ResponseOutputTextDelta(response_id=event.response_id, delta=whole), event]
            case ResponseOutputAudioTranscriptDone(transcript=whole) if self._unsaid(event, whole):
                return [ResponseOutputAudioTranscriptDelta(response_id=event.response_id, delta=whole), event]
        return [event]

    def _transcribed_before(self, committed: InputAudioBufferCommitted) -> list[_Transcription]:
        """Return what was written down of speech before the server said that it is an item."""
        self._committed.append(committed.item_id)
        held = [event for event in self._early if event.item_id == committed.item_id]
        self._early = deque((event for event in self._early if event not in held), maxlen=_REMEMBERED)
        return held

    def _unsaid(self, done: ResponseOutputTextDone | ResponseOutputAudioTranscriptDone, whole: str) -> bool:
        """Return whether no delta has brought the words that are whole now."""
        return bool(whole) and done.response_id not in self._worded
