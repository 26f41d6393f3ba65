"""What a new socket is told of a conversation that has gone on for a while."""

from custom_components.realtime_assist.realtime import (
    AssistantMessage,
    ConversationItem,
    FunctionCall,
    FunctionCallOutput,
    UserMessage,
)
from custom_components.realtime_assist.session.retelling import BIG_CHARACTERS, retold
from tests.session.house import House, answered


def turn(number: int, output: str) -> tuple[ConversationItem, ...]:
    """Return a turn with a tool call in it."""
    call_id = f"call_{number}"
    return (
        UserMessage(f"Question {number}"),
        FunctionCall(call_id=call_id, name="GetLiveContext", arguments="{}"),
        FunctionCallOutput(call_id=call_id, output=output),
        AssistantMessage(f"Answer {number}"),
    )


BIG, SMALL = "x" * (BIG_CHARACTERS + 1), "x" * BIG_CHARACTERS


def test_big_results_of_past_turns_are_left_out_with_their_calls() -> None:
    """What was said stays, and so does what the last two turns have found."""
    first, second, third = turn(1, BIG), turn(2, BIG), turn(3, BIG)
    assert retold((*first, *second, *third)) == (first[0], first[3], *second, *third)


def test_small_results_and_young_conversations_are_told_whole() -> None:
    """There is nothing to save."""
    for history in ((), turn(1, BIG), (*turn(1, BIG), *turn(2, BIG)), (*turn(1, SMALL), *turn(2, BIG), *turn(3, BIG))):
        assert retold(history) == history


async def test_a_new_socket_is_not_told_what_is_too_big(house: House) -> None:
    """The server is told each turn in its order, and nothing that it would refuse."""
    session = await house.session(responses=["Hello!"])
    await answered(session, session.begin_turn(text="Hello."), (*turn(1, BIG), *turn(2, SMALL), *turn(3, SMALL)))
    told = [line for line in house.told() if not line.startswith("output")]
    assert told[:5] == [
        "session.update",
        "user: Question 1",
        "assistant: Answer 1",
        "user: Question 2",
        "call GetLiveContext",
    ]
    assert house.errors() == []
