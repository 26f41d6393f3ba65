"""What can happen to a socket, and to every dial after it? The faults of the network and of the door."""

from functools import partial
from typing import Any

from local_server.wire import ConnectionStep, http_refusal
from tests.faults.cell import Fault
from tests.faults.place import CONNECT_SECONDS, SHORT_CONNECT_SECONDS, Place


async def close(place: Place, *, code: int, reason: str = "") -> None:
    """Have the server close the socket, past whatever it has still to say."""
    await place.server.connections[-1].socket.close(code, reason)


async def reset(place: Place) -> None:
    """Lose the socket without a word."""
    place.road.cut()


def closed(code: int, reason: str = "", **met: Any) -> Fault:
    """Return the fault of a socket that the server closes; the next dial is welcome."""
    strike = partial(close, code=code, reason=reason)
    met_as = reason.rpartition(".")[2] or f"close_{code}"
    return Fault(name=f"close {code}", strike=strike, loses_socket=True, code=met_as, **met)


def turned_away(status: int, **met: Any) -> Fault:
    """Return the fault of a socket that is lost, and of a door that stays shut."""
    door = ConnectionStep(refusal=http_refusal(status))
    strike = partial(lose_and_shut, door=door)
    code = f"http_{status}"
    return Fault(name=f"HTTP {status}", strike=strike, mend=open_door, loses_socket=True, code=code, **met)


async def lose_and_shut(place: Place, *, door: ConnectionStep) -> None:
    """Lose the socket, and open the door no further than this."""
    place.server.door = door
    place.road.cut()


async def lose_and_answer_no_dial(place: Place) -> None:
    """Lose the socket, and leave whoever dials without an answer."""
    place.wait_for_dials(SHORT_CONNECT_SECONDS)
    await lose_and_shut(place, door=ConnectionStep(upgrade_delay=1e9))


async def open_door(place: Place) -> None:
    """Let everybody in again."""
    place.wait_for_dials(CONNECT_SECONDS)
    place.server.door = None


async def refuse(place: Place) -> None:
    """Lose the socket, and let nobody in."""
    await place.road.close()
    place.road.cut()


async def fall_silent(place: Place) -> None:
    """Say nothing more, on any socket."""
    place.wait_for_dials(SHORT_CONNECT_SECONDS)
    place.road.block()


async def open_road(place: Place) -> None:
    """Carry everything again; what was on its way is lost with its connection."""
    place.wait_for_dials(CONNECT_SECONDS)
    place.road.cut()
    await place.road.open()


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(name="refused", strike=refuse, mend=open_road, loses_socket=True),
        turned_away(401, asks_for_key=True),
        turned_away(403, asks_for_key=True),
        turned_away(404, issue="model_unavailable"),
        turned_away(429),
        Fault(name="slow upgrade", strike=lose_and_answer_no_dial, mend=open_door, loses_socket=True),
        Fault(name="silent socket", strike=fall_silent, mend=open_road, seconds=0.5),
        closed(1000),
        closed(1001, "invalid_request_error.session_expired"),
        Fault(name="close 1006", strike=reset, loses_socket=True),
        closed(1011),
        closed(1013, issue="quota_exceeded"),
        closed(3000, asks_for_key=True),
        closed(4000),
        closed(4004, issue="model_unavailable"),
    )
}
