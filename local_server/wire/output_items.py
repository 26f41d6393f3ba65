"""In which events one output item of a response is told."""

from abc import ABC, abstractmethod
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
import re
from typing import Any, Final, Protocol

from local_server.wire.answer import Call, Message, Phase
from local_server.wire.audio_formats import BYTES_PER_MS
from local_server.wire.conversation import Item
from local_server.wire.ids import new_id

_TOKEN: Final = re.compile(r"\s*(?:\w+|[^\w\s]|$)")

_MS_PER_TOKEN: Final = 50
_TOKENS_AHEAD: Final = 3
"""The transcript runs ahead of the audio by so much, and goes on at that pace with each delta of audio."""


class Narrator(Protocol):
    """What an output item needs of its response."""

    async def tell(self, event_type: str, /, **fields: Any) -> None:
        """Send an event of the response."""
        ...

    async def delta(self, event_type: str, /, *, tokens: float, **fields: Any) -> None:
        """Send a delta that cost so many tokens; raises when the response must end here."""
        ...

    async def next_piece(self, voice: AsyncIterator[bytes]) -> bytes | None:
        """Return the next piece of a voice, or None at its end; raises when the response must end here."""
        ...

    async def item_added(self, item: Item) -> None:
        """Put the item into the conversation and say so, unless the response is out of band."""
        ...

    async def item_done(self, item: Item) -> None:
        """Say that the item is finished, unless the response is out of band."""
        ...


def tokens_of(text: str) -> list[str]:
    """Return the text in pieces of about a token; joined they are the text again."""
    return [token for token in _TOKEN.findall(text) if token]


class OutputItem(ABC):
    """One output item on its way: added, streamed, done."""

    def __init__(self, narrator: Narrator, output_index: int, wire: dict[str, Any]) -> None:
        self._narrator = narrator
        self._output_index = output_index
        self.item = Item(wire)
        self.complete = False

    @property
    def _place(self) -> dict[str, Any]:
        return {"item_id": self.item.id, "output_index": self._output_index}

    async def add(self) -> None:
        """Tell that the item begins."""
        await self._narrator.tell(
            "response.output_item.added", output_index=self._output_index, item=dict(self.item.wire)
        )
        await self._narrator.item_added(self.item)

    @abstractmethod
    async def stream(self) -> None:
        """Tell the item's content, delta by delta."""

    async def finish(self) -> None:
        """Tell that the item is done, complete or not."""
        self.item.wire["status"] = "completed" if self.complete else "incomplete"
        await self._narrator.item_done(self.item)
        await self._narrator.tell(
            "response.output_item.done", output_index=self._output_index, item=dict(self.item.wire)
        )


class FunctionCallItem(OutputItem):
    """A function that is to be called."""

    def __init__(self, narrator: Narrator, output_index: int, call: Call) -> None:
        self._call = call
        self._told = ""
        call_id = call.call_id or new_id("call")
        wire = {"id": new_id("item"), "type": "function_call", "status": "in_progress", "name": call.name}
        super().__init__(narrator, output_index, {**wire, "call_id": call_id, "arguments": ""})

    async def stream(self) -> None:
        """Tell the arguments."""
        for token in tokens_of(self._call.arguments):
            self._told += token
            await self._narrator.delta(
                "response.function_call_arguments.delta",
                tokens=1,
                **self._place,
                call_id=self.item.wire["call_id"],
                delta=token,
            )

    async def finish(self) -> None:
        """Tell the arguments as a whole, then that the item is done."""
        self.item.wire["arguments"] = self._told
        await self._narrator.tell(
            "response.function_call_arguments.done",
            **self._place,
            call_id=self.item.wire["call_id"],
            name=self._call.name,
            arguments=self._told,
        )
        await super().finish()


class MessageItem(OutputItem):
    """Something said, as text."""

    part_type = "text"
    content_type = "output_text"
    text_field = "text"
    delta_event = "response.output_text.delta"
    done_events: tuple[str, ...] = ("response.output_text.done",)

    def __init__(self, narrator: Narrator, output_index: int, message: Message, phase: Phase | None) -> None:
        self._message = message
        self._told = ""
        wire = {"id": new_id("item"), "type": "message", "status": "in_progress", "role": "assistant", "content": []}
        super().__init__(narrator, output_index, wire if phase is None else {**wire, "phase": phase.value})

    @property
    def _part_place(self) -> dict[str, Any]:
        return {**self._place, "content_index": 0}

    async def add(self) -> None:
        """Tell that the item and its one content part begin."""
        await super().add()
        part = {"type": self.part_type, self.text_field: ""}
        await self._narrator.tell("response.content_part.added", **self._part_place, part=part)

    async def stream(self) -> None:
        """Tell the text."""
        await self._tell_tokens(tokens_of(self._message.text))

    async def _tell_tokens(self, tokens: Sequence[str]) -> None:
        for token in tokens:
            self._told += token
            await self._narrator.delta(self.delta_event, tokens=1, **self._part_place, delta=token)

    async def finish(self) -> None:
        """Tell the content as a whole, then that the item is done."""
        said = {self.text_field: self._told}
        # Audio is not told again: of the last done event alone the text is a part.
        for event_type in self.done_events[:-1]:
            await self._narrator.tell(event_type, **self._part_place)
        await self._narrator.tell(self.done_events[-1], **self._part_place, **said)
        part = {"type": self.part_type, **said}
        await self._narrator.tell("response.content_part.done", **self._part_place, part=part)
        self.item.wire["content"] = [{"type": self.content_type, **said}]
        await super().finish()


class SpokenMessageItem(MessageItem):
    """Something said, as audio with its transcript."""

    part_type = "audio"
    content_type = "output_audio"
    text_field = "transcript"
    delta_event = "response.output_audio_transcript.delta"
    done_events = ("response.output_audio.done", "response.output_audio_transcript.done")

    def __init__(
        self, narrator: Narrator, output_index: int, message: Message, phase: Phase | None, sound: Sound
    ) -> None:
        super().__init__(narrator, output_index, message, phase)
        self._sound = sound

    async def stream(self) -> None:
        """Tell transcript and audio, the transcript a little ahead."""
        tokens = tokens_of(self._message.text)
        heard = self.item.audio.setdefault(0, bytearray())
        waiting = bytearray()
        voice = self._sound.speak(self._message)
        ended = False
        while not ended:
            piece = await self._narrator.next_piece(voice)
            ended = piece is None
            waiting += piece or b""
            while len(waiting) >= self._sound.delta_bytes or (ended and waiting):
                await self._tell_tokens(tokens[:_TOKENS_AHEAD])
                del tokens[:_TOKENS_AHEAD]
                pcm = bytes(waiting[: self._sound.delta_bytes])
                del waiting[: self._sound.delta_bytes]
                heard += pcm
                await self._tell_audio(pcm)
        await self._tell_tokens(tokens)

    async def _tell_audio(self, pcm: bytes) -> None:
        await self._narrator.delta(
            "response.output_audio.delta",
            tokens=len(pcm) / BYTES_PER_MS / _MS_PER_TOKEN,
            **self._part_place,
            delta=base64.b64encode(self._sound.encode(pcm)).decode(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """How a response sounds on the wire."""

    speak: Callable[[Message], AsyncIterator[bytes]]
    """Yields PCM16 mono at 24,000 Hz."""
    encode: Callable[[bytes], bytes]
    """Turns PCM16 mono at 24,000 Hz into the session's output format."""
    delta_bytes: int
    """Length of a delta before it is encoded."""


def output_item(
    narrator: Narrator,
    output_index: int,
    outputs: Sequence[Message | Call],
    *,
    phases: bool,
    sound: Sound | None,
) -> OutputItem:
    """Return the item that tells the answer's output at that index; without a sound it is text."""
    output = outputs[output_index]
    if isinstance(output, Call):
        return FunctionCallItem(narrator, output_index, output)
    phase = output.phase
    if phase is None and phases:
        followed = any(isinstance(later, Call) for later in outputs[output_index + 1 :])
        phase = Phase.COMMENTARY if followed else Phase.FINAL_ANSWER
    if sound is None:
        return MessageItem(narrator, output_index, output, phase)
    return SpokenMessageItem(narrator, output_index, output, phase, sound)
