"""A realtime server that means harm: it greets, and answers each question with whatever messages a test makes.

It runs in a thread of its own, so that how long Home Assistant's loop is kept busy can be told from how long it is.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
import threading
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

type Answer = Callable[[str], Iterable[bytes]]
"""Makes the messages that answer a question, out of the id of the response."""


def event(event_type: str, **fields: Any) -> bytes:
    """Return an event of the server."""
    return orjson.dumps({"type": event_type, "event_id": "event_1", **fields})


def begun(response: str, **fields: Any) -> bytes:
    """Return the beginning of a response."""
    return event("response.created", response={"id": response, "status": "in_progress", **fields})


def over(response: str, **fields: Any) -> bytes:
    """Return the end of a response."""
    return event("response.done", response={"id": response, "status": "completed", "usage": USED, **fields})


def said(response: str, *deltas: str, item: str = "item_said") -> list[bytes]:
    """Return a message of words."""
    message = {"id": item, "type": "message", "role": "assistant", "status": "completed"}
    return [
        event("response.output_item.added", response_id=response, item={**message, "status": "in_progress"}),
        *(
            event("response.output_audio_transcript.delta", response_id=response, item_id=item, delta=delta)
            for delta in deltas
        ),
        event("response.output_item.done", response_id=response, item=message),
    ]


def sounded(response: str, *deltas: Any) -> list[bytes]:
    """Return sound, as it stands in the events."""
    return [
        event("response.output_audio.delta", response_id=response, item_id="item_said", delta=delta) for delta in deltas
    ]


def called(response: str, call: str, name: str, arguments: Any, item: str = "item_called") -> list[bytes]:
    """Return a function call."""
    call_item = {"id": item, "type": "function_call", "call_id": call, "name": name, "arguments": arguments}
    return [
        event("response.output_item.added", response_id=response, item={**call_item, "arguments": ""}),
        event("response.output_item.done", response_id=response, item={**call_item, "status": "completed"}),
    ]


USED = {"input_token_details": {"text_tokens": 100}, "output_token_details": {"text_tokens": 10}}


def fine(response: str) -> list[bytes]:
    """Answer as it should be."""
    return [begun(response), *said(response, "Fine."), *sounded(response, "AAAA" * 400), over(response)]


class HostileServer:
    """What is answered, and what was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: list[Answer] = []
        """What the next questions are answered with; `fine` once they are used up."""
        self.greeting = event("session.created", session={"type": "realtime", "id": "sess_1", "audio": {}})
        self.received: list[dict[str, Any]] = []
        self.num_connections = 0
        self._serial = 0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="hostile server")

    def of_type(self, event_type: str) -> list[dict[str, Any]]:
        """Return what was asked, of one type."""
        return [message for message in self.received if message["type"] == event_type]

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Hang up."""
        assert self._loop is not None
        assert self._leave is not None
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join()

    async def _run(self) -> None:
        """Serve until somebody stops it."""
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        async with serve(self._talk, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=0.1) as server:
            self.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1"
            self._ready.set()
            await self._leave.wait()
            # Somebody who reads nothing more would keep a goodbye waiting behind an answer without end.
            server.server.abort_clients()

    async def _talk(self, connection: ServerConnection) -> None:
        """Answer what somebody asks."""
        self.num_connections += 1
        try:
            await connection.send(self.greeting, text=True)
            async for message in connection:
                asked = orjson.loads(message)
                self.received.append(asked)
                if asked["type"] == "response.create":
                    await self._answer(connection, asked)
        except ConnectionClosed:
            return

    async def _answer(self, connection: ServerConnection, asked: dict[str, Any]) -> None:
        """Answer one question; texts to be read aloud are refused."""
        self._serial += 1
        response = f"resp_{self._serial}"
        if "response" in asked:
            tag = {"metadata": asked["response"]["metadata"]}
            messages: Iterable[bytes] = [begun(response, **tag), over(response, status="failed", **tag)]
        else:
            messages = (self.answers.pop(0) if self.answers else fine)(response)
        for each in messages:
            await connection.send(each, text=True)


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """Run a server."""
    server = HostileServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
