"""How texts are read aloud beside the conversation, whatever else the session is doing."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from custom_components.realtime_assist.realtime import Limits, UserMessage
from custom_components.realtime_assist.session import Ladder, Misread, Rung, SessionError
from custom_components.realtime_assist.session.exceptions import (
    AuthenticationFailed,
    ConnectionLost,
    QuotaExceeded,
    RequestRejected,
    ServerFault,
    ServerSilent,
    TurnOverflow,
)
from tests.session.house import MODEL, PATIENT, EverLater, House, answered, base64_pcm, heard, links_ended, pcm, said
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock
from tests.session.tools import Tools

TEXTS = {1: "One.", 2: "Two.", 7: "Dinner is ready."}


def speech(seed: int, seconds: float = 0.5, **fields: object) -> dict[str, object]:
    """Return the response that reads something aloud."""
    return {"text": TEXTS[seed], "audio": base64_pcm(seconds, seed), **fields}


async def test_text_is_read_aloud_and_leaves_the_conversation_alone(house: House):
    session = await house.session(responses=["Hello!"], out_of_band=[speech(7)])
    await answered(session, session.begin_turn(text="Hello."))

    assert await said(session, "Dinner is ready.") == pcm(0.5, 7)
    assert house.conversation() == ["user: Hello.", "assistant: Hello!"]
    request = (await house.server.wait_received("response.create", 2))["response"]
    assert request["conversation"] == "none"
    assert "Dinner is ready." in request["input"][0]["content"][0]["text"]


async def test_text_is_read_aloud_where_no_socket_is_open_yet(house: House):
    session = await house.session(out_of_band=[speech(7)])

    assert await said(session, "Dinner is ready.") == pcm(0.5, 7)
    assert house.told() == ["session.update", "say"]


async def test_speech_beside_a_running_answer_mixes_with_nothing(house: House):
    session = await house.session(
        responses=[{"text": "It was a dark night.", "audio": base64_pcm(2, 1)}], out_of_band=[speech(7, 2)]
    )
    turn = session.begin_turn(text="Tell me a story")

    lines, audio, aloud = await asyncio.gather(answered(session, turn), heard(turn), said(session, "Dinner is ready."))

    assert lines == ["It was a dark night."]
    assert audio == pcm(2, 1)
    assert aloud == pcm(2, 7)
    assert house.errors() == []


async def test_two_speeches_at_once_are_told_apart(house: House):
    session = await house.session(out_of_band=[speech(1, 2), speech(2, 2)])

    assert await asyncio.gather(said(session, "One."), said(session, "Two.")) == [pcm(2, 1), pcm(2, 2)]


async def test_speech_that_is_refused_says_why_and_the_next_is_heard(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, out_of_band=[speech(1, created_delay=60), speech(2)])
    aloud = asyncio.create_task(said(session, "One."))
    request = await house.server.wait_received("response.create")
    error = {"type": "invalid_request_error", "code": "invalid_value", "message": "No.", "param": "response"}
    await house.server.send({"type": "error", "error": {**error, "event_id": request["event_id"]}})

    with pytest.raises(RequestRejected, match=r"^invalid_value$"):
        await aloud
    assert await said(session, "Two.") == pcm(0.5, 2)


@pytest.mark.parametrize(
    ("response", "error_type"),
    [
        ({"status": "failed", "error": {"code": "insufficient_quota"}}, QuotaExceeded),
        ({"status": "failed", "error": {"code": "server_error"}}, ServerFault),
        ({"status": "incomplete", "reason": "max_output_tokens"}, ServerFault),
        ({"status": "cancelled"}, ServerFault),
    ],
)
async def test_speech_that_is_not_whole_says_so_after_what_there_is_of_it(
    house: House, response: dict[str, object], error_type: type[SessionError]
):
    session = await house.session(out_of_band=[speech(1, 0.2, **response), speech(2)])
    chunks: list[bytes] = []
    async with aclosing(session.say("One.")) as audio:
        chunks.append(await anext(audio))
        chunks.append(await anext(audio))
        with pytest.raises(error_type):
            await anext(audio)

    assert b"".join(chunks) == pcm(0.2, 1)
    assert await said(session, "Two.") == pcm(0.5, 2)
    assert len(house.server.connections) == 1


async def test_speech_that_falls_silent_is_given_up_and_the_next_is_heard(house: House, clock: ManualClock):
    server_clock = ServerClock()
    mute = speech(1, 1, delta_delay=1000)
    session = await house.session(clock=clock, server_clock=server_clock, out_of_band=[mute, speech(2)])
    async with aclosing(session.say("One.")) as audio:
        aloud = asyncio.create_task(anext(audio))
        await house.server.wait_received("response.create")
        clock.advance(PATIENT.protocol.silence)
        with pytest.raises(ServerSilent, match=r"^side_response$"):
            await aloud

    assert await said(session, "Two.") == pcm(0.5, 2)
    assert len(house.server.connections) == 1


async def test_speech_is_not_waited_for_longer_because_an_answer_is_waited_for_longer(house: House, clock: ManualClock):
    server_clock = ServerClock()
    limits = replace(PATIENT, protocol=Limits(first_event=5, silence=30))
    session = await house.session(
        clock=clock,
        limits=limits,
        server_clock=server_clock,
        responses=[{"text": "One two three.", "delta_delay": 1000}],
        out_of_band=[speech(1, created_delay=1000)],
    )
    turn = session.begin_turn(text="Count")
    async with aclosing(session.answer(turn, (), Tools())) as events:
        await anext(events)
        await anext(events)
        clock.advance(5)
        aloud = asyncio.create_task(said(session, "One."))
        await house.server.wait_received("response.create", 2)
        clock.advance(5)

        with pytest.raises(ServerSilent, match=r"^side_response$"):
            await aloud


async def test_speech_whose_socket_is_lost_says_so_after_what_there_is_of_it(house: House):
    lost = speech(1, 1, faults=[{"after": "response.output_audio.delta", "count": 2, "action": "drop"}])
    session = await house.session(out_of_band=[lost, speech(2)])
    async with aclosing(session.say("One.")) as audio:
        assert await anext(audio) + await anext(audio) == pcm(1, 1)[:9600]
        await links_ended()
        second = await said(session, "Two.")
        with pytest.raises(ConnectionLost):
            await anext(audio)

    assert second == pcm(0.5, 2), "the speech of the lost socket has taken the new one's place"


async def test_speech_on_a_socket_that_is_replaced_before_it_is_heard_is_read_on_the_next(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock,
        responses=["Hello!"],
        out_of_band=[speech(1, 1, delta_delay=1), speech(2, text="One.")],
    )
    aloud = asyncio.create_task(said(session, "One."))
    await house.server.wait_received("response.create")
    session.remember([UserMessage("Good morning.")])

    assert await answered(session, session.begin_turn(text="Hello."), []) == ["Hello!"]
    assert await aloud == pcm(0.5, 2)
    assert len(house.server.connections) == 2


@pytest.mark.parametrize("refusal", [{"refuse": 401}, {"refuse": "invalid_api_key"}])
async def test_speech_that_nobody_lets_in_says_why(house: House, refusal: dict[str, object]):
    session = await house.session(connections=[refusal])

    with pytest.raises(AuthenticationFailed):
        await said(session, "Dinner is ready.")


async def test_speech_whose_listener_leaves_is_cancelled_by_its_id(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, out_of_band=[speech(1, 1, delta_delay=1), speech(2)])
    async with aclosing(session.say("One.")) as audio:
        first = asyncio.create_task(anext(audio))
        for _ in TEXTS[1].split("."):
            await server_clock.wake(1)
        assert await first == pcm(1, 1)[:4800]

    cancel = await house.server.wait_received("response.cancel")
    created = next(event for event in house.server.connections[0].sent if event["type"] == "response.created")
    assert cancel["response_id"] == created["response"]["id"]


async def test_speech_whose_listener_leaves_before_it_begins_is_no_answer_to_the_next_turn(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock, responses=["Hello!"], out_of_band=[speech(1, 1, created_delay=1)]
    )
    aloud = asyncio.create_task(said(session, "One."))
    await house.server.wait_received("response.create")
    aloud.cancel()
    await asyncio.wait([aloud])
    turn = session.begin_turn(text="Hello.")
    answer = asyncio.create_task(answered(session, turn))
    await server_clock.wake(1)

    assert await answer == ["Hello!"]
    assert len(await heard(turn)) == 6 * 60 * 48


async def test_speech_that_nobody_listens_to_fast_enough_is_dropped_and_does_not_stop_the_answer(house: House):
    session = await house.session(
        limits=replace(PATIENT, unclaimed_audio=1),
        responses=["Hello!"],
        out_of_band=[speech(1, 3, text="A long speech.")],
    )
    async with aclosing(session.say("A long speech.")) as audio:
        await anext(audio)
        assert await answered(session, session.begin_turn(text="Hello.")) == ["Hello!"]
        with pytest.raises(TurnOverflow):
            await anext(audio)


async def test_speech_whose_end_comes_without_its_tag_is_known_by_its_id(house: House):
    untagged = {"after": "response.done", "action": "change", "event": {"response": {"metadata": None}}}
    session = await house.session(out_of_band=[speech(7, faults=[untagged])])

    assert await said(session, "Dinner is ready.") == pcm(0.5, 7)


async def test_refusal_that_comes_after_its_listener_left_disturbs_nothing(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, out_of_band=[speech(1, created_delay=60), speech(2)])
    aloud = asyncio.create_task(said(session, "One."))
    request = await house.server.wait_received("response.create")
    aloud.cancel()
    await asyncio.wait([aloud])
    error = {"type": "invalid_request_error", "code": "invalid_value", "message": "No.", "param": "response"}
    await house.server.send({"type": "error", "error": {**error, "event_id": request["event_id"]}})

    assert await said(session, "Two.") == pcm(0.5, 2)


async def test_speech_waits_for_the_socket_with_whoever_else_does(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock,
        connections=[{"upgrade_delay": 5}],
        responses=["Hello!"],
        out_of_band=[speech(1)],
    )
    both = asyncio.gather(said(session, "One."), answered(session, session.begin_turn(text="Hello.")))
    await server_clock.wake(5)

    assert await both == [pcm(0.5, 1), ["Hello!"]]
    assert len(house.server.connections) == 1


async def test_text_that_comes_after_the_end_of_its_session_is_refused_at_once(house: House):
    ladder = Ladder([Rung(model=MODEL, voice="marin"), Rung(model="gpt-realtime", voice="marin")], EverLater())
    session = await house.session(ladder=ladder, out_of_band=[speech(1)])
    assert await said(session, "One.") == pcm(0.5, 1)
    await session.close()

    with pytest.raises(ConnectionLost, match="closed"):
        await said(session, "Two.")


async def test_text_that_is_misread_is_read_once_more(house: House):
    session = await house.session(out_of_band=[speech(1, text="Sure! Dinner is ready."), speech(7)])

    assert await said(session, "Dinner is ready.") == pcm(0.5, 7)
    assert house.told() == ["session.update", "say", "response.cancel by id", "say"]
    charged = [e["response"]["usage"] for e in house.server.connections[0].sent if e["type"] == "response.done"]
    assert sum(used.output.audio for used in house.used_beside) == sum(
        usage["output_token_details"]["audio_tokens"] for usage in charged
    )
    assert len(charged) == 2, "what was not fit to be heard is paid for as well"


async def test_text_that_is_misread_twice_is_not_heard(house: House):
    wrong = speech(1, text="Sure! Dinner is ready.")
    session = await house.session(out_of_band=[wrong, wrong, speech(2)])

    with pytest.raises(Misread, match=r"^misread$") as raised:
        await said(session, "Dinner is ready.")

    assert (raised.value.retry, raised.value.next_model) == (False, False)
    assert await said(session, "Two.") == pcm(0.5, 2)


async def test_text_that_is_misread_halfway_breaks_off_and_is_not_begun_again(house: House):
    server_clock = ServerClock()
    wrong = speech(1, 1, text="Dinner is ready or not.", delta_delay=1)
    session = await house.session(server_clock=server_clock, out_of_band=[wrong, speech(7)])
    chunks: list[bytes] = []

    async def listen() -> None:
        async for chunk in session.say("Dinner is ready."):
            chunks.append(chunk)  # noqa: PERF401

    aloud = asyncio.create_task(listen())
    for _ in range(4):
        await server_clock.wake(1)

    with pytest.raises(Misread):
        await aloud
    assert b"".join(chunks) == pcm(1, 1)[:4800]
    assert house.told().count("say") == 1


async def test_text_that_is_not_read_to_its_end_is_misread(house: House):
    session = await house.session(out_of_band=[speech(1, text="Dinner is"), speech(1, text="Dinner is")])

    with pytest.raises(Misread):
        await said(session, "Dinner is ready.")


async def test_voice_whose_words_nobody_writes_down_is_taken_at_its_word(house: House):
    session = await house.session(out_of_band=[speech(7, text="")])

    assert await said(session, "Dinner is ready.") == pcm(0.5, 7)
