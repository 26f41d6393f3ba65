"""How the server's conversation is kept what the history says."""

import asyncio
from contextlib import aclosing

import pytest

from custom_components.realtime_assist.realtime import (
    AssistantMessage,
    ConversationItem,
    FunctionCall,
    FunctionCallOutput,
    UserMessage,
)
from custom_components.realtime_assist.session import MessageStarted, TextDelta
from custom_components.realtime_assist.session.exceptions import QuotaExceeded, SessionExpired
from tests.session.house import House, answered, links_ended, spoken_turn
from tests.session.server_clock import ServerClock
from tests.session.tools import Tools

BEFORE: tuple[ConversationItem, ...] = (UserMessage("Good morning."), AssistantMessage("Good morning!"))
LOCAL: tuple[ConversationItem, ...] = (UserMessage("Light on."), AssistantMessage("Turned on the light."))


def lines(items: tuple[ConversationItem, ...]) -> list[str]:
    """Return messages as the server shows them."""
    return [
        f"{'user' if isinstance(item, UserMessage) else 'assistant'}: {item.text}"
        for item in items
        if isinstance(item, UserMessage | AssistantMessage)
    ]


async def test_new_socket_is_told_the_whole_history_in_its_order(house: House):
    history = (
        UserMessage("Light on."),
        AssistantMessage("Well, "),
        FunctionCall(call_id="call_1", name="HassTurnOn", arguments='{"name":"Lamp"}'),
        FunctionCallOutput(call_id="call_1", output='{"ok":true}'),
        AssistantMessage("Done."),
    )
    session = await house.session(responses=["Hello!"])

    await answered(session, session.begin_turn(text="Hello."), history)

    assert house.told() == [
        "session.update",
        "user: Light on.",
        "assistant: Well, ",
        "call HassTurnOn",
        'output {"ok":true}',
        "assistant: Done.",
        "user: Hello.",
        "response.create",
    ]
    assert house.errors() == []


async def test_history_that_is_known_is_not_told_again(house: House):
    session = await house.session(responses=["Hello!", "Fine."])
    await answered(session, session.begin_turn(text="Hello."), BEFORE)
    history = (*BEFORE, UserMessage("Hello."), AssistantMessage("Hello!"))
    session.remember(history)

    await answered(session, session.begin_turn(text="How are you?"), history)

    assert house.told()[-2:] == ["user: How are you?", "response.create"]
    assert house.conversation() == [*lines(history), "user: How are you?", "assistant: Fine."]


async def test_what_another_stage_answered_is_put_before_what_the_user_says_now(house: House):
    session = await house.session(turns=["Thank you."], responses=["You are welcome."])
    session.remember(BEFORE)
    turn = spoken_turn(session)
    await session.transcript(turn)

    await answered(session, turn, (*BEFORE, *LOCAL))

    assert house.told() == [
        "session.update",
        *lines(BEFORE),
        "commit 24000 bytes",
        *[f"{line} (inserted)" for line in lines(LOCAL)],
        "response.create",
    ]
    assert house.conversation() == [*lines((*BEFORE, *LOCAL)), "user: Thank you.", "assistant: You are welcome."]
    assert house.errors() == []


async def test_what_another_stage_answered_first_is_put_at_the_very_beginning(house: House):
    session = await house.session(turns=["Thank you."], responses=["You are welcome."])
    turn = spoken_turn(session)
    await session.transcript(turn)

    await answered(session, turn, LOCAL)

    assert house.conversation() == [*lines(LOCAL), "user: Thank you.", "assistant: You are welcome."]


async def test_what_another_stage_answered_stands_before_a_typed_turn(house: House):
    session = await house.session(responses=["You are welcome."])
    session.remember(BEFORE)
    session.prepare()
    await house.server.wait_received("session.update")

    await answered(session, session.begin_turn(text="Thank you."), (*BEFORE, *LOCAL))

    assert house.conversation() == [
        *lines((*BEFORE, *LOCAL)),
        "user: Thank you.",
        "assistant: You are welcome.",
    ]


async def test_order_holds_where_the_users_item_is_confirmed_only_later(house: House):
    server_clock = ServerClock()
    late = {"after": "input_audio_buffer.committed", "action": "stall", "seconds": 5}
    session = await house.session(
        server_clock=server_clock,
        connections=[{"faults": [late]}],
        turns=["Thank you."],
        responses=["Welcome.", "Bye."],
    )
    session.remember(BEFORE)
    turn = spoken_turn(session)
    await house.server.wait_received("input_audio_buffer.commit")
    answer = asyncio.create_task(answered(session, turn, (*BEFORE, *LOCAL)))
    await asyncio.sleep(0)
    await server_clock.wake(5)
    await answer
    history = (*BEFORE, *LOCAL, UserMessage("Thank you."), AssistantMessage("Welcome."))
    session.remember(history)

    await answered(session, session.begin_turn(text="Goodbye."), (*history, *LOCAL))

    assert house.conversation() == [*lines((*history, *LOCAL)), "user: Goodbye.", "assistant: Bye."]
    assert house.errors() == []


async def test_local_answers_between_two_spoken_turns_stand_in_their_order(house: House):
    session = await house.session(turns=["Light on.", "Thank you."], responses=["You are welcome."])
    turn = spoken_turn(session)
    await session.transcript(turn)
    turn = spoken_turn(session)
    await session.transcript(turn)

    await answered(session, turn, LOCAL)

    assert house.told()[2] == "conversation.item.delete", "what another stage answered is no open question"
    assert house.conversation() == [*lines(LOCAL), "user: Thank you.", "assistant: You are welcome."]


async def test_history_that_was_changed_is_told_to_a_new_socket(house: House):
    session = await house.session(turns=["Hello.", "Hello."], responses=["Hello!"])
    session.remember((*BEFORE, *LOCAL))
    turn = spoken_turn(session)
    await session.transcript(turn)

    assert await answered(session, turn, BEFORE) == ["Hello!"]
    assert house.told(1) == ["session.update", *lines(BEFORE), "commit 24000 bytes", "response.create"]
    assert house.conversation(1) == [*lines(BEFORE), "user: Hello.", "assistant: Hello!"]


async def test_history_after_a_tool_and_a_loss_is_inserted_in_its_place(house: House):
    session = await house.session(
        turns=["Light on."],
        responses=[{"calls": [{"name": "HassTurnOn"}]}, {"text": "Done."}, "Welcome."],
    )
    tools = Tools(wait=True)
    turn = spoken_turn(session)
    await session.transcript(turn)
    answer = asyncio.create_task(answered(session, turn, (), tools))
    await tools.began(1)
    house.server.drop_connection()
    await links_ended()
    tools.release.set()
    await answer
    told = (UserMessage("Light on."), AssistantMessage("Done."))
    session.remember(told)

    await answered(session, session.begin_turn(text="Thank you."), (*told, *LOCAL))

    assert house.conversation(1) == [
        "user: Light on.",
        "call HassTurnOn",
        'output {"done":"HassTurnOn"}',
        "assistant: Done.",
        *lines(LOCAL),
        "user: Thank you.",
        "assistant: Welcome.",
    ]


async def test_history_after_a_loss_and_a_failure_follows_what_was_told_last(house: House):
    failed = {"status": "failed", "error": {"code": "insufficient_quota"}}
    session = await house.session(
        turns=["Light on."], responses=[{"calls": [{"name": "HassTurnOn"}]}, failed, "Welcome."]
    )
    tools = Tools(wait=True)
    turn = spoken_turn(session)
    await session.transcript(turn)
    answer = asyncio.create_task(answered(session, turn, (), tools))
    await tools.began(1)
    house.server.drop_connection()
    await links_ended()
    tools.release.set()
    with pytest.raises(QuotaExceeded):
        await answer
    told = (UserMessage("Light on."),)
    session.remember(told)

    await answered(session, session.begin_turn(text="Thank you."), (*told, *LOCAL))

    assert house.conversation(1) == [
        "user: Light on.",
        "call HassTurnOn",
        'output {"done":"HassTurnOn"}',
        *lines(LOCAL),
        "user: Thank you.",
        "assistant: Welcome.",
    ]


async def test_socket_that_is_left_has_no_say_in_the_next_one(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, responses=[{"text": "Hello!", "created_delay": 5}])
    session.remember(LOCAL)
    turn = session.begin_turn()
    await house.server.wait_received("session.update")
    # More than the network takes at once: what is left to send keeps the socket open for a while.
    house.server.connections[0].socket.transport.pause_reading()
    for _ in range(2):
        session.append(turn, bytes(5_000_000))
        await asyncio.sleep(0)
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Hello."), BEFORE))
    await house.server.wait_received("response.create")
    place = {"response_id": "resp_old", "item_id": "item_old", "output_index": 0, "content_index": 0}
    await house.server.send({"type": "response.created", "response": {"id": "resp_old"}}, connection=0)
    delta = {"type": "response.output_audio_transcript.delta", **place, "delta": "From the grave. "}
    await house.server.send(delta, connection=0)
    await server_clock.wake(5)

    assert await answer == ["Hello!"]


async def test_socket_that_expires_while_idle_is_replaced_by_the_next_turn(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, responses=["Good morning!", "Hello!"])
    await answered(session, session.begin_turn(text="Good morning."))
    session.remember(BEFORE)
    await server_clock.wake(3600)
    await links_ended()

    await answered(session, session.begin_turn(text="Hello."), BEFORE)

    assert house.told(1) == ["session.update", *lines(BEFORE), "user: Hello.", "response.create"]


async def test_socket_that_expires_amid_an_answer_ends_it_by_name(house: House):
    server_clock = ServerClock()
    slow = {"text": "It was a dark and stormy night.", "delta_delay": 1800}
    session = await house.session(server_clock=server_clock, responses=[slow])
    async with aclosing(session.answer(session.begin_turn(text="Tell me a story"), (), Tools())) as events:
        assert [await anext(events), await anext(events)] == [MessageStarted(), TextDelta("It")]
        await server_clock.wake(3600)

        with pytest.raises(SessionExpired) as raised:
            _ = [event async for event in events]
    assert not raised.value.next_model, "age is no fault of the model"
