"""How does a satellite answer Home Assistant's ping? `wyoming-satellite` 1.0.0 does not, and is hung up on for it.

This file runs in the satellite's own virtual environment, so it imports nothing else of the demo.
"""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
from importlib import import_module

from wyoming.event import Event
from wyoming.server import AsyncEventHandler

type HandleEvent = Callable[[AsyncEventHandler, Event], Awaitable[bool]]
"""A connection's way to take an event; False hangs up."""


def answering(handle_event: HandleEvent) -> HandleEvent:
    """Return a way that answers a ping, and leaves everything else to the one given."""

    async def handle(handler: AsyncEventHandler, event: Event) -> bool:
        if event.type == "ping":
            await handler.write_event(Event(type="pong", data=event.data))
            return True
        return await handle_event(handler, event)

    return handle


def main() -> None:
    """Run the satellite with its own command line."""
    satellite = import_module("wyoming_satellite.__main__")
    satellite.SatelliteEventHandler.handle_event = answering(satellite.SatelliteEventHandler.handle_event)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(satellite.main())


if __name__ == "__main__":
    main()
