"""Where the server listens, whom it lets in, and what it has seen."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
import logging
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit
from weakref import WeakKeyDictionary

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from local_server.engine import Engine
from local_server.wire.accents import ACCENTS
from local_server.wire.admission import House, Refusal
from local_server.wire.answer import Answer
from local_server.wire.clock import Clock, SystemClock
from local_server.wire.ids import new_id
from local_server.wire.mind import Mind
from local_server.wire.models import Model
from local_server.wire.outgoing import Observer, Outgoing
from local_server.wire.rest import answer_rest, refused
from local_server.wire.scenario import ConnectionStep, Scenario
from local_server.wire.session import Session

_REALTIME_PATH: Final = "/v1/realtime"
_LOGGER: Final = logging.getLogger(__name__)
# The library logs keys and audio at its debug level: it is kept above that, whatever is asked for.
_LIBRARY_LOGGER: Final = logging.getLogger(f"{__name__}.websockets")
_LIBRARY_LOGGER.setLevel(logging.WARNING)


@dataclass(slots=True)
class Connection:
    """One attempt to connect to /v1/realtime."""

    index: int
    path: str
    """With its query."""
    headers: Mapping[str, str]
    """Names in any case."""
    model: str | None
    step: ConnectionStep
    admitted: Model | Refusal
    sent: list[dict[str, Any]] = field(default_factory=list)
    """Events of the server before any fault was applied."""
    session: Session | None = None
    socket: ServerConnection | None = None

    @property
    def close_code(self) -> int | None:
        """How the connection ended; None while it is open or when it was never upgraded."""
        return None if self.socket is None else self.socket.close_code


class RealtimeServer:
    """A Realtime server on this machine; `async with` listens and stops.

    `keys` are accepted as `Authorization: Bearer` or `api-key`; None accepts everybody. A scenario answers first, then
    the engine. `validate` checks each event against the API's published types (needs the `openai` package) and lists
    what is wrong in `invalid`. `record` keeps what passes in `received` and `Connection.sent`. `observer` is
    shown each event the moment before it is sent. `accent` is the kind of server that this one passes for, a name of
    `ACCENTS`; faults, `validate` and `record` are about events as GA has them all the same.
    """

    def __init__(
        self,
        *,
        engine: Engine | None = None,
        keys: Collection[str] | None = ("sk-test",),
        scenario: Scenario | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        validate: bool = False,
        record: bool = True,
        observer: Observer | None = None,
        accent: str = "ga",
    ) -> None:
        self.scenario = scenario or Scenario()
        self.connections: list[Connection] = []
        self.received: list[tuple[int, Any]] = []
        """Index of the connection and event, in order of arrival; also those that were refused."""
        self.door: ConnectionStep | None = None
        """What happens to attempts to connect from here on, in place of what the scenario says; None follows it."""
        self.invalid: list[str] = []
        self._house = House(keys=keys, refused_keys=self.scenario.keys, refused_models=self.scenario.models)
        self._mind = Mind(self.scenario, engine)
        self._host = host
        self._port = port
        self._clock = clock or SystemClock()
        self._validate = validate
        self._record = record
        self._observer = observer
        self._new_accent = ACCENTS[accent]
        self._arrived = asyncio.Condition()
        self._closing = asyncio.Event()
        self._coming: WeakKeyDictionary[ServerConnection, Connection] = WeakKeyDictionary()
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._server = await serve(
            self._serve,
            self._host,
            self._port,
            process_request=self._process_request,
            compression=None,
            max_size=None,
            # A slow upgrade is as slow as the scenario says.
            open_timeout=None,
            ping_interval=20,
            close_timeout=2,
            logger=_LIBRARY_LOGGER,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections and stop listening."""
        self._closing.set()
        if self._server is not None:
            # Whoever has just been let in is served before the door is shut: asyncio takes anything else for an error.
            for listening in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
            await asyncio.sleep(0)
            self._server.close()
            await self._server.wait_closed()

    @property
    def answer(self) -> Answer | None:
        """What every response is from here on, whatever the scenario says; None follows it."""
        return self._mind.answer

    @answer.setter
    def answer(self, answer: Answer | None) -> None:
        self._mind.answer = answer

    @property
    def url(self) -> str:
        """Base URL of the WebSocket; `/realtime?model=` follows."""
        return f"ws://{self._host}:{self._port}/v1"

    @property
    def http_url(self) -> str:
        """Base URL of REST; `/models` follows."""
        return f"http://{self._host}:{self._port}/v1"

    async def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        address = urlsplit(request.path)
        headers = request.headers
        if address.path != _REALTIME_PATH or "Upgrade" not in headers:
            rest = self.scenario.rest
            if rest is not None:
                return refused(rest, rest.status or 500)
            return answer_rest(address.path, headers, self._house)
        model = parse_qs(address.query).get("model", [None])[0]
        step = self.door or self._mind.take_connection()
        names = self._new_accent().models
        admitted = step.refusal or self._house.admit(headers, model and names.get(model, model))
        async with self._arrived:
            record = Connection(len(self.connections), request.path, headers, model, step, admitted)
            self.connections.append(record)
            self._arrived.notify_all()
        self._coming[connection] = record
        if step.upgrade_delay:
            await self._wait_or_close(step.upgrade_delay)
        if isinstance(admitted, Refusal) and admitted.status is not None:
            return refused(admitted, admitted.status)
        return None

    async def _wait_or_close(self, seconds: float) -> None:
        """Return after the time or when the server closes, whichever comes first."""
        # Whoever sees the connection in the list may move the clock on: by then it is being looked at.
        waited = asyncio.create_task(self._clock.sleep(seconds), eager_start=True)
        closed = asyncio.create_task(self._closing.wait())
        await asyncio.wait({waited, closed}, return_when=asyncio.FIRST_COMPLETED)
        waited.cancel()
        closed.cancel()

    async def _serve(self, connection: ServerConnection) -> None:
        record = self._coming.pop(connection)
        accent = self._new_accent()
        outgoing = Outgoing(connection, self._clock, self._observers(record), accent)
        outgoing.arm((*self.scenario.faults, *record.step.faults))
        record.socket = connection
        if isinstance(record.admitted, Refusal):
            await outgoing.send("error", error=record.admitted.as_dict())
            await outgoing.close(record.admitted.close_code, record.admitted.reason)
            return
        expires_in = self.scenario.expires_in if record.step.expires_in is None else record.step.expires_in
        record.session = Session(
            connection,
            model=record.admitted,
            mind=self._mind,
            outgoing=outgoing,
            clock=self._clock,
            expires_in=expires_in,
            accent=accent,
        )
        await record.session.run(partial(self._note_received, record.index), created=record.step.created)

    def _observers(self, record: Connection) -> Iterable[Observer]:
        if _LOGGER.isEnabledFor(logging.DEBUG):
            yield lambda event: _LOGGER.debug("%d > %s", record.index, event["type"])
        if self._observer is not None:
            yield self._observer
        if self._record:
            yield lambda event: record.sent.append(dict(event))
        if self._validate:
            # Only servers that check need the package with the types, which takes seconds to import.
            fault_of = import_module("local_server.wire.wire_check").fault_of
            yield partial(self._check, fault_of)

    def _check(self, fault_of: Callable[[Mapping[str, Any]], str | None], event: Mapping[str, Any]) -> None:
        fault = fault_of(event)
        if fault is not None:
            self.invalid.append(fault)

    async def _note_received(self, index: int, event: Any) -> None:
        _LOGGER.debug("%d < %s", index, event.get("type") if isinstance(event, dict) else "no event")
        if not self._record:
            return
        async with self._arrived:
            self.received.append((index, event))
            self._arrived.notify_all()

    async def wait_received(self, event_type: str, count: int = 1) -> dict[str, Any]:
        """Return the `count`th event of that type from any client, waiting for it; needs `record`."""

        def so_far() -> list[dict[str, Any]]:
            return [event for _, event in self.received if isinstance(event, dict) and event.get("type") == event_type]

        async with self._arrived:
            await self._arrived.wait_for(lambda: len(so_far()) >= count)
        return so_far()[count - 1]

    async def wait_connections(self, count: int) -> Connection:
        """Return the `count`th attempt to connect, waiting for it."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.connections) >= count)
        return self.connections[count - 1]

    async def send(self, event: Mapping[str, Any], connection: int = -1) -> None:
        """Send an event of the caller's making to a client."""
        await self._session(connection).outgoing.send_event({"event_id": new_id("event"), **event})

    async def close_connection(self, code: int, reason: str = "", connection: int = -1) -> None:
        """Close a connection now."""
        await self._session(connection).outgoing.close(code, reason)

    def drop_connection(self, connection: int = -1) -> None:
        """Cut a connection now, as a lost network does."""
        self._session(connection).outgoing.drop()

    def _session(self, index: int) -> Session:
        session = self.connections[index].session
        if session is None:
            raise LookupError(f"Connection {index} has no session: it was refused, or it is not there yet.")
        return session
