"""How a turn is answered before anybody claims it: ahead of the claim, anew at the claim, or for nobody."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from custom_components.realtime_assist.realtime import (
    AssistantMessage,
    ConversationItem,
    FunctionTool,
    Modality,
    UserMessage,
)
from custom_components.realtime_assist.session import (
    AudioStarted,
    MessageStarted,
    RealtimeSession,
    TextDelta,
    ToolCalled,
    Turn,
)
from custom_components.realtime_assist.session.exceptions import ConnectionLost
from custom_components.realtime_assist.session.responses import CANCEL_SECONDS
from tests.session.house import CONFIG, House, answered, base64_pcm, heard, links_ended, pcm, speak, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock
from tests.session.tools import Tools

LIGHT = {"name": "HassTurnOn", "arguments": {"name": "Kitchen light"}}
LOCAL: tuple[ConversationItem, ...] = (UserMessage("Light on."), AssistantMessage("Turned on the light."))
USAGE = {
    "total_tokens": 30,
    "input_tokens": 20,
    "output_tokens": 10,
    "input_token_details": {"text_tokens": 20, "audio_tokens": 0},
    "output_token_details": {"text_tokens": 4, "audio_tokens": 6},
}


def early_turn(session: RealtimeSession, seed: int = 1) -> Turn:
    """Say something in a turn that is answered early."""
    turn = session.begin_turn(early=True)
    speak(session, turn, 0.5, seed)
    session.commit(turn)
    return turn


async def over(house: House, session: RealtimeSession, count: int = 1) -> None:
    """Return when so many responses were asked for and the last of them has ended."""
    await house.server.wait_received("response.create", count)
    await session._responses.wait_over()


def deleted(house: House) -> list[str]:
    """Return the ids of the items that the server was told to delete."""
    return [event["item_id"] for _, event in house.server.received if event["type"] == "conversation.item.delete"]


async def end_response(house: House, connection: int = 0) -> None:
    """Have the server say that its last response was cancelled."""
    created = [event for event in house.server.connections[connection].sent if event["type"] == "response.created"]
    response = {"id": created[-1]["response"]["id"], "status": "cancelled", "usage": USAGE}
    await house.server.send({"type": "response.done", "response": response})


async def test_early_answer_is_asked_for_with_the_commit_and_waits_for_its_claim(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock,
        turns=[{"transcript": "Hello.", "delay": 5}],
        responses=[{"text": "Hello!", "audio": base64_pcm(0.5, 3)}],
    )
    turn = early_turn(session)
    await over(house, session)
    assert house.told() == ["session.update", "commit 24000 bytes", "response.create"]
    assert not turn.transcript.done(), "the answer did not wait for the transcript"
    await server_clock.wake(5)
    assert await session.transcript(turn) == "Hello."

    assert await answered(session, turn) == ["Hello!"]
    assert await heard(turn) == pcm(0.5, 3)
    assert house.told().count("response.create") == 1
    assert turn.finished


async def test_early_answer_that_still_comes_is_claimed_halfway(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock,
        turns=["Hello."],
        responses=[{"text": "Hello there.", "audio_ms": 100, "delta_delay": 1}],
    )
    turn = early_turn(session)
    await session.transcript(turn)
    answer = asyncio.create_task(answered(session, turn))
    for _ in range(4):
        await server_clock.wake(1)

    assert await answer == ["Hello there."]
    assert house.told().count("response.create") == 1


async def test_tools_of_an_early_answer_wait_for_its_claim(house: House):
    session = await house.session(turns=["Light on."], responses=[{"calls": [LIGHT]}, "Done."])
    turn = early_turn(session)
    await session.transcript(turn)
    await over(house, session)
    tools = Tools()
    assert tools.calls == []

    assert await answered(session, turn, tools=tools) == [
        "",
        "called HassTurnOn",
        "returned {'done': 'HassTurnOn'}",
        "Done.",
    ]
    assert len(tools.calls) == 1


TOOL = FunctionTool(name="HassTurnOn", description="Turns on.", parameters={"type": "object", "properties": {}})


@pytest.mark.parametrize(
    "change",
    [{"instructions": "Be brief."}, {"tools": (TOOL,)}, {"modality": Modality.TEXT}],
    ids=["instructions", "tools", "modality"],
)
@pytest.mark.parametrize("moment", ["over", "running"])
async def test_early_answer_on_other_terms_than_the_claims_is_made_again_and_the_first_one_counts(
    house: House, change: dict[str, object], moment: str
):
    server_clock = ServerClock()
    first = {"text": "Wrong.", "usage": USAGE, "delta_delay": 1 if moment == "running" else 0}
    session = await house.session(
        server_clock=server_clock,
        turns=["Hello."],
        responses=[first, {"text": "Right.", "audio": base64_pcm(0.5, 4), "usage": USAGE}],
    )
    turn = early_turn(session)
    await session.transcript(turn)
    if moment == "over":
        await over(house, session)
    else:
        await house.server.wait_received("response.create")
        await asyncio.sleep(0)
    session.configure(replace(CONFIG, **change))

    assert await answered(session, turn) == ["Right."]
    assert await heard(turn) == (b"" if "modality" in change else pcm(0.5, 4))
    assert house.conversation() == ["user: Hello.", "assistant: Right."]
    assert house.errors() == []
    assert turn.usage.output.text == 8, "what was thrown away was paid for"
    assert len(house.server.connections) == 1


async def test_early_answer_that_did_not_know_what_another_stage_said_is_made_again(house: House):
    session = await house.session(turns=["Thank you."], responses=["For what?", "You are welcome."])
    turn = early_turn(session)
    await session.transcript(turn)
    await over(house, session)

    assert await answered(session, turn, LOCAL) == ["You are welcome."]
    assert house.conversation() == [
        "user: Light on.",
        "assistant: Turned on the light.",
        "user: Thank you.",
        "assistant: You are welcome.",
    ]
    assert house.errors() == []


async def test_early_answer_knows_what_was_settled_before_it(house: House):
    session = await house.session(turns=["Thank you."], responses=["You are welcome."])
    session.prepare()
    await house.server.wait_received("session.update")
    session.settle(LOCAL)
    session.settle(LOCAL)
    turn = early_turn(session)
    await session.transcript(turn)

    assert await answered(session, turn, LOCAL) == ["You are welcome."]
    assert house.told() == [
        "session.update",
        "user: Light on.",
        "assistant: Turned on the light.",
        "commit 24000 bytes",
        "response.create",
    ]


async def test_history_that_was_changed_is_settled_on_a_new_socket(house: House):
    session = await house.session(turns=["Thank you."], responses=["You are welcome."])
    session.remember([UserMessage("Something else.")])
    session.prepare()
    await house.server.wait_received("conversation.item.create")

    session.settle(LOCAL)
    turn = early_turn(session)
    await session.transcript(turn)

    assert await answered(session, turn, LOCAL) == ["You are welcome."]
    assert house.conversation(1)[:2] == ["user: Light on.", "assistant: Turned on the light."]


@pytest.mark.parametrize("moment", ["running", "over"])
async def test_early_answer_that_nobody_claims_leaves_nothing_but_its_cost(house: House, moment: str):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock,
        turns=["Light on.", "Hello."],
        responses=[
            {"text": "Which light?", "usage": USAGE, "delta_delay": 1 if moment == "running" else 0},
            "Hello!",
        ],
    )
    turn = early_turn(session)
    await session.transcript(turn)
    if moment == "over":
        await over(house, session)
    ended: list[Turn] = []
    turn.on_finished(ended.append)
    session.take_back(turn)
    session.take_back(turn)
    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await heard(turn)

    turn = spoken_turn(session, seed=2)
    await session.transcript(turn)
    assert await answered(session, turn, LOCAL) == ["Hello!"]

    [unclaimed] = ended
    assert unclaimed.usage.output.audio == 6
    assert house.conversation() == [
        "user: Light on.",
        "assistant: Turned on the light.",
        "user: Hello.",
        "assistant: Hello!",
    ]
    assert house.errors() == []
    assert len(house.server.connections) == 1


async def test_turn_that_is_taken_back_before_its_item_is_known_is_taken_out_once(house: House):
    slow = {"after": "input_audio_buffer.committed", "action": "stall", "seconds": 2}
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock,
        connections=[{"faults": [slow]}],
        turns=["Light on.", "Hello."],
        responses=["Which light?", "Hello!"],
    )
    turn = early_turn(session)
    await house.server.wait_received("input_audio_buffer.commit")
    session.take_back(turn)
    await server_clock.wake(2)
    await session._responses.wait_over()

    assert await answered(session, session.begin_turn(text="Hello.")) == ["Hello!"]
    assert "user: input_audio" not in house.conversation()
    assert sorted(deleted(house)) == sorted(set(deleted(house)))
    assert "item_delete_invalid_item_id" not in house.errors()


async def test_early_answer_that_was_made_again_is_no_part_of_what_is_cut_short(house: House, clock: ManualClock):
    session = await house.session(
        clock=clock,
        turns=["Light on."],
        responses=[{"calls": [LIGHT]}, {"text": "It was a dark night.", "audio": base64_pcm(3, 1)}, "Yes?"],
    )
    turn = early_turn(session)
    await session.transcript(turn)
    await over(house, session)
    session.configure(replace(CONFIG, instructions="Tell stories."))
    await answered(session, turn)
    await heard(turn)
    clock.advance(1)

    assert await answered(session, session.begin_turn(text="Stop.")) == ["Yes?"]
    assert house.errors() == []
    assert house.told().count("conversation.item.truncate") == 1


async def test_end_of_an_unclaimed_turn_is_told_when_its_cost_is_known(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock,
        turns=["Light on."],
        responses=[{"text": "Which light?", "usage": USAGE, "created_delay": 60}],
        connections=[{"faults": [{"after": "response.done", "action": "stall", "seconds": 2}]}],
    )
    turn = early_turn(session)
    await session.transcript(turn)
    ended: list[Turn] = []
    turn.on_finished(ended.append)
    session.take_back(turn)
    await house.server.wait_received("response.cancel")
    assert (turn.finished, ended) == (True, [])

    await server_clock.wake(2)
    await house.server.wait_received("conversation.item.delete")
    assert ended == [turn]
    turn.on_finished(ended.append)
    assert ended == [turn, turn], "whoever asks later is told at once"


async def test_next_turn_may_speak_while_the_unclaimed_answer_is_taken_back_and_its_own_one_waits(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock,
        turns=["Light on.", "Hello."],
        responses=[{"text": "Which light?", "delta_delay": 1}, "Hello!"],
        connections=[{"faults": [{"after": "response.done", "action": "omit"}]}],
    )
    turn = early_turn(session)
    await session.transcript(turn)
    turn = early_turn(session, seed=2)
    await session.transcript(turn)
    assert house.told()[-2:] == ["response.cancel by id", "commit 24000 bytes"]

    await end_response(house)
    assert await answered(session, turn) == ["Hello!"]
    assert house.told()[-3:] == ["conversation.item.delete", "conversation.item.delete", "response.create"]
    assert house.conversation() == ["user: Hello.", "assistant: Hello!"]
    assert house.errors() == []


async def test_server_that_does_not_end_a_cancelled_answer_is_left(house: House, clock: ManualClock):
    server_clock = ServerClock()
    endless = {"text": "Which light?", "delta_delay": 1, "faults": [{"after": "response.done", "action": "omit"}]}
    session = await house.session(
        clock=clock, server_clock=server_clock, turns=["Light on.", "Hello."], responses=[endless, "Hello!"]
    )
    turn = early_turn(session)
    await session.transcript(turn)
    ended: list[Turn] = []
    turn.on_finished(ended.append)
    turn = session.begin_turn(text="Hello.")
    answer = asyncio.create_task(answered(session, turn))
    await house.server.wait_received("response.cancel")
    assert ended == []
    clock.advance(CANCEL_SECONDS)

    assert await answer == ["Hello!"]
    assert len(ended) == 1
    assert house.told(1) == ["session.update", "user: Hello.", "response.create"]


async def test_early_answer_whose_socket_breaks_is_asked_for_again_at_the_claim(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock,
        turns=[{"never": True}, "Hello."],
        responses=[{"text": "Hel", "delta_delay": 1}, {"text": "Hello!", "audio": base64_pcm(0.5, 4)}],
    )
    turn = early_turn(session)
    transcript = asyncio.create_task(session.transcript(turn))
    await house.server.wait_received("response.create")
    for _ in range(50):
        await asyncio.sleep(0)
    house.server.drop_connection()
    await links_ended()
    assert await transcript == "Hello."
    assert house.told(1) == ["session.update", "commit 24000 bytes"]

    assert await answered(session, turn) == ["Hello!"]
    assert await heard(turn) == pcm(0.5, 4)


async def test_early_answer_is_asked_for_as_soon_as_there_is_a_socket(house: House):
    server_clock = ServerClock()
    session = await house.session(
        server_clock=server_clock, connections=[{"upgrade_delay": 5}], turns=["Hello."], responses=["Hello!"]
    )
    turn = early_turn(session)
    await server_clock.wake(5)
    await over(house, session)
    assert house.told() == ["session.update", "commit 24000 bytes", "response.create"]

    await session.transcript(turn)
    assert await answered(session, turn) == ["Hello!"]


async def test_early_answer_that_fails_before_its_claim_is_asked_for_once_more(house: House):
    failed = {"status": "failed", "error": {"code": "server_error"}}
    session = await house.session(turns=["Hello."], responses=[failed, "Hello!"])
    turn = early_turn(session)
    await session.transcript(turn)
    await over(house, session)

    assert await answered(session, turn) == ["Hello!"]


async def test_answer_that_the_server_gives_when_nobody_is_there_is_taken_out(house: House):
    # The server has not begun it, so it would refuse to cancel it.
    session = await house.session(
        responses=["Hello!"], connections=[{"faults": [{"after": "error", "action": "omit"}]}]
    )
    session.prepare()
    await house.server.wait_received("session.update")
    stray = {"id": "resp_stray", "object": "realtime.response"}
    await house.server.send({"type": "response.created", "response": stray})
    cancel = await house.server.wait_received("response.cancel")
    item = {"id": "item_stray", "type": "message", "role": "assistant", "content": []}
    await house.server.send(
        {"type": "response.output_item.added", "response_id": "resp_stray", "output_index": 0, "item": item}
    )
    done = {**stray, "status": "cancelled", "usage": USAGE}
    await house.server.send({"type": "response.done", "response": done})
    delete = await house.server.wait_received("conversation.item.delete")

    assert (cancel["response_id"], delete["item_id"]) == ("resp_stray", "item_stray")
    assert [usage.output.audio for usage in house.used_beside] == [6]
    assert await answered(session, session.begin_turn(text="Hello.")) == ["Hello!"]


async def test_events_of_an_answer_come_in_the_order_of_what_is_heard(house: House):
    session = await house.session(
        responses=[
            {"output": [{"text": "Let me see.", "phase": "commentary"}, LIGHT]},
            {"text": "Done.", "phase": "final_answer"},
        ]
    )
    async with aclosing(session.answer(session.begin_turn(text="Light"), (), Tools())) as events:
        kinds = [type(event) async for event in events if not isinstance(event, TextDelta)]

    assert kinds[:3] == [MessageStarted, AudioStarted, ToolCalled]
    assert kinds.count(AudioStarted) == 1


async def test_preamble_and_answer_of_one_response_are_messages_of_their_own(house: House):
    both = [{"text": "Let me see.", "phase": "commentary"}, {"text": "It is noon.", "phase": "final_answer"}]
    session = await house.session(responses=[{"output": both}])

    assert await answered(session, session.begin_turn(text="What time is it?")) == ["Let me see.", "It is noon."]


@pytest.mark.parametrize("missing", ["cancels", "deletes_items"])
async def test_server_that_cannot_take_an_answer_back_is_not_asked_early(house: House, missing: str):
    session = await house.session(turns=["Hello."], responses=["Hello!"])
    session.prepare()
    await house.server.wait_received("session.update")
    protocol = session._uplink.usable.protocol
    protocol._dialect = replace(protocol.dialect, **{missing: False})
    turn = early_turn(session)
    await session.transcript(turn)
    assert house.told()[-1] == "commit 24000 bytes"

    assert await answered(session, turn) == ["Hello!"]


async def test_turn_that_cannot_be_deleted_costs_its_socket(house: House):
    session = await house.session(turns=["Light on.", "Hello."], responses=["Hello!"])
    session.prepare()
    await house.server.wait_received("session.update")
    protocol = session._uplink.usable.protocol
    protocol._dialect = replace(protocol.dialect, deletes_items=False)
    turn = spoken_turn(session)
    await session.transcript(turn)
    session.take_back(turn)

    assert await answered(session, session.begin_turn(text="Hello.")) == ["Hello!"]
    assert house.conversation(1) == ["user: Hello.", "assistant: Hello!"]
