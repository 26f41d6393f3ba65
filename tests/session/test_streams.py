"""How the reader hands on what it must never wait for."""

import asyncio

import pytest

from custom_components.realtime_assist.session import AlreadyClaimed
from custom_components.realtime_assist.session.exceptions import ConnectionLost, ServerFault, TurnOverflow
from custom_components.realtime_assist.session.streams import AudioStream, Inbox
from tests.session.manual_clock import ManualClock


async def test_audio_comes_in_order_whether_it_is_waited_for_or_waits():
    stream = AudioStream(100, ManualClock())
    stream.push(b"1")
    claimed = stream.claim()
    assert await anext(claimed) == b"1"
    waiting = asyncio.create_task(anext(claimed))
    await asyncio.sleep(0)
    stream.push(b"2")
    assert await waiting == b"2"
    stream.push(b"3")
    stream.close()

    assert [pcm async for pcm in claimed] == [b"3"]
    assert stream.num_bytes == 3


async def test_audio_that_ends_early_says_why_after_what_there_is():
    stream = AudioStream(100, ManualClock())
    stream.push(b"1")
    stream.close(ConnectionLost())
    stream.close(ServerFault())
    stream.push(b"late")
    claimed = stream.claim()

    assert await anext(claimed) == b"1"
    with pytest.raises(ConnectionLost):
        await anext(claimed)
    assert stream.num_bytes == 1


async def test_audio_has_one_consumer():
    stream = AudioStream(100, ManualClock())
    stream.close()
    assert [pcm async for pcm in stream.claim()] == []

    with pytest.raises(AlreadyClaimed):
        await anext(stream.claim())


async def test_audio_that_nobody_takes_is_dropped_at_the_bound():
    stream = AudioStream(10, ManualClock())
    stream.push(bytes(10))
    stream.push(b"x")
    stream.push(b"y")

    with pytest.raises(TurnOverflow, match=r"^audio$"):
        await anext(stream.claim())


async def test_audio_that_is_taken_makes_room():
    stream = AudioStream(10, ManualClock())
    claimed = stream.claim()
    for n in range(100):
        stream.push(bytes([n] * 10))
        assert await anext(claimed) == bytes([n] * 10)


async def test_inbox_gives_what_came_before_an_error_and_then_the_first_error():
    inbox = Inbox[str](10)
    inbox.put("one")
    inbox.fail(ConnectionLost())
    inbox.fail(ServerFault())

    assert await inbox.get() == "one"
    with pytest.raises(ConnectionLost):
        await inbox.get()


async def test_inbox_that_is_reset_knows_nothing_of_before():
    inbox = Inbox[str](10)
    inbox.put("old")
    inbox.fail(ConnectionLost())
    inbox.reset()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put("new")

    assert await waiting == "new"


async def test_inbox_of_a_server_that_babbles_is_bounded():
    inbox = Inbox[str](2)
    for word in ("one", "two", "three"):
        inbox.put(word)

    assert [await inbox.get(), await inbox.get()] == ["one", "two"]
    with pytest.raises(TurnOverflow, match=r"^events$"):
        await inbox.get()
