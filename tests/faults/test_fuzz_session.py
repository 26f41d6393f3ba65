"""Whatever is done with a session, in whichever order: every turn ends, and nothing is left running or counted twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import Usage
from local_server.wire import RealtimeServer, scenario_from_dict
from tests.session.house import PATIENT, House

from .random_session import HASTY, RandomUsers, counted, reported, scenario

SEEDS = range(12)
# Everything that may be waited for is over in a fraction of it.
LONGEST = 30.0
STEPS = 14
# What the server says to somebody who asks for a second answer beside the first.
SECOND_ANSWER = "conversation_already_has_active_response"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Return a house whose sessions are closed at the end."""
    async with AsyncExitStack() as stack:

        async def serve(*, server_clock: Any = None, **described: Any) -> RealtimeServer:
            return await stack.enter_async_context(RealtimeServer(scenario=scenario_from_dict(described)))

        yield await stack.enter_async_context(House(serve))


async def used_at_random(house: House, seed: int, *, calm: bool) -> RandomUsers:
    """Use a session at random until all of it is over, and close it."""
    before = asyncio.all_tasks()
    random = Random(seed)
    session = await house.session(limits=PATIENT if calm else HASTY, **scenario(random, calm=calm))
    users = RandomUsers(house, session, random, calm)
    async with asyncio.timeout(LONGEST):
        await users.run(STEPS)
        await users.finish()
        for turn in users.turns:
            # Nobody listens to the rest.
            session.interrupt(turn)
        for _ in range(1000):
            if not session.busy:
                break
            await asyncio.sleep(0.01)
        await session.close()
    assert [turn for turn in users.turns if not turn.finished and turn.answering] == []
    left = [task for task in asyncio.all_tasks() - before if task.get_name().startswith("realtime")]
    assert left == []
    return users


def second_answers(server: RealtimeServer) -> int:
    """Return how often a second answer was asked for beside one that ran."""
    sent = [event for connection in server.connections for event in connection.sent if event["type"] == "error"]
    return sum(event["error"].get("code") == SECOND_ANSWER for event in sent)


@pytest.mark.parametrize("seed", SEEDS)
async def test_users_in_a_hurry_are_all_answered_and_counted_once(house: House, seed: int) -> None:
    """Nothing breaks: what was counted is what the server has reported, to the token.

    What a response reports on a socket that was left meanwhile, for a conversation that went on differently, nobody hears.
    """
    users = await used_at_random(house, seed, calm=True)
    assert second_answers(house.server) == 0
    count, told = counted(house, users.turns), reported(house.server)
    assert count == told if len(house.server.connections) == 1 else is_within(count, told)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_wire_that_breaks_anywhere_leaves_nothing_behind(house: House, seed: int) -> None:
    """Turns end, with an answer or a reason; nothing is counted that was not reported, and no tool is left running."""
    users = await used_at_random(house, seed, calm=False)
    assert is_within(counted(house, users.turns), reported(house.server))
    assert len(users.tools.finished) + len(users.tools.cancelled) == len(users.tools.calls)


def is_within(counted: Usage, told: Usage) -> bool:
    """Return whether nothing was counted that was not told, nor anything twice."""
    kinds = ((counted.input, told.input), (counted.cached, told.cached), (counted.output, told.output))
    return all(ours.text <= theirs.text and ours.audio <= theirs.audio for ours, theirs in kinds)
