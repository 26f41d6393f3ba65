"""What sentences mean over the tools and names of one session."""

import pytest

from local_server.deciding import decide
from local_server.home import read_home

from .engine_house import assistant, short, situation, toolbox, understanding, user


def _calls(*said, tools=None):
    items = [item for text in said[:-1] for item in (user(text), assistant("Done."))]
    return short(decide(situation(*items, user(said[-1]), tools=tools), understanding()))


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("Turn on the kitchen light.", "HassTurnOn", {"name": "Kitchen light"}),
        ("Could you please switch off the reading lamp?", "HassTurnOff", {"name": "Reading lamp"}),
        ("Turn off the lights in the sleeping room", "HassTurnOff", {"area": "Bedroom", "domain": ["light"]}),
        ("Turn on the lights", "HassTurnOn", {"area": "Living Room", "domain": ["light"]}),
        ("Lock the front door", "HassTurnOn", {"name": "Front door"}),
        ("Unlock the front door", "HassTurnOff", {"name": "Front door"}),
        ("Close the garage door", "HassTurnOff", {"name": "Garage door"}),
        ("Stop the blinds", "HassStopMoving", {"name": "Blinds"}),
        ("Set the bedroom light to 40%", "HassLightSet", {"name": "Bedroom light", "brightness": 40}),
        ("Dim the bedroom light", "HassLightSet", {"name": "Bedroom light", "brightness": 30}),
        ("Set the living room lamp to red", "HassLightSet", {"name": "Living room lamp", "color": "red"}),
        (
            "Set the thermostat to 21.5 degrees",
            "HassClimateSetTemperature",
            {"name": "Thermostat", "temperature": 21.5},
        ),
        ("Set the blinds to 50 percent", "HassSetPosition", {"name": "Blinds", "position": 50}),
        ("Set the bedroom fan to 60 percent", "HassFanSetSpeed", {"name": "Bedroom fan", "percentage": 60}),
        (
            "Set the volume of the living room speaker to 30 percent",
            "HassSetVolume",
            {"name": "Living room speaker", "volume_level": 30},
        ),
        (
            "Put bread and butter on the shopping list",
            "HassListAddItem",
            {"item": "bread and butter", "name": "Shopping list"},
        ),
        ("What's on my shopping list?", "get_items", {"todo_list": "Shopping list"}),
        ("Set a timer for five minutes", "HassStartTimer", {"minutes": 5}),
        ("Good night", "good_night", {}),
        ("Activate movie night", "HassTurnOn", {"name": "Movie night"}),
        ("What is the bedroom temperature?", "GetLiveContext", {"name": "Bedroom temperature"}),
        ("What's the humidity outside?", "GetLiveContext", {"name": "Outside humidity"}),
        ("What's the weather like?", "GetLiveContext", {"domain": "weather"}),
        ("What time is it?", "GetDateTime", {}),
    ],
)
def test_a_sentence_becomes_the_call_that_it_means(said, tool, arguments):
    assert _calls(said) == [(tool, arguments)]


def test_two_names_become_two_calls():
    assert _calls("Turn on the kitchen light and the bedroom light") == [
        ("HassTurnOn", {"name": "Kitchen light"}),
        ("HassTurnOn", {"name": "Bedroom light"}),
    ]


def test_two_commands_become_two_calls():
    assert _calls("Turn off the lights and close the blinds") == [
        ("HassTurnOff", {"area": "Living Room", "domain": ["light"]}),
        ("HassTurnOff", {"name": "Blinds"}),
    ]


@pytest.mark.parametrize(
    ("before", "said", "calls"),
    [
        (["Turn on the kitchen light."], "And now turn it off again.", [("HassTurnOff", {"name": "Kitchen light"})]),
        (["Turn on the kitchen light."], "What about the bedroom?", [("HassTurnOn", {"name": "Bedroom light"})]),
        (["Turn off the kitchen light."], "And the living room lamp?", [("HassTurnOff", {"name": "Living room lamp"})]),
        (
            ["Turn on the bedroom light."],
            "Set it to 50 percent",
            [("HassLightSet", {"name": "Bedroom light", "brightness": 50})],
        ),
        (
            ["Turn on the living room lamp."],
            "Make it red",
            [("HassLightSet", {"name": "Living room lamp", "color": "red"})],
        ),
        (["Is the front door locked?"], "Unlock it please", [("HassTurnOff", {"name": "Front door"})]),
        (
            ["Turn on the kitchen light and the bedroom light"],
            "Turn them off again",
            [("HassTurnOff", {"name": "Kitchen light"}), ("HassTurnOff", {"name": "Bedroom light"})],
        ),
        (
            ["What is the temperature in the bedroom?"],
            "And what about the kitchen?",
            [("GetLiveContext", {"area": "Kitchen"})],
        ),
        (["Turn on the kitchen light.", "Turn it off."], "And back on", [("HassTurnOn", {"name": "Kitchen light"})]),
        (
            ["Add milk to the shopping list"],
            "And bread",
            [("HassListAddItem", {"item": "bread", "name": "Shopping list"})],
        ),
    ],
)
def test_a_follow_up_is_read_in_the_light_of_what_was_said_before(before, said, calls):
    assert _calls(*before, said) == calls


@pytest.mark.parametrize(
    "said",
    [
        "Tell me a joke",
        "Turn it off",
        "Turn on the coffee maker",
        "Turn down the heating",
        "The quick brown fox",
        "What about the bedroom?",
    ],
)
def test_what_is_not_understood_calls_nothing_and_apologizes(said):
    decision = decide(situation(user(said)), understanding())
    assert decision.calls == ()
    assert decision.text.startswith("Sorry")


def test_a_tool_that_was_not_offered_is_never_called():
    assert _calls("Turn on the kitchen light", tools=list(toolbox("HassTurnOn").tools)) == []


def test_questions_need_the_tool_that_answers_them():
    assert _calls("What time is it?", tools=list(toolbox("GetDateTime").tools)) == []


def test_names_come_from_this_session_alone():
    other = read_home("Static Context:\n- names: Night lamp\n  domain: light\n")
    assert understanding().meanings("Turn on the night lamp", other, toolbox())
    assert _calls("Turn on the night lamp") == []
    assert _calls("Turn on the kitchen light") == [("HassTurnOn", {"name": "Kitchen light"})]
