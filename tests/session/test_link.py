"""What a turn notices when its socket breaks: nothing where it can be begun again, the right error where it cannot.

Every way to lose a socket meets every moment of a turn.
"""

import asyncio
from dataclasses import replace

import pytest

from custom_components.realtime_assist.realtime import AssistantMessage, UserMessage
from custom_components.realtime_assist.session.exceptions import (
    ConnectionLost,
    ServerFault,
    ServerSilent,
    SessionExpired,
    TransientSessionError,
)
from local_server.wire import RealtimeServer
from tests.session.house import PATIENT, House, answered, base64_pcm, heard, links_ended, pcm, speak, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.tools import Tools

LIGHT = {"name": "HassTurnOn", "arguments": {"name": "Kitchen light"}}
HISTORY = (UserMessage("Good morning."), AssistantMessage("Good morning!"))
TOLD_HISTORY = ["user: Good morning.", "assistant: Good morning!"]

EXPIRED = {"action": "close", "code": 1001, "reason": "invalid_request_error.session_expired"}
# Fault, and the error that stands for it.
LOSSES = {
    "drop": ({"action": "drop"}, ConnectionLost),
    "1000": ({"action": "close", "code": 1000}, ConnectionLost),
    "1001 expired": (EXPIRED, SessionExpired),
    "1011": ({"action": "close", "code": 1011}, ServerFault),
}
each_loss = pytest.mark.parametrize("loss", LOSSES)


def broken_after(event_type: str, loss: str, count: int = 1) -> dict[str, object]:
    """Return the fault that loses the socket after an event."""
    return {"after": event_type, "count": count, **LOSSES[loss][0]}


async def break_now(server: RealtimeServer, loss: str) -> None:
    """Lose the newest socket."""
    fault = LOSSES[loss][0]
    if fault["action"] == "drop":
        server.drop_connection()
    else:
        await server.close_connection(int(str(fault["code"])), str(fault.get("reason", "")))


@each_loss
async def test_loss_while_idle_is_not_noticed(house: House, loss: str):
    lost = {"faults": [broken_after("session.updated", loss)]}
    session = await house.session(connections=[lost, {}], turns=["Hello."], responses=["Hello!"])
    session.prepare()
    await house.server.wait_received("session.update")
    await links_ended()
    turn = spoken_turn(session)

    assert await session.transcript(turn) == "Hello."
    assert await answered(session, turn) == ["Hello!"]
    assert house.told(1) == ["session.update", "commit 24000 bytes", "response.create"]


@each_loss
async def test_loss_while_listening_is_not_noticed_as_all_the_speech_is_told_again(house: House, loss: str):
    session = await house.session(turns=["Turn on the light."], responses=["Done."])
    session.remember(HISTORY)
    turn = session.begin_turn()
    await house.server.wait_received("session.update")
    first = speak(session, turn, 1.5, seed=1)
    await house.server.wait_received("input_audio_buffer.append", 75)
    await break_now(house.server, loss)
    await links_ended()
    second = speak(session, turn, 0.5, seed=2)
    session.commit(turn)

    assert await session.transcript(turn) == "Turn on the light."
    assert await answered(session, turn, HISTORY) == ["Done."]
    assert house.told(1) == [
        "session.update",
        *TOLD_HISTORY,
        f"commit {len(first + second)} bytes",
        "response.create",
    ]
    assert house.speech(1) == first + second


@each_loss
async def test_loss_between_commit_and_transcript_is_not_noticed(house: House, loss: str):
    lost = {"faults": [broken_after("input_audio_buffer.committed", loss)]}
    session = await house.session(
        connections=[lost, {}], turns=[{"never": True}, "Turn on the light."], responses=["Done."]
    )
    turn = spoken_turn(session)

    assert await session.transcript(turn) == "Turn on the light."
    assert await answered(session, turn) == ["Done."]
    assert house.told(1) == ["session.update", "commit 24000 bytes", "response.create"]


@each_loss
async def test_loss_before_the_first_word_of_a_spoken_turns_answer_is_not_noticed(house: House, loss: str):
    lost = {"text": "Lost.", "faults": [broken_after("response.created", loss)]}
    session = await house.session(turns=["Hello."], responses=[lost, {"text": "Hello!", "audio": base64_pcm(0.5)}])
    session.remember(HISTORY)
    turn = spoken_turn(session)
    await session.transcript(turn)

    assert await answered(session, turn, HISTORY) == ["Hello!"]
    assert await heard(turn) == pcm(0.5)
    assert house.told(1) == ["session.update", *TOLD_HISTORY, "commit 24000 bytes", "response.create"]
    assert house.conversation(1)[:2] == TOLD_HISTORY


@each_loss
async def test_loss_before_the_first_word_of_a_typed_turns_answer_is_not_noticed(house: House, loss: str):
    lost = {"text": "Lost.", "faults": [broken_after("response.created", loss)]}
    session = await house.session(responses=[lost, "Hello!"])

    assert await answered(session, session.begin_turn(text="Hello."), HISTORY) == ["Hello!"]
    assert house.told(1) == ["session.update", *TOLD_HISTORY, "user: Hello.", "response.create"]


@each_loss
async def test_loss_after_some_audio_was_heard_ends_the_turn_with_what_was_heard(house: House, loss: str):
    lost = {
        "text": "It was a dark and stormy night.",
        "audio": base64_pcm(1),
        "faults": [broken_after("response.output_audio.delta", loss, 2)],
    }
    session = await house.session(responses=[lost, "Back again."])
    turn = session.begin_turn(text="Tell me a story")
    lines: list[str] = []

    with pytest.raises(LOSSES[loss][1]):
        await answered(session, turn, lines=lines)
    audio = turn.audio.claim()

    assert lines == ["It was a dark and stormy"]
    assert [await anext(audio), await anext(audio)] == [pcm(1)[:4800], pcm(1)[4800:9600]]
    with pytest.raises(LOSSES[loss][1]):
        await anext(audio)
    assert len(house.server.connections) == 1, "what was heard is not said again"
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Back again."]


@each_loss
async def test_loss_while_a_tool_runs_takes_its_result_to_the_new_socket(house: House, loss: str):
    session = await house.session(turns=["Light on."], responses=[{"text": "Well, ", "calls": [LIGHT]}, "Done."])
    tools = Tools(wait=True)
    turn = spoken_turn(session)
    await session.transcript(turn)
    answer = asyncio.create_task(answered(session, turn, HISTORY, tools))
    await tools.began(1)
    await break_now(house.server, loss)
    await links_ended()
    tools.release.set()

    assert await answer == ["Well, ", "called HassTurnOn", "returned {'done': 'HassTurnOn'}", "Done."]
    assert len(tools.calls) == 1
    told = [
        "session.update",
        *TOLD_HISTORY,
        "commit 24000 bytes",
        "assistant: Well, ",
        "call HassTurnOn",
        'output {"done":"HassTurnOn"}',
        "response.create",
    ]
    assert house.told(1) == told
    assert house.conversation(1)[-1] == "assistant: Done."
    assert house.errors(1) == []


@each_loss
async def test_second_loss_of_a_turn_ends_it_and_not_the_next(house: House, loss: str):
    lost = {"text": "Lost.", "faults": [broken_after("response.created", loss)]}
    session = await house.session(turns=["Hello."], responses=[lost, lost, "Back again."])
    turn = spoken_turn(session)
    await session.transcript(turn)

    with pytest.raises(LOSSES[loss][1]) as raised:
        await answered(session, turn)

    assert isinstance(raised.value, TransientSessionError)
    assert len(house.server.connections) == 2
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Back again."]


@each_loss
async def test_second_loss_while_listening_ends_the_turn_and_not_the_next(house: House, loss: str):
    lost = {"faults": [broken_after("input_audio_buffer.committed", loss)]}
    session = await house.session(
        connections=[lost, lost, {}], turns=[{"never": True}, {"never": True}, "Hello."], responses=["Hello!"]
    )
    turn = spoken_turn(session)

    with pytest.raises(LOSSES[loss][1]):
        await session.transcript(turn)

    turn = spoken_turn(session)
    assert await session.transcript(turn) == "Hello."
    assert await answered(session, turn) == ["Hello!"]


@each_loss
async def test_loss_after_the_answer_is_not_noticed(house: House, loss: str):
    last = {"text": "Hello!", "faults": [broken_after("rate_limits.updated", loss)]}
    session = await house.session(responses=[last, "Fine."])
    turn = session.begin_turn(text="Hello.")
    assert await answered(session, turn) == ["Hello!"]
    history = (UserMessage("Hello."), AssistantMessage("Hello!"))
    session.remember(history)
    await links_ended()

    assert await answered(session, session.begin_turn(text="How are you?"), history) == ["Fine."]
    assert house.told(1) == [
        "session.update",
        "user: Hello.",
        "assistant: Hello!",
        "user: How are you?",
        "response.create",
    ]


async def test_silence_while_connecting_is_given_up_twice_and_the_next_turn_gets_in(house: House, clock: ManualClock):
    session = await house.session(
        clock=clock,
        limits=replace(PATIENT, transcript=90),
        connections=[{"created": False}, {"created": False}, {}],
        turns=["Hello."],
        responses=["Hello!"],
    )
    turn = spoken_turn(session)
    transcript = asyncio.create_task(session.transcript(turn))
    for attempt in (1, 2):
        await house.server.wait_received("session.update", attempt)
        clock.advance(PATIENT.protocol.first_event)

    with pytest.raises(ServerSilent, match=r"^silent_session$"):
        await transcript
    turn = spoken_turn(session)
    assert await session.transcript(turn) == "Hello."
    assert await answered(session, turn) == ["Hello!"]


async def test_speech_that_is_too_long_to_be_kept_is_not_told_in_part(house: House):
    session = await house.session()
    turn = session.begin_turn()
    await house.server.wait_received("session.update")
    speak(session, turn, PATIENT.replay + 1)
    house.server.drop_connection()

    with pytest.raises(ConnectionLost):
        await session.transcript(turn)

    assert turn.speech is None
    assert len(house.server.connections) == 1


async def test_session_that_expires_while_the_user_speaks_is_replaced(house: House):
    session = await house.session(connections=[{"expires_in": 0.05}, {}], turns=["Hello."])
    turn = session.begin_turn()
    speak(session, turn, 0.5)
    await house.server.wait_received("session.update", 2)
    session.commit(turn)

    assert await session.transcript(turn) == "Hello."


async def test_socket_that_takes_nothing_any_more_is_left(house: House):
    session = await house.session()
    turn = session.begin_turn()
    await house.server.wait_received("session.update")
    house.server.connections[0].socket.transport.pause_reading()
    for _ in range(14):
        session.append(turn, bytes(1_000_000))

    with pytest.raises(ConnectionLost, match=r"^send_buffer_full$"):
        await session.transcript(turn)


# What is odd on the wire, and must not be noticed at all.
ODD = {
    "half JSON": {"after": "response.content_part.added", "action": "half_json"},
    "binary": {"after": "*", "times": 0, "action": "binary"},
    "unknown event": {"after": "response.created", "action": "insert", "event": {"type": "response.thoughts.delta"}},
    "nameless event": {"after": "response.content_part.added", "action": "change", "event": {"type": None}},
    "error of no one": {
        "after": "response.created",
        "action": "insert",
        "event": {"type": "error", "error": {"type": "invalid_request_error", "code": "odd", "message": "Hm."}},
    },
    "error that says nothing": {"after": "response.created", "action": "insert", "event": {"type": "error"}},
    "response created twice": {"after": "response.created", "action": "duplicate"},
    "response done twice": {"after": "response.done", "action": "duplicate"},
    "item done twice": {"after": "response.output_item.done", "action": "duplicate"},
    "late words": {
        "after": "response.done",
        "action": "replay",
        "event": {"type": "response.output_audio_transcript.delta"},
    },
    "late audio": {"after": "response.done", "action": "replay", "event": {"type": "response.output_audio.delta"}},
    "late item": {"after": "response.done", "action": "replay", "event": {"type": "response.output_item.done"}},
    "committed twice": {"after": "input_audio_buffer.committed", "action": "duplicate"},
    "greeted twice": {"after": "session.created", "action": "duplicate"},
    "transcribed twice": {
        "after": "conversation.item.input_audio_transcription.completed",
        "action": "duplicate",
    },
}


@pytest.mark.parametrize("odd", ODD)
async def test_oddity_is_passed_over(house: House, clock: ManualClock, odd: str):
    session = await house.session(
        clock=clock,
        connections=[{"faults": [ODD[odd]]}],
        turns=["One?", "Two?"],
        responses=[{"text": f"{n}.", "audio": base64_pcm(0.5, seed)} for seed, n in enumerate(("One", "Two"))],
    )
    for seed, words in enumerate(("One", "Two")):
        turn = spoken_turn(session)
        assert await session.transcript(turn) == f"{words}?"
        assert await answered(session, turn) == [f"{words}."]
        assert await heard(turn) == pcm(0.5, seed)
        clock.advance(0.5)

    assert len(house.server.connections) == 1
    assert house.conversation() == ["user: One?", "assistant: One.", "user: Two?", "assistant: Two."]
