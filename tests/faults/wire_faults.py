"""Which single messages can be wrong? Those that cannot be read, mean nothing to us, or are about nothing of ours."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from local_server.wire import Action, Fault as Break
from tests.faults.place import Place
from tests.faults.server_faults import ServerFault, break_next, say

SMELL = {"type": "response.output_smell.delta", "response_id": "resp_told", "delta": "?"}
FOREIGN = {"type": "invalid_request_error", "code": "nothing_of_ours", "event_id": "event_of_nobody", "message": "No."}
EXPIRED = {"type": "invalid_request_error", "code": "session_expired", "message": "Too old."}


def broken(name: str, action: Action, **how: Any) -> ServerFault:
    """Return the fault of the next message, which is sent in another way."""

    async def strike(place: Place) -> None:
        break_next(place, Break(after="*", action=action))

    return ServerFault(name=name, strike=strike, **how)


def added(name: str, message: Mapping[str, Any] | str) -> ServerFault:
    """Return the fault of a message that comes beside all others."""
    return ServerFault(name=name, strike=partial(_say, message=message))


async def _say(place: Place, *, message: Mapping[str, Any] | str) -> None:
    await say(place, message)


async def expire(place: Place) -> None:
    """Say what OpenAI says before it closes a socket that is too old, and close it."""
    await say(place, {"type": "error", "error": EXPIRED})
    await place.server.connections[-1].socket.close(1001, "invalid_request_error.session_expired")


FAULTS = {
    fault.name: fault
    for fault in (
        added("half JSON", '{"type": "response.output_audio.delta", "del'),
        broken("binary message", Action.BINARY),
        added("unknown event", SMELL),
        added("foreign error", {"type": "error", "error": FOREIGN}),
        ServerFault(name="fatal error", strike=expire, loses_socket=True, code="session_expired"),
    )
}
