"""How the user's audio becomes an item of the conversation, and its transcript an event."""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from local_server.wire.audio_formats import BYTES_PER_MS, decoder
from local_server.wire.conversation import Item
from local_server.wire.ids import new_id
from local_server.wire.input_buffer import InputAudioBuffer
from local_server.wire.models import TRANSCRIPTION_MODELS, Billing
from local_server.wire.output_items import tokens_of
from local_server.wire.scenario import Turn
from local_server.wire.shape import invalid
from local_server.wire.turn_detection import (
    Detector,
    ScriptedDetector,
    SpeechEvent,
    SpeechStarted,
    SpeechStopped,
    VoiceDetector,
    patience,
)
from local_server.wire.usage import audio_tokens, text_tokens

if TYPE_CHECKING:
    from local_server.wire.session import Session

_MAX_APPEND_BYTES: Final = 15 * 1024 * 1024
_LISTENED_AT_ONCE: Final = 320 * BYTES_PER_MS
"""Listening takes about 2 ms of computing for 32 ms of audio: others get their turn in between."""
_TRANSCRIPTION: Final = "conversation.item.input_audio_transcription"
_WHOLE_AT_ONCE: Final = frozenset({"whisper-1"})


class Listening:
    """The ears of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._buffer = InputAudioBuffer()
        self._detector: Detector | None = None
        self._turn_begin_ms = 0.0
        self._idle: asyncio.Task[None] | None = None
        self._speech: tuple[str, int] | None = None
        """Id of the item to be and position of its beginning, while the user speaks."""

    def forget_detector(self) -> None:
        """Begin to listen anew: the session's way of finding turns has changed."""
        self._detector = None
        self._speech = None

    def user_is_here(self) -> None:
        """Stop waiting for the user to say something."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def wait_for_user(self, audio_ms: float) -> None:
        """Wait, if the session wants so, for the user to say something after `audio_ms` of an answer were played."""
        turn_detection = self._session.config["audio"]["input"]["turn_detection"] or {}
        timeout_ms = turn_detection.get("idle_timeout_ms")
        if timeout_ms is not None:
            self.user_is_here()
            self._idle = self._session.spawn(self._time_out((audio_ms + timeout_ms) / 1000), "idle timeout")

    async def _time_out(self, seconds: float) -> None:
        await self._session.clock.sleep(seconds)
        self._idle = None
        item_id = new_id("item")
        start_ms, end_ms = (round(ms) for ms in (self._buffer.begin_ms, self._buffer.position_ms))
        span = {"audio_start_ms": start_ms, "audio_end_ms": end_ms}
        await self._session.outgoing.send("input_audio_buffer.timeout_triggered", **span, item_id=item_id)
        await self._commit(item_id, self._buffer.take(start_ms, end_ms))
        await self._session.respond_to_turn()

    async def append(self, event: Mapping[str, Any]) -> None:
        """Serve `input_audio_buffer.append`."""
        try:
            audio = base64.b64decode(event["audio"], validate=True)
        except binascii.Error:
            raise invalid("audio", "Invalid 'audio': expected base64 of the session's input format.") from None
        if len(audio) > _MAX_APPEND_BYTES:
            raise invalid("audio", f"Invalid 'audio': at most {_MAX_APPEND_BYTES} bytes at once.")
        pcm = decoder(self._session.config["audio"]["input"]["format"])(audio)
        begin_ms = self._buffer.position_ms
        self._buffer.append(pcm)
        turn_detection = self._session.config["audio"]["input"]["turn_detection"]
        if turn_detection is None:
            return
        if self._detector is None:
            self._detector = self._new_detector(begin_ms)
        await self._listen(pcm, turn_detection)
        if self._speech is None:
            self._buffer.forget_old()

    async def _listen(self, pcm: bytes, turn_detection: Mapping[str, Any]) -> None:
        detector = self._detector
        how = patience(turn_detection)
        for start in range(0, len(pcm), _LISTENED_AT_ONCE):
            # A turn of the script brings a detector of its own, which waits for the next audio.
            if detector is None or detector is not self._detector:
                return
            for found in detector.feed(pcm[start : start + _LISTENED_AT_ONCE], how):
                await self._follow(found, turn_detection)
            await asyncio.sleep(0)

    def _new_detector(self, position_ms: float) -> Detector:
        speech = self._session.mind.speech
        if speech is None:
            return VoiceDetector(round(position_ms))
        return ScriptedDetector(speech, self._turn_begin_ms, position_ms)

    async def _follow(self, found: SpeechEvent, turn_detection: Mapping[str, Any]) -> None:
        send = self._session.outgoing.send
        match found:
            case SpeechStarted():
                self.user_is_here()
                self._speech = (new_id("item"), found.audio_start_ms)
                started = {"audio_start_ms": found.audio_start_ms, "item_id": self._speech[0]}
                await send("input_audio_buffer.speech_started", **started)
                if turn_detection["interrupt_response"]:
                    self._session.interrupt()
            case SpeechStopped():
                if self._speech is None:
                    return
                item_id, start_ms = self._speech
                self._speech = None
                stopped = {"audio_end_ms": found.audio_end_ms, "item_id": item_id}
                await send("input_audio_buffer.speech_stopped", **stopped)
                self._turn_begin_ms = found.audio_end_ms
                await self._commit(item_id, self._buffer.take(start_ms, found.audio_end_ms))
                if turn_detection["create_response"]:
                    await self._session.respond_to_turn()

    async def commit(self, _event: Mapping[str, Any]) -> None:
        """Serve `input_audio_buffer.commit`."""
        pcm = self._buffer.take_all()
        self._turn_begin_ms = self._buffer.position_ms
        item_id = new_id("item") if self._speech is None else self._speech[0]
        # What may still be spoken belongs to another item.
        self.forget_detector()
        await self._commit(item_id, pcm)

    async def clear(self, _event: Mapping[str, Any]) -> None:
        """Serve `input_audio_buffer.clear`."""
        self._buffer.clear()
        self._turn_begin_ms = self._buffer.position_ms
        self.forget_detector()
        await self._session.outgoing.send("input_audio_buffer.cleared")

    async def _commit(self, item_id: str, pcm: bytes) -> None:
        session = self._session
        content = [{"type": "input_audio", "transcript": None}]
        wire = {"id": item_id, "type": "message", "status": "completed", "role": "user", "content": content}
        item = Item(wire, {0: bytearray(pcm)})
        turn = session.mind.take_turn()
        if isinstance(self._detector, ScriptedDetector) or session.mind.speech is not None:
            # The next turn has its own place in the script.
            self._detector = None
        previous = session.conversation.add(item)
        await session.outgoing.send("input_audio_buffer.committed", previous_item_id=previous, item_id=item_id)
        await session.tell_item(item, previous)
        session.hearing.expect(item, turn)
        transcription = session.config["audio"]["input"]["transcription"]
        if transcription is not None and not turn.never:
            session.spawn(self._transcribe(item, turn, transcription["model"]), "transcription")

    async def _transcribe(self, item: Item, turn: Turn, model: str | None) -> None:
        session = self._session
        await session.clock.sleep(turn.delay)
        place = {"item_id": item.id, "content_index": 0}
        failure = turn.error.as_dict() if turn.error is not None else await session.hearing.failure(item)
        if failure is not None:
            await session.outgoing.send(f"{_TRANSCRIPTION}.failed", **place, error={**failure, "param": None})
            return
        transcript = item.heard or ""
        pieces = [transcript] if model in _WHOLE_AT_ONCE and transcript else tokens_of(transcript)
        for piece in pieces:
            await session.outgoing.send(f"{_TRANSCRIPTION}.delta", **place, delta=piece)
        item.wire["content"] = [{"type": "input_audio", "transcript": transcript}]
        usage = transcription_usage(model, item.audio_ms(0), transcript)
        await session.outgoing.send(f"{_TRANSCRIPTION}.completed", **place, transcript=transcript, usage=usage)


def transcription_usage(model: str | None, duration_ms: float, transcript: str) -> dict[str, Any]:
    """Return the `usage` of a transcription, on the card of its model."""
    if TRANSCRIPTION_MODELS.get(model or "", Billing.DURATION) is Billing.DURATION:
        return {"type": "duration", "seconds": -(-int(duration_ms) // 1000)}
    heard, written = audio_tokens(duration_ms, assistant=False), text_tokens(transcript)
    return {
        "type": "tokens",
        "total_tokens": heard + written,
        "input_tokens": heard,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        "output_tokens": written,
    }
