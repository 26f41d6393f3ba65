"""Items of a conversation: told to the wire, and read from it."""

from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    AssistantMessage,
    ConversationItem,
    FunctionCall,
    FunctionCallOutput,
    OutputItem,
    UserMessage,
)

from .server_messages import call_item, message_item

ARGUMENTS = '{  \n  "city": "Bergen" \n} \n'


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param(
            UserMessage("Hello"),
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
            id="user",
        ),
        pytest.param(
            AssistantMessage("Hi!"),
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi!"}]},
            id="assistant",
        ),
        pytest.param(
            FunctionCall(call_id="call_1", name="get_weather", arguments=ARGUMENTS),
            {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": ARGUMENTS},
            id="call",
        ),
        pytest.param(
            FunctionCallOutput(call_id="call_1", output='"fog"'),
            {"type": "function_call_output", "call_id": "call_1", "output": '"fog"'},
            id="output",
        ),
    ],
)
def test_an_item_is_told_in_the_shape_of_the_wire(item: ConversationItem, expected: dict[str, Any]):
    assert item.to_wire("item_1") == {"id": "item_1", **expected}


@pytest.mark.parametrize(
    "item",
    [
        UserMessage("secret"),
        AssistantMessage("secret"),
        FunctionCall(call_id="call_1", name="get_weather", arguments='{"a":"secret"}'),
        FunctionCallOutput(call_id="call_1", output="secret"),
    ],
)
def test_what_was_said_is_not_shown(item: ConversationItem):
    assert "secret" not in repr(item)


def test_a_call_is_read_and_told_back_as_the_model_wrote_it():
    read = OutputItem.from_wire(call_item(ARGUMENTS, "item_3"))
    assert read.function_call == FunctionCall(call_id="call_1", name="get_weather", arguments=ARGUMENTS)
    assert read.function_call.to_wire("item_3")["arguments"] == ARGUMENTS


def test_a_message_calls_nothing():
    item = OutputItem.from_wire(message_item("item_2", phase="final_answer"))
    assert item == OutputItem(id="item_2", type="message", status="completed", phase="final_answer")


def test_an_item_of_a_kind_that_nobody_knows_is_an_item():
    item = OutputItem.from_wire({"id": "item_4", "type": "daydream"})
    assert item == OutputItem(id="item_4", type="daydream")


@pytest.mark.parametrize("arguments", [None, ""])
def test_a_call_that_begins_has_no_arguments_yet(arguments: str | None):
    item = OutputItem.from_wire({**call_item(""), "arguments": arguments})
    assert item.function_call == FunctionCall(call_id="call_1", name="get_weather", arguments="")


@pytest.mark.parametrize("odd", [None, 7, [], {}])
def test_a_status_that_is_no_text_is_no_status(odd: Any):
    item = OutputItem.from_wire({**message_item(), "status": odd, "phase": odd})
    assert item.status is None
    assert item.phase is None


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"type": "message"}, id="no-id"),
        pytest.param({"id": "item_1"}, id="no-type"),
        pytest.param({"id": 7, "type": "message"}, id="odd-id"),
        pytest.param({"id": "item_1", "type": ["message"]}, id="odd-type"),
        pytest.param({**call_item("{}"), "call_id": None}, id="no-call-id"),
        pytest.param({**call_item("{}"), "name": None}, id="no-name"),
        pytest.param({**call_item("{}"), "arguments": {"city": "Bergen"}}, id="arguments-no-text"),
        pytest.param([], id="list"),
        pytest.param("message", id="text"),
        pytest.param(None, id="null"),
    ],
)
def test_a_malformed_item_is_refused(item: Any):
    with pytest.raises((KeyError, TypeError)):
        OutputItem.from_wire(item)
