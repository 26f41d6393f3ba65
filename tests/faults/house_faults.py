"""What can happen in a house, or to its account, that no socket is lost by? Clocks, satellites, limits and credit."""

import asyncio
from datetime import timedelta
from functools import partial
import time
from unittest.mock import patch

from homeassistant.util import dt as dt_util
import orjson

from local_server.wire import REFUSALS, Answer, ConnectionStep, ErrorDetails, Status
from tests.faults.cell import Fault
from tests.faults.place import Place

DAY = timedelta(days=1)
USED_UP = {"name": "tokens", "limit": 40_000, "remaining": 0, "reset_seconds": 60.0}
LIMIT_REACHED = ErrorDetails(code="rate_limit_exceeded", type="rate_limit_error", message="Limit reached.")
NO_CREDIT = REFUSALS["insufficient_quota"]
LONG_SECONDS = 600.0
"""Far longer than anybody waits for a satellite."""


async def use_limits_up(place: Place) -> None:
    """Say that nothing is left of a limit, as OpenAI does after a response."""
    event = {"type": "rate_limits.updated", "event_id": "event_limits", "rate_limits": [USED_UP]}
    await place.server.connections[-1].socket.send(orjson.dumps(event).decode())


async def reach_limits(place: Place) -> None:
    """Refuse to make any response; one that is on its way is finished."""
    place.server.answer = Answer(status=Status.FAILED, error=LIMIT_REACHED)


async def raise_limits(place: Place) -> None:
    """Make responses again."""
    place.server.answer = None


async def use_credit_up(place: Place) -> None:
    """Say that there is no credit, hang up, and let nobody in."""
    place.server.door = ConnectionStep(refusal=NO_CREDIT)
    socket = place.server.connections[-1].socket
    error = {"type": "error", "event_id": "event_credit", "error": NO_CREDIT.as_dict()}
    await socket.send(orjson.dumps(error).decode())
    await socket.close(NO_CREDIT.close_code, NO_CREDIT.reason)


async def pay(place: Place) -> None:
    """Let everybody in again."""
    place.server.door = None


async def set_clock(place: Place, *, by: timedelta) -> None:
    """Set the clock on the wall; timers do not go by it."""
    utcnow, now, seconds = dt_util.utcnow, dt_util.now, time.time
    place.undo.enter_context(patch.object(dt_util, "utcnow", lambda: utcnow() + by))
    place.undo.enter_context(patch.object(dt_util, "now", lambda zone=None: now(zone) + by))
    place.undo.enter_context(patch.object(time, "time", lambda: seconds() + by.total_seconds()))


async def wake(place: Place) -> None:
    """Set the clock right."""
    place.undo.close()


async def stop_taking(place: Place) -> None:
    """Have the satellite take nothing of what it is sent for as long as the server has something to say, and longer."""
    place.takes.clear()

    async def take_again() -> None:
        await place.look()
        while len(place.records) < place.num_turns:
            await place.look()
        place.clock.jump(LONG_SECONDS)
        place.takes.set()

    place.chores.append(asyncio.create_task(take_again()))


async def go_away(place: Place) -> None:
    """Take the satellite off the net: its run is cancelled, and nobody fetches its answer."""
    if place.story is not None:
        place.story.cancel()


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(name="limits used up", strike=use_limits_up),
        Fault(name="limits reached", strike=reach_limits, mend=raise_limits, code="rate_limit_exceeded"),
        Fault(
            name="credit used up",
            strike=use_credit_up,
            mend=pay,
            loses_socket=True,
            code="insufficient_quota",
            issue="quota_exceeded",
        ),
        Fault(name="clock set a day ahead", strike=partial(set_clock, by=DAY), mend=wake),
        Fault(name="clock set an hour back", strike=partial(set_clock, by=timedelta(hours=-1)), mend=wake),
        Fault(name="satellite takes nothing", strike=stop_taking),
        Fault(name="satellite gone", strike=go_away),
    )
}
