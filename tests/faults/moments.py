"""When does a fault strike? At each moment of a voice run, to which a story can be brought.

The server's time stands still unless a test moves it on, so a story waits at its moment for as long as it has to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.place import Place
from tests.faults.slow_lamp import NAME
from tests.script import TURN_ON

ASKED = "Switch the slow lamp on, please."
ANSWER = "It is a fine day."
DONE = "The lamp is on."
DELTA_MS, NUM_DELTAS = 100, 9
DELTA_BYTES = DELTA_MS * 16 * 2
SPOKEN: Mapping[str, Any] = {"text": ANSWER, "audio_ms": DELTA_MS * NUM_DELTAS, "delta_delay": 1}
CALL: Mapping[str, Any] = {"calls": [{"name": TURN_ON, "arguments": {"name": NAME}}]}
STOPPING = "Home Assistant stopping"
REPEATED = 8
"""More often than anything is tried."""


def _answers(*first: Mapping[str, Any], text: str = ANSWER) -> dict[str, Any]:
    return {"responses": [*first, *[{**SPOKEN, "text": text}] * REPEATED]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment, and the story up to it."""

    name: str
    reach: Callable[[Place], Awaitable[None]]
    answer: str = ANSWER
    """What is answered where nothing goes wrong."""
    goes: bool = False
    """Whether the account, or all of Home Assistant, is being ended by then."""
    scenario: Mapping[str, Any] = field(default_factory=_answers)
    waits: bool = True
    """Whether somebody waits for an answer when the fault strikes."""
    switches: int = 0
    """How often the lamp is switched on in the story."""
    in_sound: bool = False
    """Whether the story is halted while an answer is heard."""


async def _idle(place: Place) -> None:
    """Return when a session is connected and waits for the first word."""
    place.agent.coordinator.pool.configure(spare=True, max_sessions=2)
    place.agent.coordinator.pool.prepare()
    await place.server.wait_received("session.update")


async def _connecting(place: Place) -> None:
    """Return when the upgrade has been answered, and the session not been greeted."""
    place.speak()
    await place.until(
        lambda: any(task.get_name() == "realtime link" for task in asyncio.all_tasks()), server_seconds=0.0
    )


async def _listening(place: Place) -> None:
    """Return when half of what the user says has been sent."""
    place.speak()
    await place.server.wait_received("input_audio_buffer.append")


async def _committed(place: Place) -> None:
    """Return when all of it is there, and no response has been begun yet."""
    await _listening(place)
    place.spoken.set()
    await place.server.wait_received("input_audio_buffer.commit")
    # What was sent with it is there as well: an answer may have been asked for.
    await place.look(0.0)


async def _first_audio(place: Place) -> None:
    """Return when the satellite has the first sound of an answer."""
    await _listening(place)
    place.spoken.set()
    await place.until(place.num_heard)
    await place.until_all_is_heard()


async def _mid_audio(place: Place) -> None:
    """Return when the satellite has about half of an answer."""
    await _listening(place)
    place.spoken.set()
    await place.until(lambda: place.num_heard() >= DELTA_BYTES * NUM_DELTAS // 2)
    await place.until_all_is_heard()


async def _tool(place: Place) -> None:
    """Return while the lamp is being switched on."""
    await _listening(place)
    place.spoken.set()
    await place.until(place.lamp.asked.is_set)


async def _answered(place: Place) -> None:
    """Return when a command has been answered in full."""
    await place.say_again()


async def _unloading(place: Place) -> None:
    """Take the account away in the middle of an answer."""
    await _mid_audio(place)
    unload = place.hass.config_entries.async_unload(place.account.entry_id)
    place.chores.append(asyncio.create_task(unload, eager_start=True))


async def _stopping(place: Place) -> None:
    """Have Home Assistant stop in the middle of an answer."""
    await _mid_audio(place)
    place.chores.append(asyncio.create_task(place.hass.async_stop(force=True), eager_start=True))


GREETED_LATE = {"connections": [{"faults": [{"after": "session.created", "action": "stall", "seconds": 1}]}]}
HEARD_LATE = {"turns": [{"transcript": ASKED, "delay": 1}]}
BEGUN_LATE: Mapping[str, Any] = {**SPOKEN, "text": ANSWER, "created_delay": 1}

MOMENTS = {
    moment.name: moment
    for moment in (
        Moment(name="idle and warm", reach=_idle, waits=False),
        Moment(name="connecting", reach=_connecting, scenario={**_answers(), **GREETED_LATE}),
        Moment(name="listening", reach=_listening),
        Moment(name="between commit and response", reach=_committed, scenario={**_answers(BEGUN_LATE), **HEARD_LATE}),
        Moment(name="first audio", reach=_first_audio, in_sound=True),
        Moment(name="mid-audio", reach=_mid_audio, in_sound=True),
        Moment(name="tool running", reach=_tool, answer=DONE, scenario=_answers(CALL, text=DONE), switches=1),
        Moment(name="after the answer", reach=_answered, waits=False),
        Moment(name="unload", reach=_unloading, goes=True, in_sound=True),
        Moment(name=STOPPING, reach=_stopping, goes=True, in_sound=True),
    )
}
