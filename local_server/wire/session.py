"""What one client's session does with the events it is sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from local_server.wire import conversation_events
from local_server.wire.accents import Accent
from local_server.wire.answer import Message
from local_server.wire.client_events import check_client_event
from local_server.wire.clock import Clock
from local_server.wire.conversation import Conversation, Item
from local_server.wire.errors import WireError
from local_server.wire.hearing_queue import HearingQueue
from local_server.wire.ids import new_id
from local_server.wire.listening import Listening
from local_server.wire.mind import Mind
from local_server.wire.models import Model
from local_server.wire.outgoing import Outgoing
from local_server.wire.response import Response, Written
from local_server.wire.response_request import plan_response, session_situation
from local_server.wire.session_config import merge_session
from local_server.wire.session_defaults import default_session
from local_server.wire.usage import UsageMeter

type Handler = Callable[[Mapping[str, Any]], Awaitable[None]]


class Session:
    """One Realtime session over one WebSocket connection."""

    def __init__(
        self,
        connection: ServerConnection,
        *,
        model: Model,
        mind: Mind,
        outgoing: Outgoing,
        clock: Clock,
        expires_in: float,
        accent: Accent | None = None,
    ) -> None:
        self.model = model
        self._accent = accent or Accent()
        self.mind = mind
        self.outgoing = outgoing
        self.clock = clock
        self.conversation = Conversation()
        self.config = default_session(new_id("sess"), model, round(clock.time() + expires_in))
        self.hearing = HearingQueue(mind, lambda: session_situation(self.config, self.conversation))
        self._connection = connection
        self._expires_in = expires_in
        self._listening = Listening(self)
        self._meter = UsageMeter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._active: Response | None = None
        self._running: dict[str, Response] = {}
        self._has_spoken = False
        self._handlers: dict[str, Handler] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._listening.append,
            "input_audio_buffer.commit": self._listening.commit,
            "input_audio_buffer.clear": self._listening.clear,
            "output_audio_buffer.clear": self._refuse_output_buffer,
            "conversation.item.create": partial(conversation_events.create, self),
            "conversation.item.delete": partial(conversation_events.delete, self),
            "conversation.item.truncate": partial(conversation_events.truncate, self),
            "conversation.item.retrieve": partial(conversation_events.retrieve, self),
            "response.create": self._create_response,
            "response.cancel": self._cancel_response,
        }

    async def run(self, received: Callable[[Any], Awaitable[None]], *, created: bool = True) -> None:
        """Serve the connection until it ends; `received` is shown each parsed event."""
        self.spawn(self._expire(), "expiry")
        try:
            if created:
                await self.outgoing.send("session.created", session=self.config)
            async for message in self._connection:
                await self._receive(message, received)
        except ConnectionClosed:
            pass
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.hearing.close()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Let work run beside the reading; it ends with the session at the latest."""
        task = asyncio.create_task(work, name=f"{self.config['id']} {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _expire(self) -> None:
        await self.clock.sleep(self._expires_in)
        minutes = round(self._expires_in / 60)
        message = f"Your session hit the maximum duration of {minutes} minutes."
        await self._refuse(WireError("session_expired", message), None)
        await self.outgoing.close(1001, "invalid_request_error.session_expired")

    async def _receive(self, message: str | bytes, received: Callable[[Any], Awaitable[None]]) -> None:
        event: Any = None
        try:
            event = _parse(message)
            await received(event)
            for heard in self._accent.heard(event) if isinstance(event, dict) else (event,):
                check_client_event(heard)
                await self._handlers[heard["type"]](heard)
                if self._accent.answers_commits and heard["type"] == "input_audio_buffer.commit":
                    self.interrupt()
                    self.spawn(self.respond_to_turn(), "answer")
        except WireError as refusal:
            given = event.get("event_id") if isinstance(event, dict) else None
            await self._refuse(refusal, given if isinstance(given, str) else None)

    async def _refuse(self, refusal: WireError, client_event_id: str | None) -> None:
        await self.outgoing.send("error", error=refusal.as_dict(client_event_id))

    async def _refuse_output_buffer(self, _event: Mapping[str, Any]) -> None:
        message = "output_audio_buffer.clear is for WebRTC and SIP: over a WebSocket the client owns the playback."
        raise WireError("invalid_value", message, param="type")

    async def _update(self, event: Mapping[str, Any]) -> None:
        before = self.config["audio"]["input"]["turn_detection"]
        self.config = merge_session(self.config, event["session"], self.model, has_spoken=self._has_spoken)
        if self.config["audio"]["input"]["turn_detection"] != before:
            self._listening.forget_detector()
        await self.outgoing.send("session.updated", session=self.config)

    async def _create_response(self, event: Mapping[str, Any]) -> None:
        request = plan_response(event.get("response") or {}, self.config, self.model, self.conversation)
        if not request.out_of_band and self._active is not None:
            message = (
                f"Conversation already has an active response in progress: {self._active.config.id}. "
                "Wait until the response is finished before creating a new one."
            )
            raise WireError("conversation_already_has_active_response", message)
        response = Response(request, self)
        self._running[request.config.id] = response
        if not request.out_of_band:
            self._listening.user_is_here()
            self._active = response
        step = self.mind.take_answer(out_of_band=request.out_of_band)
        look = partial(request.look, self.hearing)
        self.spawn(response.run(step, partial(self.mind.decide, look)), request.config.id)

    async def _cancel_response(self, event: Mapping[str, Any]) -> None:
        wanted = event.get("response_id")
        response = self._active if wanted is None else self._running.get(wanted)
        if response is None:
            raise WireError("response_cancel_not_active", "Cancellation failed: no active response found.")
        response.stop("client_cancelled")

    def interrupt(self) -> None:
        """End the active response because the user speaks."""
        if self._active is not None:
            self._active.stop("turn_detected")

    async def respond_to_turn(self) -> None:
        """Answer a turn that was found by listening; an answer that was interrupted comes to its end first."""
        while self._active is not None and self._active.stopping:
            await self._active.ended.wait()
        await self._create_response({})

    async def tell_item(self, item: Item, previous_item_id: str | None) -> None:
        """Tell that an item is in the conversation, complete as it is."""
        for event_type in ("conversation.item.added", "conversation.item.done"):
            await self.outgoing.send(event_type, previous_item_id=previous_item_id, item=dict(item.wire))

    def add_output(self, item: Item) -> str | None:
        """Put an output item at the end of the conversation; return the id of the item before it."""
        return self.conversation.add(item)

    def previous_when_done(self, item: Item) -> str | None:
        """Return what `conversation.item.done` names as the item before an output item."""
        previous = self.conversation.previous_id(item.id)
        # Recorded from both generations of models: the conversation's first item is not named here.
        return None if previous == self.conversation.first_id else previous

    def speak(self, message: Message, voice: Any) -> AsyncIterator[bytes]:
        """Yield the voice of a message, PCM16 mono at 24,000 Hz."""
        self._has_spoken = True
        return self.mind.speak(message, voice if isinstance(voice, str) else voice["id"])

    def ended(self, response: Response, written: Written) -> dict[str, Any]:
        """Take the response off the active ones and return its usage."""
        self._running.pop(response.config.id, None)
        if self._active is response:
            self._active = None
            self._listening.wait_for_user(sum(item.audio_ms(0) for item in written.items))
        return self._meter.measure(
            response.request.read,
            [item.segment for item in written.items],
            output_text=written.text_tokens,
            output_audio=written.audio_tokens,
        )


def _parse(message: str | bytes) -> Any:
    if isinstance(message, bytes):
        raise WireError("invalid_event", "Binary messages are not supported. Send JSON as a text message.")
    try:
        return orjson.loads(message)
    except orjson.JSONDecodeError as broken:
        raise WireError("invalid_json", f"The message is not JSON: {broken}.") from None
