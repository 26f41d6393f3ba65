"""Who is at the far end? A server in bad weather that can be restarted on its address, and keeps its own bill."""

from collections.abc import Iterable
from typing import Self, override

from local_server.wire import RealtimeServer
from local_server.wire.outgoing import Observer
from local_server.wire.server import Connection

from ...conftest import API_KEY
from .bill import Bill
from .household import Household
from .weather import Weather


class BillingServer(RealtimeServer):
    """A server in bad weather."""

    def __init__(self, port: int, weather: Weather, bill: Bill) -> None:
        super().__init__(engine=Household(), keys=(API_KEY,), port=port, record=False)
        self._mind = weather
        self._bill = bill

    @override
    def _observers(self, record: Connection) -> Iterable[Observer]:
        yield from super()._observers(record)
        yield lambda event: self._bill.sent(record.model, event)

    @property
    def num_open(self) -> int:
        """Return how many sockets are open."""
        return sum(known.socket is not None and known.close_code is None for known in self.connections)

    def forget_closed(self) -> None:
        """Forget connections that are over: a list of all that ever were would grow."""
        self.connections = [
            known for known in self.connections if known.socket is not None and known.close_code is None
        ]


class FarEnd:
    """One server after another on the same address; `async with` listens and stops."""

    def __init__(self, weather: Weather, bill: Bill) -> None:
        self.weather = weather
        self.bill = bill
        self.restarts = 0
        self.server = BillingServer(0, weather, bill)

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        await self.server.__aexit__()

    async def restart(self) -> None:
        """Close every socket with 1001 and listen anew."""
        self.restarts += 1
        port = int(self.server.url.rpartition(":")[2].partition("/")[0])
        await self.server.__aexit__()
        self.server = BillingServer(port, self.weather, self.bill)
        await self.server.__aenter__()
