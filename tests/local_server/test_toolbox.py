"""What a tool's schema makes of arguments."""

import pytest

from local_server.toolbox import Toolbox, fit, short_name

from .engine_house import toolbox


@pytest.mark.parametrize(
    ("schema", "value", "fitting"),
    [
        ({"type": "integer", "minimum": 0, "maximum": 100}, 40.0, 40),
        ({"type": "number"}, "21.5", 21.5),
        ({"type": "number"}, 22.0, 22),
        ({"type": "array", "items": {"type": "string"}}, "light", ["light"]),
        ({"anyOf": [{"type": "string", "enum": ["up", "down"]}, {"type": "integer"}]}, 10.0, 10),
        ({"allOf": [{"type": "integer"}, {"type": "number", "maximum": 100}]}, "60", 60),
    ],
)
def test_a_value_takes_the_type_that_the_schema_names(schema, value, fitting):
    assert fit(schema, value) == fitting


@pytest.mark.parametrize("name", ["HassTurnOn", "intent__HassTurnOn", "assist__intent__HassTurnOn"])
def test_a_tool_is_found_whatever_its_prefix(name):
    tools = Toolbox(
        tools=[{"type": "function", "name": name, "parameters": {"properties": {"name": {"type": "string"}}}}]
    )
    call = tools.call("HassTurnOn", {"name": "Lamp"})
    assert call is not None
    assert (call.name, call.arguments) == (name, {"name": "Lamp"})
    assert short_name(name) == "HassTurnOn"


def test_arguments_that_the_tool_does_not_know_or_admit_are_left_out():
    call = toolbox().call("HassLightSet", {"name": "Lamp", "domain": "cover", "brightness": 40.0, "mood": "good"})
    assert call is not None
    assert call.arguments == {"name": "Lamp", "brightness": 40}


def test_a_call_that_lacks_what_is_required_is_not_made():
    assert toolbox().call("HassSetPosition", {"name": "Blinds", "position": 140}) is None


def test_a_tool_that_was_not_offered_is_not_called():
    assert toolbox("HassTurnOn").call("HassTurnOn", {"name": "Lamp"}) is None
