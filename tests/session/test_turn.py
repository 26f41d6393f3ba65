"""What becomes of the user's side of a turn: heard, empty, misheard, taken back."""

import asyncio
from dataclasses import replace

import pytest

from custom_components.realtime_assist.realtime import AssistantMessage, ConversationItem, UserMessage
from custom_components.realtime_assist.session import TranscriptionFailed
from custom_components.realtime_assist.session.exceptions import ConnectionLost, ServerSilent, TurnOverflow
from tests.session.house import PATIENT, House, answered, heard, pcm, speak, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock


async def test_speech_shorter_than_a_server_takes_is_known_to_be(house: House):
    session = await house.session()
    turn = session.begin_turn()
    session.append(turn, pcm(0.099))
    assert turn.too_short

    session.append(turn, pcm(0.001))
    assert not turn.too_short
    assert not session.begin_turn(text="Hi").too_short


async def test_frames_that_come_before_the_socket_are_told_when_it_is_open(house: House):
    session = await house.session(turns=["Hello."])
    turn = session.begin_turn()
    spoken = speak(session, turn, 0.3, seed=1)
    await house.server.wait_received("session.update")
    spoken += speak(session, turn, 0.3, seed=2)
    session.commit(turn)

    assert await session.transcript(turn) == "Hello."
    assert house.speech() == spoken


async def test_silence_is_an_empty_transcript(house: House):
    session = await house.session(turns=[""])

    assert await session.transcript(spoken_turn(session)) == ""


async def test_transcript_comes_without_the_blanks_around_it(house: House):
    session = await house.session(turns=["  Hello. \n"])

    assert await session.transcript(spoken_turn(session)) == "Hello."


async def test_commit_that_the_server_refuses_is_no_speech_and_leaves_nothing_for_the_next_turn(house: House):
    session = await house.session(turns=["Hello."])
    turn = spoken_turn(session, 0.05)

    assert await session.transcript(turn) == ""
    session.take_back(turn)
    turn = spoken_turn(session, 0.2, seed=3)
    assert await session.transcript(turn) == "Hello."
    [item] = house.server.connections[0].session.conversation
    assert bytes(item.audio[0]) == pcm(0.2, 3)


async def test_transcription_that_fails_is_named_and_the_turn_can_be_answered_all_the_same(house: House):
    session = await house.session(
        turns=[{"error": {"code": "audio_unintelligible", "message": "?"}}], responses=["I did hear you."]
    )
    turn = spoken_turn(session)

    with pytest.raises(TranscriptionFailed, match=r"^audio_unintelligible$") as raised:
        await session.transcript(turn)

    assert (raised.value.retry, raised.value.next_model) == (False, False)
    assert not turn.finished
    assert await answered(session, turn) == ["I did hear you."]


async def test_transcript_that_never_comes_is_given_up_and_the_next_turn_gets_a_new_socket(
    house: House, clock: ManualClock
):
    limits = replace(PATIENT, transcript=10)
    session = await house.session(clock=clock, limits=limits, turns=[{"never": True}], responses=["Hello!"])
    turn = spoken_turn(session)
    transcript = asyncio.create_task(session.transcript(turn))
    await house.server.wait_received("input_audio_buffer.commit")
    clock.advance(10)

    with pytest.raises(ServerSilent, match=r"^transcript$"):
        await transcript

    assert turn.finished
    assert await answered(session, session.begin_turn(text="Hello.")) == ["Hello!"]
    assert len(house.server.connections) == 2


async def test_whoever_waits_for_a_transcript_may_stop_waiting(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, turns=[{"transcript": "Hello.", "delay": 5}])
    turn = spoken_turn(session)
    waiting = asyncio.create_task(session.transcript(turn))
    await house.server.wait_received("input_audio_buffer.commit")
    waiting.cancel()
    await asyncio.wait([waiting])
    await server_clock.wake(5)

    assert await session.transcript(turn) == "Hello."


async def test_answer_may_come_before_the_transcript(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock, turns=[{"transcript": "Hello.", "delay": 5}], responses=["Hello!"]
    )
    turn = spoken_turn(session)

    assert await answered(session, turn) == ["Hello!"]
    await server_clock.wake(5)
    assert await session.transcript(turn) == "Hello."


async def test_turn_taken_back_while_the_user_speaks_leaves_no_speech_behind(house: House):
    session = await house.session(turns=["Hello."])
    speak(session, session.begin_turn(), 0.5)
    await house.server.wait_received("input_audio_buffer.append")
    turn = session.begin_turn()
    session.append(turn, pcm(0.2, 3))
    session.commit(turn)

    assert await session.transcript(turn) == "Hello."
    assert house.told() == ["session.update", "input_audio_buffer.clear", f"commit {len(pcm(0.7))} bytes"]
    [item] = house.server.connections[0].session.conversation
    assert bytes(item.audio[0]) == pcm(0.2, 3)


async def test_turn_that_nobody_spoke_in_is_taken_back_without_a_word(house: House):
    session = await house.session(responses=["Hello!"])
    session.prepare()
    await house.server.wait_received("session.update")
    session.take_back(session.begin_turn())
    session.take_back(session.begin_turn(text="Never asked"))

    assert await answered(session, session.begin_turn(text="Hello.")) == ["Hello!"]
    assert house.told() == ["session.update", "user: Hello.", "response.create"]


async def test_turn_that_was_heard_and_taken_back_is_deleted(house: House):
    session = await house.session(turns=["Lights.", "Hello."], responses=["Hello!"])
    turn = spoken_turn(session)
    await session.transcript(turn)
    session.take_back(turn)
    session.take_back(turn)
    turn = spoken_turn(session)
    await session.transcript(turn)

    assert await answered(session, turn) == ["Hello!"]
    assert house.conversation() == ["user: Hello.", "assistant: Hello!"]
    assert house.told().count("conversation.item.delete") == 1


async def test_turn_taken_back_before_its_item_is_known_is_deleted_when_it_comes(house: House):
    server_clock = ServerClock()
    late = {"after": "input_audio_buffer.committed", "action": "stall", "seconds": 5}
    session = await house.session(server_clock=server_clock, connections=[{"faults": [late]}])
    turn = spoken_turn(session)
    await house.server.wait_received("input_audio_buffer.commit")
    session.take_back(turn)
    await server_clock.wake(5)
    await house.server.wait_received("conversation.item.delete")

    assert house.conversation() == []
    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await session.transcript(turn)


async def test_next_turn_does_not_wait_for_an_item_that_is_still_to_come(house: House):
    server_clock = ServerClock()
    late = {"after": "input_audio_buffer.committed", "action": "stall", "seconds": 5}
    session = await house.session(
        server_clock=server_clock, connections=[{"faults": [late]}, {}], turns=["Lights.", "Hello."]
    )
    spoken_turn(session)
    await house.server.wait_received("input_audio_buffer.commit")
    turn = spoken_turn(session)

    assert await session.transcript(turn) == "Hello."
    assert len(house.server.connections) == 2


async def test_whoever_still_waits_for_a_turn_that_was_replaced_is_told_so_and_the_new_one_is_not_hurt(house: House):
    session = await house.session(turns=[{"never": True}, "Hello."])
    old = spoken_turn(session)
    waiting = asyncio.create_task(session.transcript(old))
    await house.server.wait_received("input_audio_buffer.commit")
    turn = spoken_turn(session)

    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await waiting
    assert await session.transcript(turn) == "Hello."


@pytest.mark.parametrize("stale", [(UserMessage("Lamp?"),), ()], ids=["more", "less"])
async def test_answer_to_a_turn_that_was_replaced_does_not_touch_what_the_new_one_goes_on_from(
    house: House, stale: tuple[ConversationItem, ...]
):
    session = await house.session(turns=["One.", "Two."], responses=["First.", "Hello!"])
    await answered(session, session.begin_turn(text="Hi."))
    history = (UserMessage("Hi."), AssistantMessage("First."))
    session.remember(history)
    old = spoken_turn(session)
    await session.transcript(old)
    turn = session.begin_turn()
    speak(session, turn)
    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await answered(session, old, (*history, *stale) if stale else ())
    session.commit(turn)

    assert await session.transcript(turn) == "Two."
    assert await answered(session, turn, history) == ["Hello!"]
    assert house.conversation() == ["user: Hi.", "assistant: First.", "user: Two.", "assistant: Hello!"]
    assert len(house.server.connections) == 1


async def test_answer_nobody_listens_to_ends_all_the_same(house: House):
    session = await house.session(responses=[{"text": "A long speech.", "audio_ms": 3000}])
    turn = session.begin_turn(text="Speak")

    assert await answered(session, turn) == ["A long speech."]
    assert len(await heard(turn)) == 3 * 48_000


async def test_answer_that_nobody_takes_is_dropped_at_its_bound_and_the_text_is_whole(house: House):
    session = await house.session(
        limits=replace(PATIENT, unclaimed_audio=1), responses=[{"text": "A long speech.", "audio_ms": 3000}]
    )
    turn = session.begin_turn(text="Speak")

    assert await answered(session, turn) == ["A long speech."]
    with pytest.raises(TurnOverflow):
        await heard(turn)


async def test_slow_listener_does_not_hold_up_the_text(house: House):
    session = await house.session(responses=[{"text": "A long speech.", "audio_ms": 3000}])
    turn = session.begin_turn(text="Speak")
    audio = turn.audio.claim()
    first = asyncio.create_task(anext(audio))

    assert await answered(session, turn) == ["A long speech."]
    assert len(await first) == 4800
    assert len(b"".join([chunk async for chunk in audio])) == 3 * 48_000 - 4800


async def test_typed_turn_whose_socket_is_open_before_it_is_answered_is_told_once(house: House):
    session = await house.session(responses=["Hello!"])
    turn = session.begin_turn(text="Hello.")
    await house.server.wait_received("session.update")

    assert await answered(session, turn) == ["Hello!"]
    assert house.told() == ["session.update", "user: Hello.", "response.create"]


async def test_turn_that_was_replaced_while_its_socket_was_opened_is_not_asked(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, connections=[{"upgrade_delay": 5}], responses=["Hello!"])
    old = asyncio.create_task(answered(session, session.begin_turn(text="Never asked")))
    await asyncio.sleep(0)
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Hello.")))
    await asyncio.sleep(0)
    await server_clock.wake(5)

    assert await answer == ["Hello!"]
    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await old
    assert house.told() == ["session.update", "user: Hello.", "response.create"]


async def test_answer_that_is_abandoned_while_its_socket_is_opened_leaves_it_to_the_next_turn(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, connections=[{"upgrade_delay": 5}], responses=["Hello!"])
    old = asyncio.create_task(answered(session, session.begin_turn(text="Never asked")))
    await asyncio.sleep(0)
    old.cancel()
    await asyncio.wait([old])
    await server_clock.wake(5)

    assert await answered(session, session.begin_turn(text="Hello.")) == ["Hello!"]
    assert house.told() == ["session.update", "user: Hello.", "response.create"]


async def test_waiting_for_the_transcript_of_a_turn_that_is_over_does_not_hurt_the_next_one(
    house: House, clock: ManualClock
):
    limits = replace(PATIENT, transcript=10)
    session = await house.session(clock=clock, limits=limits, turns=[{"never": True}], responses=["Hello!", "Fine."])
    old = spoken_turn(session)
    await answered(session, old)
    transcript = asyncio.create_task(session.transcript(old))
    turn = session.begin_turn(text="How are you?")
    await asyncio.sleep(0)
    clock.advance(10)

    with pytest.raises(ServerSilent):
        await transcript

    assert await answered(session, turn) == ["Fine."]
    assert len(house.server.connections) == 1


async def test_commit_that_is_refused_after_its_turn_was_taken_back_leaves_nothing_for_the_next(house: House):
    server_clock = ServerClock()
    late = {"after": "error", "action": "stall", "seconds": 5}
    session = await house.session(server_clock=server_clock, connections=[{"faults": [late]}], turns=["Hello."])
    turn = spoken_turn(session, 0.05)
    await house.server.wait_received("input_audio_buffer.commit")
    session.take_back(turn)
    await server_clock.wake(5)
    await house.server.wait_received("input_audio_buffer.clear")
    turn = spoken_turn(session, 0.2, seed=3)

    assert await session.transcript(turn) == "Hello."
    [item] = house.server.connections[0].session.conversation
    assert bytes(item.audio[0]) == pcm(0.2, 3)
