"""What becomes of an answer that the user speaks over: what is stopped, what is kept, and what the model knows of it."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from custom_components.realtime_assist.realtime import AssistantMessage, UserMessage
from custom_components.realtime_assist.session import ToolCalled, Turn
from custom_components.realtime_assist.session.exceptions import ConnectionLost, ServerFault
from tests.session.house import House, answered, base64_pcm, heard, links_ended, pcm
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock
from tests.session.tools import Tools

LIGHT = {"name": "HassTurnOn", "arguments": {"name": "Kitchen light"}}
CANCELLED = 'output {"error":"Cancelled","error_text":"The user interrupted before this had returned"}'
STORY = {"text": "It was a dark night.", "audio": base64_pcm(3, 1)}


def truncations(house: House) -> list[int]:
    """Return where spoken items were cut, in milliseconds."""
    return [e["audio_end_ms"] for _, e in house.server.received if e["type"] == "conversation.item.truncate"]


async def taken(turn: Turn) -> list[bytes]:
    """Take the turn's audio as it comes; return what was there when it ended."""
    chunks: list[bytes] = []
    with pytest.raises(ConnectionLost):
        chunks += [chunk async for chunk in turn.audio.claim()]
    return chunks


@pytest.mark.parametrize(("seconds", "cut_at"), [(0.5, 500), (1.2345, 1234), (2.9999, 2999)])
async def test_answer_that_is_spoken_over_while_it_is_heard_ends_where_the_user_stopped_listening(
    house: House, clock: ManualClock, seconds: float, cut_at: int
):
    session = await house.session(clock=clock, responses=[STORY, "Yes?"])
    turn = session.begin_turn(text="Tell me a story")
    await answered(session, turn)
    clock.advance(60)
    assert len(await heard(turn)) == len(pcm(3))
    clock.advance(seconds)

    assert await answered(session, session.begin_turn(text="Stop.")) == ["Yes?"]
    assert truncations(house) == [cut_at]
    assert house.conversation() == [
        "user: Tell me a story",
        "assistant: output_audio",
        "user: Stop.",
        "assistant: Yes?",
    ]
    assert house.errors() == []
    assert len(house.server.connections) == 1


async def test_answer_that_was_heard_to_its_end_is_left_alone(house: House, clock: ManualClock):
    session = await house.session(clock=clock, responses=[STORY, "Yes?"])
    turn = session.begin_turn(text="Tell me a story")
    await answered(session, turn)
    await heard(turn)
    clock.advance(3)
    session.interrupt(turn)

    assert await answered(session, session.begin_turn(text="And now?")) == ["Yes?"]
    assert truncations(house) == []
    assert house.conversation()[1] == "assistant: It was a dark night."


async def test_answer_whose_audio_nobody_took_is_left_alone(house: House, clock: ManualClock):
    session = await house.session(clock=clock, responses=[STORY, "Yes?"])
    await answered(session, session.begin_turn(text="Tell me a story"))

    assert await answered(session, session.begin_turn(text="And now?")) == ["Yes?"]
    assert house.conversation()[1] == "assistant: It was a dark night."


async def test_answer_that_still_comes_is_stopped_and_cut_to_what_was_heard(house: House, clock: ManualClock):
    server_clock = ServerClock()
    story = {"text": "It was a dark night.", "audio": base64_pcm(3, 1), "delta_ms": 1000, "delta_delay": 1}
    session = await house.session(clock=clock, server_clock=server_clock, responses=[story, "Yes?"])
    turn = session.begin_turn(text="Tell me a story")
    answer = asyncio.create_task(answered(session, turn))
    listening = asyncio.create_task(taken(turn))
    for _ in range(4):
        await server_clock.wake(1)
    while not turn.audio.playback.playing(clock.time()):
        await asyncio.wait([asyncio.create_task(asyncio.sleep(0))])
    clock.advance(0.25)
    ended: list[Turn] = []
    turn.on_finished(ended.append)
    session.interrupt(turn)
    session.interrupt(turn)

    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await answer
    assert await listening == []
    assert await answered(session, session.begin_turn(text="Stop.")) == ["Yes?"]
    assert truncations(house) == [250]
    assert ended == [turn]
    assert turn.usage is not None, "what was said was paid for"
    assert house.told().count("response.cancel by id") == 1


async def test_answer_of_which_nothing_was_heard_is_taken_out(house: House):
    server_clock = ServerClock()
    story = {"text": "It was a dark night.", "audio": base64_pcm(3, 1), "delta_delay": 1}
    session = await house.session(server_clock=server_clock, responses=[story, "Yes?"])
    turn = session.begin_turn(text="Tell me a story")
    answer = asyncio.create_task(answered(session, turn))
    for _ in range(5):
        await server_clock.wake(1)
    assert turn.audio.num_bytes

    assert await answered(session, session.begin_turn(text="Stop.")) == ["Yes?"]
    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await answer
    assert house.conversation() == ["user: Tell me a story", "user: Stop.", "assistant: Yes?"]
    assert house.errors() == []


@pytest.mark.parametrize("leave", ["generator closed", "task cancelled"])
async def test_call_whose_result_nobody_waits_for_is_told_as_cancelled(house: House, leave: str):
    session = await house.session(responses=[{"calls": [LIGHT]}, "Yes?"])
    tools = Tools(wait=True)
    turn = session.begin_turn(text="Light")

    async def until_called() -> None:
        async with aclosing(session.answer(turn, (), tools)) as events:
            async for event in events:
                if isinstance(event, ToolCalled) and leave == "generator closed":
                    return

    answer = asyncio.create_task(until_called())
    if leave == "task cancelled":
        await tools.began(1)
        answer.cancel()
    await asyncio.wait([answer])
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("realtime tool")]

    assert await answered(session, session.begin_turn(text="And now?")) == ["Yes?"]
    assert house.conversation() == ["user: Light", "call HassTurnOn", CANCELLED, "user: And now?", "assistant: Yes?"]
    assert house.errors() == []
    assert len(house.server.connections) == 1


async def test_call_that_has_returned_is_told_with_its_result_though_another_has_not(house: House):
    session = await house.session(responses=[{"calls": [LIGHT, {"name": "HassClose"}]}, "Yes?"])

    class OneReturns(Tools):
        async def call_tool(self, call_id, name, arguments):
            self._wait = name == "HassClose"
            return await super().call_tool(call_id, name, arguments)

    tools = OneReturns()
    turn = session.begin_turn(text="Light on, blinds down")
    answer = asyncio.create_task(answered(session, turn, tools=tools, lines=(lines := [])))
    await tools.began(2)
    while "returned {'done': 'HassTurnOn'}" not in lines:
        await asyncio.wait([asyncio.create_task(asyncio.sleep(0))])
    answer.cancel()
    await asyncio.wait([answer])

    assert await answered(session, session.begin_turn(text="And now?")) == ["Yes?"]
    outputs = [line for line in house.conversation() if line.startswith("output")]
    assert sorted(outputs) == ['output {"done":"HassTurnOn"}', CANCELLED]
    assert house.errors() == []


async def test_half_a_call_is_taken_out(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, responses=[{"calls": [LIGHT], "delta_delay": 1}, "Yes?"])
    turn = session.begin_turn(text="Light")
    answer = asyncio.create_task(answered(session, turn))
    await server_clock.wake(1)

    assert await answered(session, session.begin_turn(text="And now?")) == ["Yes?"]
    with pytest.raises(ConnectionLost):
        await answer
    assert house.conversation() == ["user: Light", "user: And now?", "assistant: Yes?"]
    assert house.errors() == []


async def test_chat_log_that_forgets_an_interrupted_turn_goes_on_with_the_same_socket(house: House):
    before = (UserMessage("Hi."), AssistantMessage("Hi!"))
    session = await house.session(responses=[{"calls": [LIGHT]}, "Yes?", "Again?"])
    tools = Tools(wait=True)
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Light"), before, tools))
    await tools.began(1)
    answer.cancel()
    await asyncio.wait([answer])
    session.remember([*before, UserMessage("Light")])

    assert await answered(session, session.begin_turn(text="And now?"), before) == ["Yes?"]
    known = (*before, UserMessage("And now?"), AssistantMessage("Yes?"))
    session.remember(known)
    assert await answered(session, session.begin_turn(text="And then?"), known) == ["Again?"]
    assert len(house.server.connections) == 1
    assert house.conversation()[:5] == ["user: Hi.", "assistant: Hi!", "user: Light", "call HassTurnOn", CANCELLED]


async def test_answer_that_cannot_be_cancelled_costs_its_socket(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock, responses=[{"text": "It was a dark night.", "delta_delay": 1}, "Yes?"]
    )
    turn = session.begin_turn(text="Tell me a story")
    answer = asyncio.create_task(answered(session, turn))
    await server_clock.wake(1)
    protocol = session._uplink.usable.protocol
    protocol._dialect = replace(protocol.dialect, cancels=False)

    assert await answered(session, session.begin_turn(text="Stop.")) == ["Yes?"]
    with pytest.raises(ConnectionLost):
        await answer
    assert house.told(1) == ["session.update", "user: Stop.", "response.create"]


async def finished(turn: Turn) -> None:
    """Wait until nothing more will come of a turn."""
    over = asyncio.Event()
    turn.on_finished(lambda _: over.set())
    await over.wait()


FINAL = {"text": "It is noon.", "audio": base64_pcm(1, 2), "phase": "final_answer"}


async def test_answer_is_over_for_who_asked_when_no_call_can_follow_and_the_rest_comes_by_itself(house: House):
    server_clock = ServerClock()
    late = {**FINAL, "faults": [{"after": "response.done", "action": "stall", "seconds": 5}]}
    session = await house.session(server_clock=server_clock, responses=[late])
    turn = session.begin_turn(text="What time is it?")
    ended: list[Turn] = []
    turn.on_finished(ended.append)

    assert await answered(session, turn) == ["It is noon."]
    assert await heard(turn) == pcm(1, 2)
    assert (turn.finished, ended) == (False, [])
    await server_clock.wake(5)
    await finished(turn)
    assert (turn.finished, ended) == (True, [turn])
    assert turn.usage is not None
    assert turn.error is None


async def test_end_of_an_answer_that_fails_is_counted_and_all_of_it_is_heard(house: House):
    error = {"status": "failed", "status_details": {"type": "failed", "error": {"code": "server_error"}}}
    broken = {"after": "response.done", "action": "change", "event": {"response": error}}
    session = await house.session(responses=[{**FINAL, "faults": [broken]}, "Back again."])
    turn = session.begin_turn(text="What time is it?")

    assert await answered(session, turn) == ["It is noon."]
    assert await heard(turn) == pcm(1, 2)
    await finished(turn)
    assert isinstance(turn.error, ServerFault)
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Back again."]


async def test_answer_whose_socket_is_lost_behind_its_last_words_is_heard_and_not_asked_for_again(house: House):
    lost = {**FINAL, "faults": [{"after": "response.output_item.done", "action": "drop"}]}
    session = await house.session(responses=[lost, "Back again."])
    turn = session.begin_turn(text="What time is it?")

    assert await answered(session, turn) == ["It is noon."]
    assert await heard(turn) == pcm(1, 2)
    await links_ended()
    assert isinstance(turn.error, ConnectionLost)
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Back again."]


async def test_answer_whose_socket_is_lost_before_its_last_words_are_taken_is_heard(house: House):
    lost = {**FINAL, "faults": [{"after": "response.output_item.done", "action": "drop"}]}
    session = await house.session(responses=[lost])
    turn = session.begin_turn(text="What time is it?")
    async with aclosing(session.answer(turn, (), Tools())) as events:
        async for _ in events:
            await links_ended()

    assert turn.answer_text == "It is noon."
    assert await heard(turn) == pcm(1, 2)
    assert turn.finished


async def test_rest_of_an_answer_is_stopped_by_whoever_speaks_over_it(house: House, clock: ManualClock):
    server_clock = ServerClock()
    late = {**FINAL, "faults": [{"after": "response.done", "action": "stall", "seconds": 5}]}
    session = await house.session(clock=clock, server_clock=server_clock, responses=[late, "Yes?"])
    turn = session.begin_turn(text="What time is it?")
    await answered(session, turn)
    stream = turn.audio.claim()
    assert len(await anext(stream)) > 0
    clock.advance(0.05)
    second = session.begin_turn(text="Stop.")
    with pytest.raises(ConnectionLost):
        await anext(stream)
    answer = asyncio.create_task(answered(session, second))
    await server_clock.wake(5)

    assert await answer == ["Yes?"]
    assert truncations(house) == [50]


async def test_call_that_comes_after_the_last_words_is_told_once_that_nobody_runs_it(house: House, clock: ManualClock):
    session = await house.session(clock=clock, responses=[{"output": [FINAL, LIGHT]}, "Yes?"])
    turn = session.begin_turn(text="What time is it?")
    tools = Tools()
    await answered(session, turn, tools=tools)
    assert await heard(turn) == pcm(1, 2)
    clock.advance(0.5)

    assert await answered(session, session.begin_turn(text="Stop.")) == ["Yes?"]
    assert tools.calls == []
    assert truncations(house) == [500]
    assert [line for line in house.told() if line.startswith("output")] == [f"{CANCELLED} (inserted)"]
    assert house.errors() == []
