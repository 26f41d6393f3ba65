"""Which conversation has which session, which one is warm already, and how many there may be."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from custom_components.realtime_assist.session import Ladder, RealtimeSession, Rung, SessionPool, TooManySessions
from custom_components.realtime_assist.session.exceptions import SessionError
from custom_components.realtime_assist.session.renewal import RETRY_SECONDS
from tests.session.house import PATIENT, House, answered, links_ended, opened
from tests.session.manual_clock import ManualClock


class Pools:
    """Makes pools of sessions with one server, and closes them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.made: list[SessionPool] = []
        self.clock: ManualClock | None = None
        self.ladder: Ladder | None = None

    async def pool(self, *, spare: bool = False, max_sessions: int = 16, **scenario) -> SessionPool:
        await self._house.session(responses=["One.", "Two.", "Three."], **scenario)
        pool = SessionPool(
            lambda: self._house.another_session(clock=self.clock, ladder=self.ladder),
            spare=spare,
            max_sessions=max_sessions,
        )
        self.made.append(pool)
        return pool


@pytest.fixture
async def pools(house: House) -> AsyncIterator[Pools]:
    """Return what makes pools."""
    pools = Pools(house)
    yield pools
    for pool in pools.made:
        await pool.close_all()


async def ask(session: RealtimeSession) -> list[str]:
    """Have a turn."""
    return await answered(session, session.begin_turn(text="Hello."))


async def test_conversation_keeps_its_session(pools: Pools):
    pool = await pools.pool()
    kitchen = pool.session("kitchen")

    assert pool.session("kitchen") is kitchen
    assert isinstance(pool.session("bedroom"), RealtimeSession)
    assert pool.session("bedroom") is not kitchen
    assert len(pool) == 2
    assert "kitchen" in pool
    assert "attic" not in pool
    assert not pool.has_spare


async def test_closed_conversation_begins_anew_and_the_others_go_on(house: House, pools: Pools):
    pool = await pools.pool()
    kitchen, bedroom = pool.session("kitchen"), pool.session("bedroom")
    await ask(kitchen)
    await ask(bedroom)

    await pool.close("kitchen")
    await pool.close("kitchen")
    await pool.close("attic")

    assert house.server.connections[0].close_code == 1000
    assert house.server.connections[1].close_code is None
    assert "kitchen" not in pool
    assert await ask(pool.session("kitchen")) == ["Three."]


async def test_pool_that_is_closed_leaves_no_session_open(house: House, pools: Pools):
    pool = await pools.pool(spare=True)
    for conversation_id in ("kitchen", "bedroom"):
        await ask(pool.session(conversation_id))
    await house.server.wait_received("session.update", 3)

    await pool.close_all()
    pool.prepare()

    assert len(pool) == 0
    assert not pool.has_spare
    assert [connection.close_code for connection in house.server.connections] == [1000, 1000, 1000]


async def test_spare_is_connected_and_configured_before_its_conversation_begins_and_another_takes_its_place(
    house: House, pools: Pools
):
    pool = await pools.pool(spare=True)
    pool.prepare()
    pool.prepare()
    await house.server.wait_received("session.update")
    assert len(house.server.connections) == 1

    kitchen = pool.session("kitchen")
    turn = kitchen.begin_turn(text="Hello.")
    assert await answered(kitchen, turn) == ["One."]
    assert turn.timings.connect is None, "it waited for no socket"
    assert house.told() == ["session.update", "user: Hello.", "response.create"]
    await house.server.wait_received("session.update", 2)
    assert pool.has_spare
    assert pool.session("kitchen") is kitchen
    assert len(house.server.connections) == 2


async def test_spare_is_replaced_before_it_is_too_old(house: House, pools: Pools, clock: ManualClock):
    pools.clock = clock
    pool = await pools.pool(spare=True)
    pool.prepare()
    await house.server.wait_received("session.update")
    clock.advance(PATIENT.age)
    await house.server.wait_received("session.update", 2)
    await house.server.connections[0].socket.wait_closed()

    assert await ask(pool.session("kitchen")) == ["One."]
    assert house.told(1) == ["session.update", "user: Hello.", "response.create"]


async def test_spare_that_is_lost_while_it_waits_is_there_again(house: House, pools: Pools, clock: ManualClock):
    pools.clock = clock
    pool = await pools.pool(spare=True)
    pool.prepare()
    await house.server.wait_received("session.update")
    house.server.drop_connection()
    await links_ended()
    clock.advance(RETRY_SECONDS)
    await house.server.wait_received("session.update", 2)

    kitchen = pool.session("kitchen")
    turn = kitchen.begin_turn(text="Hello.")
    assert await answered(kitchen, turn) == ["One."]
    assert turn.timings.connect is None, "it waited for no socket"


async def test_spare_that_nobody_lets_in_is_tried_as_often_as_the_ladder_says(
    house: House, pools: Pools, clock: ManualClock
):
    pools.clock = clock
    pools.ladder = Ladder([Rung(model="gpt-realtime-2.1", voice="marin")], clock)
    pool = await pools.pool(spare=True, connections=[{"refuse": 503}] * 8)
    pool.prepare()
    dials = []
    for _ in range(6):
        await opened()
        dials.append(len(house.server.connections))
        clock.advance(RETRY_SECONDS)

    assert dials == [2, 4, 6, 8, 8, 9]
    await house.server.wait_received("session.update")
    assert await ask(pool.session("kitchen")) == ["One."]


async def test_session_that_has_had_a_turn_is_opened_again_by_the_next_one_alone(
    house: House, pools: Pools, clock: ManualClock
):
    pools.clock = clock
    pool = await pools.pool(spare=True, max_sessions=1)
    pool.prepare()
    kitchen = pool.session("kitchen")
    await ask(kitchen)
    house.server.drop_connection()
    await links_ended()
    clock.advance(10 * RETRY_SECONDS)
    await opened()
    assert len(house.server.connections) == 1

    assert await ask(kitchen) == ["Two."]


async def test_conversation_that_ends_makes_room_for_a_spare(house: House, pools: Pools):
    pool = await pools.pool(spare=True, max_sessions=1)
    await ask(pool.session("kitchen"))
    assert not pool.has_spare
    await pool.close("kitchen")
    assert pool.has_spare
    await house.server.wait_received("session.update", 2)


async def test_spare_of_before_is_no_spare_of_what_is_wanted_now(house: House, pools: Pools):
    pool = await pools.pool(spare=True)
    pool.prepare()
    await house.server.wait_received("session.update")

    pool.configure(spare=True, max_sessions=16)
    await house.server.wait_received("session.update", 2)
    await house.server.connections[0].socket.wait_closed()
    assert pool.has_spare

    pool.configure(spare=False, max_sessions=16)
    await links_ended()
    assert not pool.has_spare


async def test_idle_session_that_was_used_longest_ago_makes_room(house: House, pools: Pools):
    pool = await pools.pool(max_sessions=2)
    kitchen, bedroom = pool.session("kitchen"), pool.session("bedroom")
    await ask(kitchen)
    await ask(bedroom)
    pool.session("kitchen")

    attic = pool.session("attic")

    assert ("kitchen" in pool, "bedroom" in pool, "attic" in pool) == (True, False, True)
    await house.server.connections[1].socket.wait_closed()
    assert house.server.connections[0].close_code is None
    assert await ask(attic) == ["Three."]


async def test_session_in_use_makes_no_room_and_the_limit_says_so_by_name(pools: Pools):
    pool = await pools.pool(max_sessions=2)
    turns = [pool.session(conversation_id).begin_turn(text="Hello.") for conversation_id in ("kitchen", "bedroom")]

    with pytest.raises(TooManySessions, match=r"^too_many_sessions$") as raised:
        pool.session("attic")
    error: SessionError = raised.value
    assert (error.retry, error.next_model, error.whole_account) == (False, False, False)
    assert "attic" not in pool

    pool.session("bedroom").take_back(turns[1])
    assert pool.session("attic") is not None
    assert ("kitchen" in pool, "bedroom" in pool) == (True, False)


async def test_spare_counts_as_a_session(house: House, pools: Pools):
    pool = await pools.pool(spare=True, max_sessions=2)
    pool.session("kitchen")
    assert pool.has_spare
    pool.session("bedroom")

    assert not pool.has_spare
    await asyncio.sleep(0)
    assert len(pool) == 2
