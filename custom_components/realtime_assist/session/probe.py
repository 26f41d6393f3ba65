"""Whether a server lets us in: open a session, wait for its first event, close."""

import asyncio
from collections.abc import Sequence
import ssl

from ..realtime import DIALECTS, DialectName, Endpoint, ErrorEvent, ProtocolEvent, RealtimeProtocol, SessionCreated
from .connection import Connection
from .exceptions import NotRealtime, ServerSilent, error_from_code
from .limits import SessionLimits

DEFAULT_LIMITS = SessionLimits()


async def probe(
    endpoint: Endpoint, model: str, *, ssl_context: ssl.SSLContext | None, limits: SessionLimits = DEFAULT_LIMITS
) -> DialectName:
    """Return in which dialect the server has greeted with `session.created`; nothing is sent and nothing is billed.

    Raises the SessionError that stands for any other answer, or for none within the limits.
    """
    protocol = RealtimeProtocol(now=0.0, dialect=DIALECTS[endpoint.dialect], limits=limits.protocol)
    dialled = await Connection.dial(endpoint, model, ssl_context=ssl_context, time_limit=limits.connect)
    events: list[ProtocolEvent] = []

    def take(messages: Sequence[bytes]) -> None:
        for message in messages:
            if not events and not protocol.anomalies:
                protocol.receive_message(message, 0.0)
                events.extend(protocol.events_received())
        # Some servers say that there is a conversation before they greet.
        if events or protocol.anomalies:
            connection.leave()

    async with dialled as connection:
        try:
            async with asyncio.timeout(limits.protocol.first_event):
                await connection.listen(take)
        except TimeoutError:
            raise ServerSilent from None
    match events:
        case [SessionCreated() as greeting]:
            return greeting.dialect
        case [ErrorEvent() as error]:
            raise error_from_code(error.code, error.error_type)
        case _:
            raise NotRealtime("no_greeting")
