"""How the demo talks to Home Assistant: REST and WebSocket, as any client does."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import itertools
import json
from typing import Any, Self

import aiohttp

from demo.processes import DemoError

CALL_SECONDS = 60


class HassApiError(DemoError):
    """Home Assistant refused a call; the text names the call and the reason."""


class HassApi:
    """One logged-in user: REST calls and one WebSocket; use as an async context."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._token = token
        self._ids = itertools.count(1)
        self._results: dict[int, asyncio.Future[Any]] = {}
        self._events: dict[int, asyncio.Queue[dict[str, Any]]] = {}

    async def __aenter__(self) -> Self:
        """Open the WebSocket and log in; raises `HassApiError` when the token is refused."""
        self._http = aiohttp.ClientSession(
            self.url,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=aiohttp.ClientTimeout(total=CALL_SECONDS),
        )
        try:
            self._socket = await self._http.ws_connect("/api/websocket", max_msg_size=0)
            await self._socket.receive_json()
            await self._socket.send_json({"type": "auth", "access_token": self._token})
            answer = await self._socket.receive_json()
        except BaseException:
            await self._http.close()
            raise
        if answer["type"] != "auth_ok":
            await self._http.close()
            raise HassApiError(f"Home Assistant refused the login: {answer.get('message')}")
        self._reader = asyncio.create_task(self._read(), name="demo websocket reader")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close both connections."""
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        await self._socket.close()
        await self._http.close()

    async def get(self, path: str) -> Any:
        """Return the JSON of a GET."""
        return await self._rest("GET", path, None)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the JSON of a POST with a JSON body."""
        return await self._rest("POST", path, body)

    async def stream(self, path: str) -> AsyncIterator[bytes]:
        """Yield the body of a GET piece by piece, as it arrives."""
        async with self._http.get(path) as response:
            if response.status != 200:
                raise HassApiError(f"GET {path.rsplit('/', 1)[0]}/...: status {response.status}")
            async for piece in response.content.iter_any():
                yield piece

    async def call(self, command: str, **fields: Any) -> Any:
        """Send one WebSocket command and return its result."""
        number = next(self._ids)
        return await self._call(number, {"id": number, "type": command, **fields})

    async def action(self, domain: str, name: str, **data: Any) -> None:
        """Perform an action such as `light.turn_on` and wait until it is done."""
        await self.call("call_service", domain=domain, service=name, service_data=data)

    @contextlib.asynccontextmanager
    async def subscribe(self, command: str, **fields: Any) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
        """Give the queue of a command's events. A lost connection is the event `{"type": "lost"}`."""
        number = next(self._ids)
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._events[number] = queue
        try:
            await self._call(number, {"id": number, "type": command, **fields})
            yield queue
        finally:
            del self._events[number]

    async def send_bytes(self, data: bytes) -> None:
        """Send one binary frame: the handler's id and what it is for."""
        await self._socket.send_bytes(data)

    async def _rest(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        try:
            async with self._http.request(method, path, json=body) as response:
                text = await response.text()
        except aiohttp.ClientError as error:
            raise HassApiError(f"{method} {path}: {error}") from error
        if response.status >= 400:
            raise HassApiError(f"{method} {path}: status {response.status}: {text[:300]}")
        return json.loads(text)

    async def _call(self, number: int, message: dict[str, Any]) -> Any:
        if self._reader.done():
            raise HassApiError("Home Assistant closed the WebSocket")
        self._results[number] = result = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send_json(message)
            async with asyncio.timeout(CALL_SECONDS):
                answer = await result
        except ConnectionError:
            raise HassApiError("Home Assistant closed the WebSocket") from None
        except TimeoutError:
            raise HassApiError(f"{message['type']}: no answer in {CALL_SECONDS} s") from None
        finally:
            del self._results[number]
        if not answer["success"]:
            raise HassApiError(f"{message['type']}: {answer['error']['code']}: {answer['error']['message']}")
        return answer["result"]

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                # Home Assistant may put several messages into one text frame.
                content = json.loads(message.data)
                for one in content if isinstance(content, list) else [content]:
                    self._dispatch(one)
        finally:
            for result in self._results.values():
                if not result.done():
                    result.set_exception(HassApiError("Home Assistant closed the WebSocket"))
            for queue in self._events.values():
                queue.put_nowait({"type": "lost"})

    def _dispatch(self, message: dict[str, Any]) -> None:
        number = message["id"]
        if message["type"] == "event" and number in self._events:
            self._events[number].put_nowait(message["event"])
        elif message["type"] == "result" and (result := self._results.get(number)) and not result.done():
            result.set_result(message)
