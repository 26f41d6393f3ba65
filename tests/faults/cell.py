"""Is kept what is promised of a fault at its moment? One story is played, and all that is left of it looked at."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.chat_session import DATA_CHAT_SESSION_CLEANUP

from custom_components.realtime_assist.const import DOMAIN
from custom_components.realtime_assist.insight import Rung
from tests.faults.moments import STOPPING, Moment
from tests.faults.outcome import ANSWER_BYTES, outcome
from tests.faults.place import CONVERSATION, SLACK_BYTES, Place
from tests.faults.promises import Ending, Promise
from tests.script import chat_log
from tests.session.house import links_ended

STORY_SECONDS = 30.0
"""A story that has no end should say so."""
STOP_SECONDS = 5.0
"""Home Assistant gives everybody far more; a stop that nothing holds up takes a fraction."""


async def _nothing(_: Place) -> None:
    """Leave all as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, from a moment on until it is mended."""

    name: str
    strike: Callable[[Place], Awaitable[None]]
    mend: Callable[[Place], Awaitable[None]] = _nothing
    loses_socket: bool = False
    """Whether the socket in use ends, which is seen before anybody speaks again."""
    seconds: float = 0.0
    """How far the house's clock moves at every look: some faults are noticed by their silence alone."""
    code: str = ""
    """What the record of a turn that has met the fault counts."""
    issue: str | None = None
    """The key of the issue that is shown to whoever has met the fault, until it is mended."""
    asks_for_key: bool = False
    """Whether whoever has met the fault is asked for another key."""


async def hold_to(promise: str, place: Place, fault: Fault, moment: Moment) -> None:
    """Play a story up to its moment, have the fault strike, and see the user and the house through it."""
    async with asyncio.timeout(STORY_SECONDS):
        await _play(promise, place, fault, moment)


async def _play(promise: str, place: Place, fault: Fault, moment: Moment) -> None:
    await moment.reach(place)
    num_before = place.num_heard() if moment.waits else 0
    began = monotonic()
    await fault.strike(place)
    if not moment.waits:
        if fault.loses_socket:
            await links_ended()
        place.speak()
    await place.go_on(seconds=fault.seconds)
    came = outcome(place, moment, num_before=num_before)
    assert str(came) == promise
    assert place.lamp.num_switched == moment.switches
    _check_chat_log(place, came)
    if moment.name == STOPPING:
        assert monotonic() - began < STOP_SECONDS
        # Home Assistant's own timer is set once more by a run that ends after the stop.
        place.hass.data[DATA_CHAT_SESSION_CLEANUP].unsub()
    else:
        _check_user_is_told(place, fault, came, gone=moment.goes)
        await fault.mend(place)
        await _check_next_command(place, moment)
    await _check_nothing_is_left(place)


def _check_chat_log(place: Place, came: Promise) -> None:
    """Whatever happened, any agent could go on with the conversation; what nobody heard is not in it."""
    log = place.hass.data.get(DATA_CHAT_LOGS, {}).get(CONVERSATION)
    if log is None or len(log.content) <= 1:
        assert came.ending in {Ending.NOT_HEARD, Ending.NO_WORDS, Ending.SILENT}
        return
    content = chat_log(place.hass, CONVERSATION)
    if came.ending not in {Ending.NOT_HEARD, Ending.NO_WORDS, Ending.SILENT}:
        assert content[-1].content == place.run.speech


def _check_user_is_told(place: Place, fault: Fault, came: Promise, *, gone: bool) -> None:
    """Who has met a fault that only the user can mend is shown it; nobody else is."""
    well = {Ending.ANSWERED, Ending.AGAIN}
    met = not gone and came.ending not in well and (came.ending is Ending.SHOWN or fault.code in came.codes)
    assert _issues(place) == ({fault.issue} if met and fault.issue else set())
    flows = [flow["context"]["source"] for flow in place.hass.config_entries.flow.async_progress()]
    assert flows == ([SOURCE_REAUTH] if met and fault.asks_for_key else [])


def _issues(place: Place) -> set[str | None]:
    return {issue.translation_key for issue in ir.async_get(place.hass).issues.values() if issue.domain == DOMAIN}


async def _check_next_command(place: Place, moment: Moment) -> None:
    """With the fault mended, and the pause of its ladder over, the conversation goes on as though nothing had been."""
    if moment.goes:
        await place.set_up()
    place.agent.let_pause_end()
    run = await place.say_again()
    assert (run.error, run.speech) == (None, moment.answer)
    assert abs(place.num_heard() - ANSWER_BYTES) <= SLACK_BYTES
    assert len(place.records) == place.num_turns
    # Errors of what was read aloud after the turn before are told with this one, which has none of its own.
    assert (place.records[-1].rung, place.records[-1].retries) == (Rung.PRIMARY, 0)
    assert chat_log(place.hass, CONVERSATION)[-1].content == moment.answer
    assert place.lamp.num_switched == moment.switches
    assert not _issues(place)


async def _check_nothing_is_left(place: Place) -> None:
    """No socket is open, nothing waits for its time, and the server was told nothing that is wrong."""
    if place.hass.is_running and place.account.state is ConfigEntryState.LOADED:
        assert await place.hass.config_entries.async_unload(place.account.entry_id)
    await place.hass.async_block_till_done()
    assert not place.clock.waiting
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not {name for name in names if name.startswith("realtime")}
    assert place.server.invalid == []
    async with asyncio.timeout(1):
        await place.road.empty()
