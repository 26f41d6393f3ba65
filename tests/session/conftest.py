"""What every test of a session finds ready: scripted servers, sessions on them, tools that remember, a clock that waits."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from local_server.wire import RealtimeServer, scenario_from_dict
from tests.session.house import House, Serve
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers by scenario; afterwards each must have kept to the API's published types."""
    async with AsyncExitStack() as stack:
        servers: list[RealtimeServer] = []
        server_clocks: list[ServerClock] = []

        async def start(*, server_clock: ServerClock | None = None, **scenario) -> RealtimeServer:
            if server_clock is not None:
                server_clocks.append(server_clock)
            server = RealtimeServer(scenario=scenario_from_dict(scenario), clock=server_clock, validate=True)
            servers.append(await stack.enter_async_context(server))
            return server

        yield start
        for server_clock in server_clocks:
            # Whoever still sleeps on the server would keep it from closing.
            await server_clock.advance(86_400)
    assert [fault for server in servers for fault in server.invalid] == []


@pytest.fixture
async def house(serve: Serve) -> AsyncIterator[House]:
    """Return a house whose sessions are closed at the end."""
    async with House(serve) as house:
        yield house


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that a test moves."""
    return ManualClock()
