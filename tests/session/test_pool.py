"""Which conversation has which session."""

from custom_components.realtime_assist.session import RealtimeSession, SessionPool
from tests.session.house import House, answered


async def pool_of(house: House) -> SessionPool:
    """Return a pool of sessions with one server."""
    await house.session(responses=["One.", "Two.", "Three."])
    return SessionPool(house.another_session)


async def test_conversation_keeps_its_session(house: House):
    pool = await pool_of(house)
    kitchen = pool.session("kitchen")

    assert pool.session("kitchen") is kitchen
    assert isinstance(pool.session("bedroom"), RealtimeSession)
    assert pool.session("bedroom") is not kitchen
    assert len(pool) == 2
    assert "kitchen" in pool
    assert "attic" not in pool


async def test_closed_conversation_begins_anew_and_the_others_go_on(house: House):
    pool = await pool_of(house)
    kitchen, bedroom = pool.session("kitchen"), pool.session("bedroom")
    await answered(kitchen, kitchen.begin_turn(text="Hello."))
    await answered(bedroom, bedroom.begin_turn(text="Hello."))

    await pool.close("kitchen")
    await pool.close("kitchen")
    await pool.close("attic")

    assert house.server.connections[0].close_code == 1000
    assert house.server.connections[1].close_code is None
    assert "kitchen" not in pool
    again = pool.session("kitchen")
    assert await answered(again, again.begin_turn(text="Hello again.")) == ["Three."]


async def test_pool_that_is_closed_leaves_no_session_open(house: House):
    pool = await pool_of(house)
    for conversation_id in ("kitchen", "bedroom"):
        session = pool.session(conversation_id)
        await answered(session, session.begin_turn(text="Hello."))

    await pool.close_all()

    assert len(pool) == 0
    assert [connection.close_code for connection in house.server.connections] == [1000, 1000]
