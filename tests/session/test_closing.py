"""What is left when a session is closed, at whatever moment: no task, no timer, no socket, and nobody who waits."""

import asyncio
from collections.abc import Iterator

import pytest

from custom_components.realtime_assist.realtime import Endpoint, Limits, ProtocolEvent
from custom_components.realtime_assist.session import Connection, SessionError
from custom_components.realtime_assist.session.exceptions import ConnectionLost
from custom_components.realtime_assist.session.link import Link
from tests.session.house import MODEL, House, answered, base64_pcm, heard, said, speak, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock
from tests.session.tools import Tools

closed = pytest.raises(ConnectionLost, match=r"^closed$")


def own_tasks() -> set[str]:
    """Return the names of the session's tasks that are alive."""
    return {task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("realtime")}


@pytest.fixture(autouse=True)
def tidy(clock: ManualClock) -> Iterator[None]:
    """Hold every test to leaving no timer behind."""
    yield
    assert clock.waiting == 0


async def test_close_after_a_turn_leaves_nothing_behind(house: House, clock: ManualClock):
    before = asyncio.all_tasks()
    session = await house.session(clock=clock, turns=["Hello."], responses=["Hello!"])
    turn = spoken_turn(session)
    await session.transcript(turn)
    await answered(session, turn)
    assert own_tasks() == {"realtime link"}

    await session.close()
    await session.close()

    assert own_tasks() == set()
    assert house.server.connections[0].close_code == 1000
    left = {task for task in asyncio.all_tasks() - before if "websockets" in repr(task.get_coro())}
    assert not [task for task in left if "client" in repr(task.get_coro())]


async def test_close_of_a_session_that_was_never_used(house: House, clock: ManualClock):
    session = await house.session(clock=clock)
    await session.close()

    assert house.server.connections == []


async def test_closed_session_takes_no_more_turns(house: House, clock: ManualClock):
    session = await house.session(clock=clock, responses=["Hello!"])
    await session.close()

    turn = spoken_turn(session)
    with closed:
        await session.transcript(turn)
    with closed:
        await answered(session, session.begin_turn(text="Hello."))
    with closed:
        await said(session, "Dinner is ready.")
    session.prepare()
    assert house.server.connections == []
    assert own_tasks() == set()


async def test_close_while_connecting(house: House, clock: ManualClock):
    server_clock = ServerClock()
    session = await house.session(clock=clock, server_clock=server_clock, connections=[{"upgrade_delay": 60}])
    turn = spoken_turn(session)
    transcript = asyncio.create_task(session.transcript(turn))
    answer = asyncio.create_task(answered(session, turn))
    await asyncio.sleep(0)
    await session.close()

    with closed:
        await transcript
    with closed:
        await answer
    assert own_tasks() == set()


class Ends:
    """Hears of a link's end."""

    def __init__(self) -> None:
        self.errors: list[SessionError | None] = []

    def event_received(self, link: Link, event: ProtocolEvent) -> None:
        raise AssertionError("nothing was to be heard")

    def link_ended(self, link: Link, error: SessionError | None) -> None:
        self.errors.append(error)


async def test_link_that_is_closed_before_its_first_step_ends_all_the_same(house: House, clock: ManualClock):
    await house.session()
    endpoint = Endpoint(base_url=house.server.url, api_key="sk-test")

    async def dial() -> Connection:
        return await Connection.dial(endpoint, MODEL, ssl_context=None, time_limit=30)

    ends = Ends()
    link = await Link.open(dial, ends, clock, Limits())
    link.flush()
    await link.close()
    await link.close()

    assert ends.errors == [None]
    assert own_tasks() == set()
    await house.server.connections[0].socket.wait_closed()


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_close_at_any_step_of_connecting(house: House, clock: ManualClock, steps: int):
    session = await house.session(clock=clock)
    session.prepare()
    for _ in range(steps):
        await asyncio.sleep(0)
    await session.close()

    assert own_tasks() == set()


async def test_close_while_listening(house: House, clock: ManualClock):
    session = await house.session(clock=clock)
    turn = session.begin_turn()
    speak(session, turn)
    await house.server.wait_received("input_audio_buffer.append")
    transcript = asyncio.create_task(session.transcript(turn))
    await asyncio.sleep(0)
    await session.close()
    session.append(turn, bytes(960))
    session.commit(turn)

    with closed:
        await transcript


async def test_close_while_answering(house: House, clock: ManualClock):
    server_clock = ServerClock()
    slow = {"text": "It was a dark and stormy night.", "audio": base64_pcm(1), "delta_delay": 1}
    session = await house.session(clock=clock, server_clock=server_clock, responses=[slow])
    turn = session.begin_turn(text="Tell me a story")
    answer = asyncio.create_task(answered(session, turn))
    audio = asyncio.create_task(heard(turn))
    await house.server.wait_received("response.create")
    await session.close()

    with closed:
        await answer
    with closed:
        await audio
    assert len(house.server.connections) == 1


async def test_close_while_a_tool_runs(house: House, clock: ManualClock):
    session = await house.session(clock=clock, responses=[{"calls": [{"name": "HassTurnOn"}]}])
    tools = Tools(wait=True)
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Light"), tools=tools))
    await tools.began(1)
    await session.close()
    tools.release.set()

    with closed:
        await answer
    assert len(house.server.connections) == 1


async def test_close_while_a_text_is_read_aloud(house: House, clock: ManualClock):
    server_clock = ServerClock()
    slow = {"text": "", "audio": base64_pcm(1), "delta_delay": 1}
    session = await house.session(clock=clock, server_clock=server_clock, out_of_band=[slow])
    aloud = asyncio.create_task(said(session, "Dinner is ready."))
    await house.server.wait_received("response.create")
    await session.close()

    with closed:
        await aloud


async def test_close_while_the_old_socket_is_still_being_left(house: House, clock: ManualClock):
    session = await house.session(clock=clock, turns=[{"never": True}, "Hello."])
    spoken_turn(session)
    await house.server.wait_received("input_audio_buffer.commit")
    spoken_turn(session)
    await session.close()

    assert own_tasks() == set()
