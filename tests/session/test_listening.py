"""How a turn goes whose end the server finds, what keeps a satellite from falling asleep, and who hears whom."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from custom_components.realtime_assist.realtime import SemanticVad, ServerVad, TranscriptionUsage
from custom_components.realtime_assist.session import ToolOutcome
from tests.session.house import CONFIG, House, answered, base64_pcm, heard, pcm, speak, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock
from tests.session.tools import Tools

LIGHT = {"name": "HassTurnOn", "arguments": {"name": "Kitchen light"}}
SPOKEN = {"transcript": "Hello.", "speech": {"start_ms": 100, "end_ms": 400}}


async def until(condition: Callable[[], object]) -> None:
    """Wait for what is on its way."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("detection", [ServerVad(), SemanticVad()])
async def test_server_that_finds_the_end_of_speech_ends_the_turn(
    house: House, detection: ServerVad | SemanticVad, early: bool
):
    session = await house.session(
        config=replace(CONFIG, turn_detection=detection), turns=[SPOKEN], responses=["Hello!", "Again?"]
    )
    turn = session.begin_turn(early=early)
    assert not turn.speaking
    for seed in range(30):
        speak(session, turn, 0.5, seed)
        if turn.speech_ended.done():
            break
        await asyncio.wait([turn.speech_ended], timeout=0.05)

    await turn.speech_ended
    assert turn.speaking
    said = turn.duration
    session.append(turn, pcm(1))
    session.commit(turn)
    assert turn.duration == said, "what comes after the end is not kept"
    assert await session.transcript(turn) == "Hello."
    assert await answered(session, turn) == ["Hello!"]
    assert "input_audio_buffer.clear" in house.told()
    assert not [line for line in house.told() if line.startswith("commit")]
    assert house.told().count("response.create") == 1
    assert await answered(session, session.begin_turn(text="Hi.")) == ["Again?"]
    assert house.errors() == []


async def test_silence_keeps_a_satellite_awake_while_tools_run(house: House, clock: ManualClock):
    session = await house.session(
        clock=clock,
        responses=[
            {"text": "Let me see.", "audio": base64_pcm(0.5, 1), "calls": [LIGHT]},
            {"text": "Done.", "audio": base64_pcm(0.4, 2)},
        ],
    )
    turn = session.begin_turn(text="Light")
    tools = Tools(wait=True)
    answer = asyncio.create_task(answered(session, turn, tools=tools))

    async def settled() -> None:
        for _ in range(30):
            await asyncio.sleep(0)

    taken: list[bytes] = []

    async def take() -> None:
        async for chunk in turn.audio.claim():
            taken.append(chunk)  # noqa: PERF401

    listening = asyncio.create_task(take())
    await tools.began(1)
    while not turn.audio.bridged:
        await settled()
    await settled()
    assert b"".join(taken) == pcm(0.5, 1)
    for seconds, silences in ((1.9, 0), (0.1, 1), (1.9, 1), (0.1, 2), (2, 3)):
        clock.advance(seconds)
        await settled()
        assert b"".join(taken) == pcm(0.5, 1) + bytes(silences * 9600)
    tools.release.set()

    assert (await answer)[-1] == "Done."
    await listening
    assert b"".join(taken) == pcm(0.5, 1) + bytes(3 * 9600) + pcm(0.4, 2)


async def test_no_silence_comes_before_the_first_audio(house: House, clock: ManualClock):
    session = await house.session(clock=clock, responses=[{"calls": [LIGHT]}, {"text": "Done.", "audio_ms": 100}])
    turn = session.begin_turn(text="Light")
    tools = Tools(wait=True)
    answer = asyncio.create_task(answered(session, turn, tools=tools))
    listening = asyncio.create_task(anext(turn.audio.claim()))
    await tools.began(1)
    clock.advance(20)
    for _ in range(30):
        await asyncio.sleep(0)
    assert not listening.done()
    tools.release.set()
    await answer

    assert any(await listening)


ENDS = ToolOutcome(data={"ok": True}, ends_turn=True)


async def test_call_that_ends_the_turn_is_followed_by_no_response_where_something_was_said(house: House):
    session = await house.session(responses=[{"text": "Goodbye.", "calls": [LIGHT]}, "Yes?"])

    assert await answered(session, session.begin_turn(text="Bye."), tools=Tools({"HassTurnOn": ENDS})) == [
        "Goodbye.",
        "called HassTurnOn",
        "returned {'ok': True}",
    ]
    await house.server.wait_received("conversation.item.create", 2)
    assert house.told()[-2:] == ["response.create", 'output {"ok":true}']
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Yes?"]
    assert house.errors() == []


@pytest.mark.parametrize(
    ("first", "calls"),
    [({"calls": [LIGHT]}, 1), ({"text": "Goodbye.", "calls": [LIGHT, {"name": "HassClose"}]}, 2)],
    ids=["nothing was said", "another call does not end it"],
)
async def test_call_that_ends_the_turn_does_so_only_where_nothing_is_left_to_say(
    house: House, first: dict[str, object], calls: int
):
    session = await house.session(responses=[first, "Bye."])
    tools = Tools({"HassTurnOn": ENDS})

    assert (await answered(session, session.begin_turn(text="Bye."), tools=tools))[-1] == "Bye."
    assert len(tools.calls) == calls


async def test_ten_conversations_with_tools_at_once_never_cross(house: House):
    await house.session()
    servers = [
        await house.another_server(
            turns=[f"Question {n}?"],
            responses=[
                {"calls": [{"name": f"Tool{n}", "arguments": {"n": n}}]},
                {"text": f"Answer {n}.", "audio": base64_pcm(1, n)},
            ],
        )
        for n in range(10)
    ]

    async def converse(n: int) -> tuple[str, str, bytes, list[tuple[str, dict[str, int]]]]:
        session = house.another_session(url=lambda: servers[n].url)
        turn = session.begin_turn(early=bool(n % 2))
        for start in range(0, 24_000, 960):
            session.append(turn, pcm(0.5, n)[start : start + 960])
            await asyncio.sleep(0)
        session.commit(turn)
        text = await session.transcript(turn)
        tools = Tools()
        lines, audio = await asyncio.gather(answered(session, turn, tools=tools), heard(turn))
        return text, lines[-1], audio, tools.calls

    assert await asyncio.gather(*map(converse, range(10))) == [
        (f"Question {n}?", f"Answer {n}.", pcm(1, n), [(f"Tool{n}", {"n": n})]) for n in range(10)
    ]
    for n, server in enumerate(servers):
        [spoken] = [item for item in server.connections[0].session.conversation if item.wire.get("role") == "user"]
        assert bytes(spoken.audio[0]) == pcm(0.5, n)


async def test_words_that_come_when_nobody_waits_for_them_are_counted_once(house: House):
    server_clock = ServerClock()
    twice = {"after": "conversation.item.input_audio_transcription.completed", "action": "duplicate", "times": 0}
    session = await house.session(
        server_clock=server_clock,
        turns=[{"transcript": "Hello.", "delay": 5}, "Again."],
        connections=[{"faults": [twice]}],
        responses=["Hello!"],
    )
    left, counted = spoken_turn(session), []
    left.on_finished(counted.append)
    await until(lambda: left.item_id)
    session.take_back(left)
    assert counted == [left], "its turn is over before its words come"
    turn = spoken_turn(session)
    assert await session.transcript(turn) == "Again."
    await server_clock.wake(5)
    assert await answered(session, turn) == ["Hello!"]

    await until(lambda: house.written_beside)
    assert (left.transcription, house.written_beside) == (None, [TranscriptionUsage(seconds=1)])
    assert turn.transcription == TranscriptionUsage(seconds=1)


async def test_server_that_calls_all_speech_by_one_name_is_understood_each_time(house: House):
    spoken = ("input_audio_buffer.committed", "conversation.item.input_audio_transcription.completed")
    same = [{"after": name, "action": "change", "event": {"item_id": "item_1"}, "times": 0} for name in spoken]
    session = await house.session(
        turns=["Hello.", "Again."], connections=[{"faults": same}], responses=["Hello!", "Hello again!"]
    )
    for said_by_user, answer in (("Hello.", "Hello!"), ("Again.", "Hello again!")):
        turn = spoken_turn(session)
        assert await session.transcript(turn) == said_by_user
        assert await answered(session, turn) == [answer]
        assert turn.transcription == TranscriptionUsage(seconds=1)
    assert house.written_beside == []


async def test_words_that_come_after_the_present_turn_was_counted_are_counted_apart(house: House, clock: ManualClock):
    server_clock = ServerClock()
    session = await house.session(
        clock=clock, server_clock=server_clock, turns=[{"transcript": "Hello.", "delay": 5}], responses=["Hello!"]
    )
    turn = spoken_turn(session)
    await house.server.wait_received("input_audio_buffer.commit")
    assert await answered(session, turn) == ["Hello!"]
    turn.on_finished(lambda _: None)
    await server_clock.wake(5)
    await until(lambda: house.written_beside)
    assert (turn.transcription, house.written_beside) == (None, [TranscriptionUsage(seconds=1)])
