"""Whether a server lets us in: open a session, wait for its first event, close."""

import asyncio
from contextlib import aclosing
import ssl

from ..realtime import Endpoint, ErrorEvent, RealtimeProtocol, SessionCreated
from .connection import Connection
from .exceptions import NotRealtime, ServerSilent, error_from_code
from .limits import SessionLimits

DEFAULT_LIMITS = SessionLimits()


async def probe(
    endpoint: Endpoint, model: str, *, ssl_context: ssl.SSLContext | None, limits: SessionLimits = DEFAULT_LIMITS
) -> None:
    """Return when the server has greeted with `session.created`; nothing is sent and nothing is billed.

    Raises the SessionError that stands for any other answer, or for none within the limits.
    """
    dialled = await Connection.dial(endpoint, model, ssl_context=ssl_context, time_limit=limits.connect)
    async with dialled as connection, aclosing(connection.messages()) as messages:
        try:
            async with asyncio.timeout(limits.protocol.first_event):
                message = await anext(messages)
        except TimeoutError:
            raise ServerSilent from None
    protocol = RealtimeProtocol(now=0.0, limits=limits.protocol)
    protocol.receive_message(message, 0.0)
    match protocol.events_received():
        case [SessionCreated()]:
            return
        case [ErrorEvent() as error]:
            raise error_from_code(error.code, error.error_type)
        case _:
            raise NotRealtime("no_greeting")
