"""How a socket that grows old is replaced: while nobody uses it, the new one before the old one goes."""

import asyncio

import pytest

from custom_components.realtime_assist.realtime import AssistantMessage, ConversationItem, UserMessage
from custom_components.realtime_assist.session import RealtimeSession
from custom_components.realtime_assist.session.renewal import RETRY_SECONDS
from tests.session.house import PATIENT, House, answered, heard, pcm, said, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock

BEFORE: tuple[ConversationItem, ...] = (UserMessage("Good morning."), AssistantMessage("Good morning!"))


async def greeted(session: RealtimeSession) -> None:
    """Have one turn, and the chat log remember it."""
    await answered(session, session.begin_turn(text="Good morning."))
    session.remember(BEFORE)


async def renewed() -> None:
    """Return when no socket is being opened in another's place any more."""
    if renewals := [task for task in asyncio.all_tasks() if task.get_name() == "realtime session renewal"]:
        await asyncio.wait(renewals)


async def test_socket_that_grows_old_while_idle_is_replaced_before_anybody_speaks(house: House, clock: ManualClock):
    session = await house.session(clock=clock, turns=["Hello."], responses=["Good morning!", "Hello!"])
    await greeted(session)
    clock.advance(PATIENT.age - 1)
    await renewed()
    assert len(house.server.connections) == 1

    clock.advance(1)
    await renewed()
    await house.server.wait_received("session.update", 2)
    await house.server.connections[0].socket.wait_closed()

    turn = spoken_turn(session)
    assert turn.timings.session_age == 0
    await session.transcript(turn)
    assert await answered(session, turn, BEFORE) == ["Hello!"]
    assert len(house.server.connections) == 2
    assert house.conversation(1) == [
        "user: Good morning.",
        "assistant: Good morning!",
        "user: Hello.",
        "assistant: Hello!",
    ]


async def test_new_socket_is_let_in_before_the_old_one_is_left(house: House, clock: ManualClock):
    server_clock = ServerClock()
    slow = {"faults": [{"after": "session.created", "action": "stall", "seconds": 5}]}
    session = await house.session(
        clock=clock, server_clock=server_clock, connections=[{}, slow], responses=["Good morning!", "Hello!"]
    )
    await greeted(session)
    clock.advance(PATIENT.age)
    await house.server.wait_connections(2)

    assert house.server.connections[0].close_code is None
    await answered(session, session.begin_turn(text="Hello."), BEFORE)
    assert house.told()[-2:] == ["user: Hello.", "response.create"], "nobody waits for the new one"
    await server_clock.wake(5)


async def test_socket_in_use_is_replaced_when_its_turn_is_over_and_heard(house: House, clock: ManualClock):
    session = await house.session(clock=clock, turns=["Hello."], responses=[{"text": "Hello!", "audio_ms": 3000}])
    turn = spoken_turn(session)
    await session.transcript(turn)
    clock.advance(PATIENT.age)
    await renewed()
    assert len(house.server.connections) == 1

    await answered(session, turn)
    assert len(await heard(turn)) == len(pcm(3))
    assert session.busy, "the answer is still being heard"
    clock.advance(RETRY_SECONDS)
    await renewed()
    assert len(house.server.connections) == 2
    assert not session.busy


async def test_new_socket_that_is_refused_is_tried_again_and_the_old_one_serves_meanwhile(
    house: House, clock: ManualClock
):
    session = await house.session(
        clock=clock,
        connections=[{}, {"refuse": 503}, {"refuse": "server_error"}, {}],
        responses=["Good morning!"],
        out_of_band=[{"text": "Dinner.", "audio_ms": 500}],
    )
    await greeted(session)
    clock.advance(PATIENT.age)
    await renewed()
    assert len(await said(session, "Dinner.")) == len(pcm(0.5))

    for connections in (3, 4):
        clock.advance(RETRY_SECONDS)
        await renewed()
        assert len(house.server.connections) == connections
    await house.server.wait_received("session.update", 2)


@pytest.mark.parametrize("moment", ["dialling", "waiting to be let in"])
async def test_close_while_a_socket_is_being_replaced_leaves_nothing_behind(
    house: House, clock: ManualClock, moment: str
):
    server_clock = ServerClock()
    second = {"upgrade_delay": 60} if moment == "dialling" else {"created": False}
    session = await house.session(
        clock=clock, server_clock=server_clock, connections=[{}, second], responses=["Good morning!"]
    )
    await greeted(session)
    clock.advance(PATIENT.age)
    await house.server.wait_connections(2)
    for _ in range(20):
        await asyncio.sleep(0)
    await session.close()

    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("realtime")]
    assert clock.waiting == 0


async def test_socket_too_old_for_a_turn_is_left_before_it_where_it_could_not_be_replaced(
    house: House, clock: ManualClock
):
    session = await house.session(
        clock=clock, connections=[{}, {"refuse": 503}, {}], responses=["Good morning!", "Hello!"]
    )
    await greeted(session)
    clock.advance(PATIENT.age)
    await renewed()
    clock.advance(1)

    assert await answered(session, session.begin_turn(text="Hello."), BEFORE) == ["Hello!"]
    assert house.told(2)[0] == "session.update"
    assert house.conversation(2)[-1] == "assistant: Hello!"
