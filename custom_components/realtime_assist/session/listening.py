"""How the user's speech becomes an item of the conversation, and words, whoever finds its end."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

from ..realtime import (
    Command,
    CommandRefused,
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioTranscriptionCompleted,
    ProtocolEvent,
    TranscriptionUsage,
)
from .clock import Clock
from .exceptions import ServerSilent
from .link import Link
from .metrics import Stamp
from .mirror import ConversationMirror
from .responding import Responding
from .standing import Standing
from .turn import Turn
from .uplink import Uplink

_MOST_REMEMBERED = 32
"""Transcriptions that may be told twice; more than any server is late with."""


class Listening:
    """Takes in what is said, asks for early answers to it, and waits for its words, for `limit` seconds.

    `present` tells which turn is the present one; `transcribed` is told what it took to write down speech that was no
    turn's any more by then.
    """

    def __init__(
        self,
        uplink: Uplink,
        mirror: ConversationMirror,
        responding: Responding,
        standing: Standing,
        *,
        clock: Clock,
        limit: float,
        present: Callable[[], Turn | None],
        transcribed: Callable[[TranscriptionUsage], object],
    ) -> None:
        self._uplink = uplink
        self._mirror = mirror
        self._responding = responding
        self._standing = standing
        self._clock = clock
        self._limit = limit
        self._present = present
        self._transcribed = transcribed
        # A server may begin to count anew on each socket, so this is asked only of what no turn waits for.
        self._written_down: deque[str] = deque(maxlen=_MOST_REMEMBERED)

    def append(self, turn: Turn, pcm: bytes) -> None:
        """Append PCM16 at 24 kHz; what comes after the end of the speech is dropped."""
        if turn.committed:
            return
        turn.keep(pcm)
        if (link := self._link_for(turn)) is not None:
            link.protocol.append_audio(pcm)
            link.flush()

    def commit(self, turn: Turn) -> None:
        """Take note that the user has finished; where the server has found that by itself, there is nothing to do."""
        if turn.committed:
            return
        self._speech_ended(turn)
        if (link := self._link_for(turn)) is not None:
            self._mirror.commit(link, turn)
            link.flush()
            self._responding.answer_early()

    async def transcript(self, turn: Turn) -> str:
        """Wait for what the user said, as text; empty for no speech. Raises SessionError."""
        timer = self._clock.call_at(self._clock.time() + self._limit, partial(self._overdue, turn))
        try:
            return await asyncio.shield(turn.transcript)
        finally:
            timer.cancel()

    def _overdue(self, turn: Turn) -> None:
        """End a turn whose words have not come, and leave the socket that has kept them."""
        if turn.transcript.done():
            return
        link = self._link_for(turn)
        if link is not None and link.protocol.committing and not link.protocol.commits and not turn.speaking:
            # The server's own turn detection has the word, and has heard nobody.
            turn.transcript.set_result("")
            return
        error = ServerSilent("transcript")
        self._standing.leave_rung(turn, error)
        turn.fail(error)
        if link is not None:
            self._uplink.drop()

    def _link_for(self, turn: Turn) -> Link | None:
        """Return the link that can take something in for a turn, which must be the present one."""
        return self._uplink.usable if turn is self._present() else None

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
            case InputAudioTranscriptionCompleted():
                return self._is_counted_apart(event)
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

    def _is_counted_apart(self, event: InputAudioTranscriptionCompleted) -> bool:
        """Return whether no turn has a use for a transcription; what it took is counted then, as it is paid for."""
        known = event.item_id in self._written_down
        self._written_down.append(event.item_id)
        turn = self._present()
        if turn is not None and turn.item_id == event.item_id and not turn.told and turn.transcription is None:
            return False
        if event.usage is not None and not known:
            self._transcribed(event.usage)
        return True

    def _speech_ended(self, turn: Turn) -> None:
        """Take note that the user has finished."""
        turn.committed = True
        turn.timings.mark(Stamp.SPEECH_ENDED, self._clock.time())
