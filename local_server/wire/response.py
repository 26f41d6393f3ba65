"""How a response goes from created to done."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
import logging
from typing import Any, Final, Protocol

from local_server.wire.answer import Answer, Message, Status
from local_server.wire.audio_formats import BYTES_PER_MS, encoder
from local_server.wire.clock import Clock
from local_server.wire.conversation import Item
from local_server.wire.outgoing import Outgoing
from local_server.wire.output_items import OutputItem, Sound, output_item
from local_server.wire.response_request import ResponseRequest

_LOGGER = logging.getLogger(__name__)

_TOKENS_PER_MINUTE: Final = 15_000_000


class _Ended(Exception):
    """The response ends before its answer does."""

    def __init__(self, status: Status, reason: str | None = None, error: Mapping[str, Any] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.reason = reason
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a response wrote."""

    items: Sequence[Item]
    text_tokens: int
    audio_tokens: int


class Household(Protocol):
    """What a response needs of its session."""

    outgoing: Outgoing
    clock: Clock

    def add_output(self, item: Item) -> str | None:
        """Put an output item at the end of the conversation; return the id of the item before it."""
        ...

    def previous_when_done(self, item: Item) -> str | None:
        """Return what `conversation.item.done` names as the item before."""
        ...

    def speak(self, message: Message, voice: Any) -> AsyncIterator[bytes]:
        """Yield the voice of a message, PCM16 mono at 24,000 Hz."""
        ...

    def ended(self, response: Response, written: Written) -> dict[str, Any]:
        """Take the response off the active ones and return its usage."""
        ...


class Response:
    """One response; it tells itself in the order of the captures."""

    def __init__(self, request: ResponseRequest, household: Household) -> None:
        self.request = request
        self.config = request.config
        self.ended = asyncio.Event()
        self._household = household
        self._stop: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._items: list[OutputItem] = []
        self._text_tokens = 0.0
        self._audio_tokens = 0.0
        self._answer = Answer()

    @property
    def stopping(self) -> bool:
        """Whether the response was told to stop."""
        return self._stop.done()

    def stop(self, reason: str) -> None:
        """End the response as cancelled, for `client_cancelled` or `turn_detected`."""
        if not self._stop.done():
            self._stop.set_result(reason)

    async def run(self, step: Answer | None, decide: Callable[[], Awaitable[Answer]]) -> None:
        """Tell the response from beginning to end; without a scripted step `decide` makes the answer."""
        self._answer = step or self._answer
        self._household.outgoing.arm(self._answer.faults)
        try:
            early = await self._wait_for_creation()
            await self._send("response.created", response=self._as_dict("in_progress", None, None))
            await self._finish(early or await self._produce(step, decide))
        finally:
            self.ended.set()

    async def _wait_for_creation(self) -> _Ended | None:
        try:
            if self._answer.created_delay:
                await self._until_stopped(self._household.clock.sleep(self._answer.created_delay))
        except _Ended as end:
            return end
        return None

    async def _produce(self, step: Answer | None, decide: Callable[[], Awaitable[Answer]]) -> _Ended:
        try:
            answer = await self._until_stopped(decide()) if step is None else step
            self._answer = answer
            if answer.delay:
                await self._until_stopped(self._household.clock.sleep(answer.delay))
            for index in range(len(answer.output)):
                item = output_item(self, index, answer.output, phases=self.config.phases, sound=self._sound)
                self._items.append(item)
                await item.add()
                await item.stream()
                item.complete = True
        except _Ended as end:
            return end
        if answer.status is not Status.COMPLETED and self._items:
            self._items[-1].complete = False
        return _Ended(answer.status, answer.reason, None if answer.error is None else answer.error.as_dict())

    @property
    def _sound(self) -> Sound | None:
        if "audio" not in self.config.output_modalities:
            return None
        return Sound(
            speak=lambda message: self._household.speak(message, self.config.voice),
            encode=encoder(self.config.format),
            delta_bytes=self._answer.delta_ms * BYTES_PER_MS,
        )

    async def _finish(self, end: _Ended) -> None:
        for item in self._items:
            await item.finish()
        written = Written(
            items=[output.item for output in self._items],
            text_tokens=round(self._text_tokens),
            audio_tokens=round(self._audio_tokens),
        )
        counted = self._household.ended(self, written)
        usage = (self._answer.usage or counted) if self._answer.has_usage else None
        await self._send("response.done", response=self._as_dict(end.status.value, _details(end), usage))
        spent = counted["total_tokens"]
        limit = {"name": "tokens", "limit": _TOKENS_PER_MINUTE, "remaining": _TOKENS_PER_MINUTE - spent}
        reset_seconds = round(spent * 60 / _TOKENS_PER_MINUTE, 3)
        await self._send("rate_limits.updated", rate_limits=[{**limit, "reset_seconds": reset_seconds}])

    def _as_dict(
        self, status: str, details: Mapping[str, Any] | None, usage: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        config = self.config
        return {
            "object": "realtime.response",
            "id": config.id,
            "status": status,
            "status_details": details,
            "output": [dict(output.item.wire) for output in self._items],
            "conversation_id": config.conversation_id,
            "output_modalities": list(config.output_modalities),
            "max_output_tokens": config.max_output_tokens,
            "audio": {"output": {"format": dict(config.format), "voice": config.voice}},
            "usage": usage,
            "metadata": config.metadata,
        }

    async def _send(self, event_type: str, **fields: Any) -> None:
        await self._household.outgoing.send(event_type, **fields)

    async def tell(self, event_type: str, /, **fields: Any) -> None:
        """Send an event of the response."""
        await self._household.outgoing.send(event_type, response_id=self.config.id, **fields)

    async def delta(self, event_type: str, /, *, tokens: float, **fields: Any) -> None:
        """Send a delta and count its tokens; raises when the response must end here."""
        if event_type == "response.output_audio.delta":
            self._audio_tokens += tokens
        else:
            self._text_tokens += tokens
        await self.tell(event_type, **fields)
        # Without a pause a fast response would be over before its cancellation is even read.
        await asyncio.sleep(0)
        if self._answer.delta_delay:
            await self._until_stopped(self._household.clock.sleep(self._answer.delta_delay))
        if self._stop.done():
            raise _Ended(Status.CANCELLED, self._stop.result())
        limit = self.config.max_output_tokens
        if isinstance(limit, int) and self._text_tokens + self._audio_tokens >= limit:
            raise _Ended(Status.INCOMPLETE, "max_output_tokens")

    async def next_piece(self, voice: AsyncIterator[bytes]) -> bytes | None:
        """Return the next piece of a voice, or None at its end; raises when the response must end here."""
        return await self._until_stopped(_next(voice))

    async def item_added(self, item: Item) -> None:
        """Put the item into the conversation and say so, unless the response is out of band."""
        if self.config.conversation_id is not None:
            previous = self._household.add_output(item)
            await self._send("conversation.item.added", previous_item_id=previous, item=dict(item.wire))

    async def item_done(self, item: Item) -> None:
        """Say that the item is finished, unless the response is out of band."""
        if self.config.conversation_id is not None:
            previous = self._household.previous_when_done(item)
            await self._send("conversation.item.done", previous_item_id=previous, item=dict(item.wire))

    async def _until_stopped[Result](self, awaitable: Awaitable[Result]) -> Result:
        """Return what is waited for; raises _Ended when the response is stopped first or the engine breaks."""
        task = asyncio.ensure_future(awaitable)
        either: set[asyncio.Future[Any]] = {task, self._stop}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            task.cancel()
        if not task.done():
            await asyncio.wait({task})
            raise _Ended(Status.CANCELLED, self._stop.result())
        broken = task.exception()
        if broken is not None:
            _LOGGER.error("The engine failed", exc_info=broken)
            error = {"type": "server_error", "code": "server_error", "message": f"The engine failed: {broken}"}
            raise _Ended(Status.FAILED, error=error)
        return task.result()


async def _next(voice: AsyncIterator[bytes]) -> bytes | None:
    return await anext(voice, None)


_USUAL_REASON: Final[Mapping[Status, str]] = {
    Status.CANCELLED: "client_cancelled",
    Status.INCOMPLETE: "max_output_tokens",
}


def _details(end: _Ended) -> dict[str, Any] | None:
    match end.status:
        case Status.COMPLETED:
            return None
        case Status.FAILED:
            error = end.error or {"type": "server_error", "code": "server_error", "message": "The response failed."}
            return {"type": end.status.value, "error": dict(error)}
    return {"type": end.status.value, "reason": end.reason or _USUAL_REASON[end.status]}
