"""How the user's speech becomes an item of the conversation, whoever finds its end."""

from ..realtime import Command, CommandRefused, InputAudioBufferCommitted, InputAudioBufferSpeechStarted, ProtocolEvent
from .clock import Clock
from .link import Link
from .metrics import Stamp
from .mirror import ConversationMirror
from .responding import Responding
from .turn import Turn
from .uplink import Uplink


class Listening:
    """Takes in what is said, and asks for early answers to it."""

    def __init__(self, uplink: Uplink, mirror: ConversationMirror, responding: Responding, clock: Clock) -> None:
        self._uplink = uplink
        self._mirror = mirror
        self._responding = responding
        self._clock = clock

    def append(self, turn: Turn, pcm: bytes, *, present: bool) -> None:
        """Append PCM16 at 24 kHz; what comes after the end of the speech is dropped."""
        if turn.committed:
            return
        turn.keep(pcm)
        if present and (link := self._uplink.usable) is not None:
            link.protocol.append_audio(pcm)
            link.flush()

    def commit(self, turn: Turn, *, present: bool) -> None:
        """Take note that the user has finished; where the server has found that by itself, there is nothing to do."""
        if turn.committed:
            return
        self._speech_ended(turn)
        if present and (link := self._uplink.usable) is not None:
            self._mirror.commit(link, turn)
            link.flush()
            self._responding.answer_early()

    def event_received(self, link: Link, event: ProtocolEvent, turn: Turn | None) -> bool:
        """Take an event in where it is about the user's speech; return whether it was. `turn` is the present one."""
        match event:
            case InputAudioBufferSpeechStarted():
                if turn is not None:
                    turn.speaking = True
            case InputAudioBufferCommitted():
                self._committed(link, event, turn)
            case CommandRefused(command=Command.COMMIT_AUDIO):
                self._mirror.commit_refused(link)
            case _:
                return False
        return True

    def _committed(self, link: Link, event: InputAudioBufferCommitted, present: Turn | None) -> None:
        """Take note that the user's speech is an item now, by our commit or by the server's own turn detection."""
        turn = self._mirror.committed(event, present)
        if turn is None or turn.taken_back:
            self._responding.retraction.remove_speech(link, event.item_id)
        elif not turn.committed:
            self._speech_ended(turn)
            turn.speech_ended.set_result(None)
            # What was said since is no part of the next turn.
            link.protocol.clear_audio()
            link.flush()
            self._responding.answer_early()

    def _speech_ended(self, turn: Turn) -> None:
        """Take note that the user has finished."""
        turn.committed = True
        turn.timings.mark(Stamp.SPEECH_ENDED, self._clock.time())
