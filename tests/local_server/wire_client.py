"""A client of the Realtime protocol that does nothing by itself, for tests of the server."""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

from local_server.wire import RealtimeServer, Scenario, scenario_from_dict

MODEL = "gpt-realtime-2.1"
TEXT_ONLY = {"output_modalities": ["text"], "audio": {"input": {"turn_detection": None}}}
AUDIO_BY_HAND = {"audio": {"input": {"turn_detection": None}}}


class WireClient:
    """Sends what it is told and keeps what comes."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []

    async def send(self, event_type: str, **fields: Any) -> None:
        await self.socket.send(orjson.dumps({"type": event_type, **fields}), text=True)

    async def update(self, session: Mapping[str, Any]) -> dict[str, Any]:
        """Update the session and return it as the server echoes it."""
        await self.send("session.update", session={"type": "realtime", **session})
        return (await self.until("session.updated"))["session"]

    async def say(self, text: str) -> None:
        """Put a text of the user into the conversation."""
        content = [{"type": "input_text", "text": text}]
        await self.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})

    async def append(self, pcm: bytes) -> None:
        await self.send("input_audio_buffer.append", audio=base64.b64encode(pcm).decode())

    async def next(self) -> dict[str, Any]:
        event = orjson.loads(await self.socket.recv())
        self.events.append(event)
        return event

    async def until(self, event_type: str) -> dict[str, Any]:
        """Return the next event of that type; those before it are kept as well."""
        while (event := await self.next())["type"] != event_type:
            pass
        return event

    async def respond(self, **response: Any) -> dict[str, Any]:
        """Ask for a response and return it as it is done."""
        await self.send("response.create", response=response)
        return (await self.until("response.done"))["response"]

    async def error(self) -> dict[str, Any]:
        """Return the error of the next `error` event."""
        return (await self.until("error"))["error"]

    def types(self) -> list[str]:
        """Return the types of all events so far, repetitions of one in a row as one."""
        types = [event["type"] for event in self.events]
        return [one for one, before in zip(types, [None, *types], strict=False) if one != before]

    def of(self, event_type: str) -> list[dict[str, Any]]:
        """Return the events of that type so far."""
        return [event for event in self.events if event["type"] == event_type]


@asynccontextmanager
async def connected(
    server: RealtimeServer, model: str | None = MODEL, key: str = "sk-test"
) -> AsyncIterator[WireClient]:
    """Connect to the server; nothing is read yet."""
    query = "" if model is None else f"?model={model}"
    headers = {"Authorization": f"Bearer {key}"}
    async with connect(f"{server.url}/realtime{query}", additional_headers=headers, max_size=None) as socket:
        yield WireClient(socket)


@asynccontextmanager
async def talking(
    scenario: Mapping[str, Any] | Scenario, session: Mapping[str, Any] = TEXT_ONLY, **options: Any
) -> AsyncIterator[tuple[RealtimeServer, WireClient]]:
    """Run a server that checks all it sends, with one client whose session is set up."""
    script = scenario if isinstance(scenario, Scenario) else scenario_from_dict(scenario)
    model = options.pop("model", MODEL)
    async with RealtimeServer(scenario=script, validate=True, **options) as server:
        async with connected(server, model) as client:
            await client.until("session.created")
            if session:
                await client.update(session)
            client.events.clear()
            yield server, client
        assert server.invalid == []
