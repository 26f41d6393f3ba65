"""What a turn can tell of itself afterwards: when things happened, and what was used."""

import asyncio

from custom_components.realtime_assist.realtime import TokenCounts, Usage
from custom_components.realtime_assist.session import Stamp, TurnTimings
from custom_components.realtime_assist.session.metrics import Meter
from tests.session.house import MODEL, House, answered, heard, speak, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock

ONE = Usage(input=TokenCounts(text=1))


def test_moment_is_stamped_by_its_first_time():
    timings = TurnTimings()
    timings.mark(Stamp.SPEECH_ENDED, 1.0)
    timings.mark(Stamp.FIRST_AUDIO, 1.5)
    timings.mark(Stamp.FIRST_AUDIO, 9.0)

    assert timings.since_speech(Stamp.FIRST_AUDIO) == 0.5
    assert timings.since_speech(Stamp.TRANSCRIPT) is None
    assert timings.total is None


async def test_turn_is_timed_from_the_first_frame_to_the_last_word(house: House, clock: ManualClock):
    server_clock = ServerClock()
    session = await house.session(
        clock=clock,
        server_clock=server_clock,
        turns=[{"transcript": "Hello.", "delay": 5}],
        responses=[{"text": "Hello!", "delay": 5}],
    )
    turn = session.begin_turn()
    await house.server.wait_received("session.update")
    clock.advance(2)
    speak(session, turn)
    session.commit(turn)
    await house.server.wait_received("input_audio_buffer.commit")
    clock.advance(0.25)
    await server_clock.wake(5)
    await session.transcript(turn)
    answer = asyncio.create_task(answered(session, turn))
    await house.server.wait_received("response.create")
    clock.advance(0.5)
    await server_clock.wake(5)
    await answer
    clock.advance(60)
    await heard(turn)

    since_speech = {stamp: turn.timings.since_speech(stamp) for stamp in Stamp if stamp is not Stamp.BEGUN}
    assert since_speech == {
        Stamp.SPEECH_ENDED: 0.0,
        Stamp.TRANSCRIPT: 0.25,
        Stamp.FIRST_TEXT: 0.75,
        Stamp.FIRST_AUDIO: 0.75,
        Stamp.FINISHED: 0.75,
    }
    assert turn.timings.total == 2.75


async def test_age_of_the_socket_and_the_time_it_took_are_known(house: House, clock: ManualClock):
    session = await house.session(clock=clock, turns=["Hello."], responses=["Hello!", "Fine."])
    first = spoken_turn(session)
    await session.transcript(first)
    await answered(session, first)
    clock.advance(100)
    second = session.begin_turn(text="How are you?")
    await answered(session, second)

    assert (first.timings.connect, first.timings.session_age) == (0.0, None)
    assert (second.timings.connect, second.timings.session_age) == (None, 100.0)


async def test_what_a_turn_used_is_known_by_model(house: House):
    session = await house.session(responses=[{"calls": [{"name": "HassTurnOn"}]}, "Done."])
    turn = session.begin_turn(text="Light on.")
    await answered(session, turn)

    assert turn.meter.usage == {MODEL: turn.usage}
    assert turn.meter.unreported == set()


async def test_response_that_was_left_in_the_middle_is_known_to_be_unreported(house: House):
    session = await house.session(responses=[{"text": "Hello!", "usage": None}])
    turn = session.begin_turn(text="Hello.")
    await answered(session, turn)

    assert len(turn.meter.unreported) == 1
    assert turn.usage is None


def test_use_that_is_reported_without_an_id_is_of_whatever_ran():
    meter = Meter()
    meter.output("resp_1")
    meter.done("model", None, ONE)
    meter.output("resp_2")
    meter.done("model", "resp_2", ONE)

    assert meter.unreported == set()
    assert meter.usage == {"model": Usage(input=TokenCounts(text=2))}
