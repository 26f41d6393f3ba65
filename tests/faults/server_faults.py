"""What does a server say at the wrong moment, or not at all? The story that it takes, and how it is said."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from websockets.exceptions import ConnectionClosed

from local_server.wire import Fault as Break
from tests.faults.cell import Fault
from tests.faults.moments import Moment
from tests.faults.place import Place

type Story = Mapping[str, Any]
"""A scenario, as `local_server/README.md` describes it."""

UNANSWERED = frozenset({"idle and warm", "connecting", "listening", "between commit and response"})
"""Moments before the first response."""
TOOL, LATER = "tool running", "after the answer"
TO_COME = frozenset({*UNANSWERED, LATER})
"""Moments after which the next response is all there is."""


def as_it_is(moment: Moment) -> Story:
    """Return the moment's own story: all that is wrong is said when the fault strikes."""
    return moment.scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFault(Fault):
    """A fault that takes a story of its own."""

    story: Callable[[Moment], Story] = as_it_is
    switching: frozenset[str] = frozenset()
    """The moments at which the fault itself has the lamp switched."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """Limits of the session that a story cannot wait for."""
    failed_calls: int = 0
    invalid_calls: int = 0
    """How many calls count as failed and as invalid, where the model calls what is broken."""

    def moment(self, moment: Moment) -> Moment:
        """Return a moment as it is with this fault."""
        return replace(moment, switches=1) if moment.name in self.switching else moment


def faulty(moment: Moment) -> int:
    """Return which turn, and which response, of the moment's story the fault is about."""
    return 1 if moment.name == LATER else 0


async def say(place: Place, *messages: Mapping[str, Any] | str) -> None:
    """Have the server say something now, past all that it waits for; nothing happens where nobody listens any more."""
    socket = place.server.connections[-1].socket
    with suppress(ConnectionClosed):
        for message in messages:
            told = message if isinstance(message, str) else orjson.dumps({"event_id": "event_told", **message}).decode()
            await socket.send(told)


def break_next(place: Place, fault: Break) -> None:
    """Break the wire from the next event on, on the connection that there is."""
    place.server.connections[-1].session.outgoing.arm([fault])


def last_sent(place: Place, event_type: str) -> Mapping[str, Any] | None:
    """Return the last event of a type that the server has sent on the connection that there is."""
    sent = reversed(place.server.connections[-1].sent)
    return next((event for event in sent if event["type"] == event_type), None)
