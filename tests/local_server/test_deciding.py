"""What is said about what the tools did and know, and about everything else."""

import pytest

from local_server.deciding import NOT_SEEN, decide

from .engine_house import FAILED, called, home_assistant, situation, understanding, user


def _answer(said, *, output=None):
    asked = decide(situation(user(said)), understanding())
    assert asked.calls
    runs = [
        item
        for at, call in enumerate(asked.calls)
        for item in called(call, home_assistant(call) if output is None else output, f"call_{at}")
    ]
    answered = decide(situation(user(said), *runs), understanding())
    assert answered.calls == ()
    return answered.text


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Turn on the bedroom light", "Turned on the bedroom light."),
        ("Turn on the kitchen light and the bedroom light", "Turned on the kitchen light and the bedroom light."),
        (
            "Turn on the kitchen light and turn off the bedroom fan",
            "Turned on the kitchen light and turned off the bedroom fan.",
        ),
        ("Turn off the lights in the bedroom", "Turned off the lights in the bedroom."),
        ("Turn off the lights on the ground floor", "Turned off the lights on the ground floor."),
        ("Lock the front door", "Locked the front door."),
        ("Open the blinds", "Opened the blinds."),
        ("Set the bedroom light to 40 percent", "Set the bedroom light to 40 percent."),
        ("Set the temperature to 21 degrees", "Set the temperature in the living room to 21 degrees."),
        ("Set a timer for one hour and five minutes", "Set a timer for 1 hour and 5 minutes."),
        ("Add milk to my shopping list", "Added milk to the shopping list."),
        ("Activate movie night", "Activated Movie night."),
        ("Vacuum the kitchen", "Started to clean the kitchen."),
        ("Run the good night script", "Started good night."),
    ],
)
def test_what_was_done_is_confirmed(said, answer):
    assert _answer(said) == answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("What is the bedroom temperature?", "The bedroom temperature is 19.5 degrees."),
        ("How warm is it in the bedroom?", "The temperature in the bedroom is 19.5 degrees."),
        ("What is the temperature in the kitchen?", "Sorry, I could not find a temperature there."),
        ("What is the thermostat set to?", "The thermostat is set to 21 degrees, and it is 20.5 degrees now."),
        ("Is the front door locked?", "Yes, the front door is locked."),
        ("Is the back door open?", "No, the back door is closed."),
        ("Which lights are on?", "The living room lamp is on."),
        ("How many lights are on?", "One of them is on: the living room lamp."),
        ("Are any lights on in the kitchen?", "No, none of them."),
        ("Are all the doors closed?", "Yes, all of them."),
        ("What's the weather like?", "It is sunny and 12.3 degrees outside."),
        ("What time is it?", "It is 6:04 PM."),
        ("What's the date today?", "Today is Sunday, November 22."),
        (
            "What's the bedroom temperature and turn on the kitchen light",
            "Turned on the kitchen light. The bedroom temperature is 19.5 degrees.",
        ),
    ],
)
def test_a_question_is_answered_from_what_the_tool_knows(said, answer):
    assert _answer(said) == answer


@pytest.mark.parametrize(
    "output",
    [
        FAILED,
        {"error": "ServiceValidationError", "error_text": "secret detail"},
        {"success": False},
        {"data": {"response_type": "error", "data": {"code": "no_valid_targets"}}, "error": False},
        {
            "data": {"response_type": "action_done", "data": {"success": [], "failed": [{"name": "Kitchen light"}]}},
            "error": False,
        },
        "Error: no such entity",
    ],
)
def test_what_a_tool_could_not_do_is_said(output):
    assert _answer("Turn on the kitchen light", output=output) == "Sorry, I could not turn on the kitchen light."


def test_a_question_that_the_tool_cannot_answer_is_owned_up_to():
    assert _answer("Is the front door locked?", output=FAILED) == "Sorry, I could not find that out."


def test_done_and_not_done_are_told_apart():
    said = user("Turn on the kitchen light and the bedroom light")
    first, second = decide(situation(said), understanding()).calls
    items = [*called(first, home_assistant(first)), *called(second, FAILED, "call_2")]
    answer = decide(situation(said, *items), understanding()).text
    assert answer == "Turned on the kitchen light. Sorry, I could not turn on the bedroom light."


@pytest.mark.parametrize(
    ("items", "answer"),
    [
        ([], "There is nothing on the shopping list."),
        ([{"summary": "milk"}, {"summary": "bread"}], "On the shopping list: milk and bread."),
    ],
)
def test_a_list_is_read_aloud(items, answer):
    assert _answer("What's on my shopping list?", output={"data": {"items": items}, "error": False}) == answer


def test_a_timers_rest_is_told():
    timers = [{"rounded_hours_left": 0, "rounded_minutes_left": 3, "rounded_seconds_left": 30}]
    output = {"data": {"speech_slots": {"timers": timers}, "response_type": "action_done"}, "error": False}
    assert (
        _answer("How much time is left on my timer?", output=output) == "The timer has 3 minutes and 30 seconds left."
    )


@pytest.mark.parametrize("role", ["user", "system"])
def test_a_text_to_be_read_aloud_is_returned_as_it_is(role):
    item = {
        "type": "message",
        "role": role,
        "content": [{"type": "input_text", "text": "Say exactly: Dinner's ready -- 19.5!"}],
    }
    assert decide(situation(item), understanding()).text == "Dinner's ready -- 19.5!"


def test_a_response_of_its_own_instructions_reads_aloud_as_well():
    assert decide(situation(instructions="Say exactly: Hello there."), understanding()).text == "Hello there."


def test_a_spoken_command_is_read_from_its_transcript():
    item = {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": "Turn on the kitchen light."}],
    }
    (call,) = decide(situation(item), understanding()).calls
    assert call.name == "intent__HassTurnOn"


def test_an_inaudible_command_is_asked_for_again():
    item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": ""}]}
    assert decide(situation(item), understanding()).text == "Sorry, I did not catch that."


def test_a_picture_is_owned_up_to_be_unseen():
    picture = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    assert decide(situation(user("What is in this picture?", picture)), understanding()).text == NOT_SEEN


def test_without_anything_said_it_greets():
    assert decide(situation(), understanding()).text == "Hello! What can I do for you?"


def test_without_tools_and_home_it_still_answers():
    assert decide(situation(user("Hello there"), instructions="", tools=[]), understanding()).text


@pytest.mark.parametrize(("said", "answer"), [("Thank you.", "You are welcome."), ("Never mind.", "Okay.")])
def test_politeness_is_returned(said, answer):
    assert decide(situation(user(said)), understanding()).text == answer
