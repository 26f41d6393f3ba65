"""How the functions that the model calls are run: once, under a limit, and always with an outcome that it hears."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import orjson
import pytest

from custom_components.realtime_assist.session import ToolCalled, ToolFailed, ToolOutcome
from custom_components.realtime_assist.session.exceptions import RequestRejected
from tests.session.house import PATIENT, House, answered
from tests.session.tools import Tools


def call(arguments: object = None, name: str = "HassTurnOn", **fields: object) -> dict[str, object]:
    """Return a response that calls a function."""
    return {"calls": [{"name": name, "arguments": {} if arguments is None else arguments, **fields}]}


async def told_output(house: House) -> dict[str, object]:
    """Return what the model was told of the call."""
    event = await house.server.wait_received("conversation.item.create", 2)
    assert event["item"]["type"] == "function_call_output"
    return orjson.loads(event["item"]["output"])


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(
            ToolFailed("ServiceNotFound", "There is no light"),
            {"error": "ServiceNotFound", "error_text": "There is no light"},
            id="said why",
        ),
        pytest.param(ToolFailed("Busy"), {"error": "Busy"}, id="said no more"),
        pytest.param(
            ValueError("secret"), {"error": "ValueError", "error_text": "The tool failed unexpectedly"}, id="unexpected"
        ),
        pytest.param(
            TimeoutError("its own"),
            {"error": "TimeoutError", "error_text": "The tool failed unexpectedly"},
            id="timed out by itself",
        ),
        pytest.param(
            asyncio.CancelledError(),
            {"error": "CancelledError", "error_text": "The tool was interrupted"},
            id="interrupted",
        ),
    ],
)
async def test_tool_that_fails_is_told_to_the_model_which_answers(
    house: House, error: BaseException, told: dict[str, str]
):
    session = await house.session(responses=[call(), "That did not work."])

    lines = await answered(session, session.begin_turn(text="Light"), tools=Tools({"HassTurnOn": error}))

    assert lines == ["", "called HassTurnOn", f"returned {told}", "That did not work."]
    assert await told_output(house) == told


async def test_tool_that_says_itself_that_it_failed_is_told_as_it_says(house: House):
    session = await house.session(responses=[call(), "That did not work."])
    outcome = ToolOutcome(data={"error": "no such room"}, error=True)

    await answered(session, session.begin_turn(text="Light"), tools=Tools({"HassTurnOn": outcome}))

    assert await told_output(house) == {"error": "no such room"}


async def test_unknown_tool_is_told_to_the_model(house: House):
    session = await house.session(responses=[call(name="UnknownTool"), "I cannot do that."])

    assert (await answered(session, session.begin_turn(text="Fly")))[-1] == "I cannot do that."
    assert (await told_output(house))["error"] == "ToolNotFound"


async def test_tool_that_hangs_is_stopped_and_the_turn_goes_on(house: House, caplog: pytest.LogCaptureFixture):
    session = await house.session(limits=replace(PATIENT, tool=0.05), responses=[call(), "It does not answer."])
    tools = Tools(wait=True)

    assert (await answered(session, session.begin_turn(text="Light"), tools=tools))[-1] == "It does not answer."
    assert tools.cancelled == ["HassTurnOn"]
    assert (await told_output(house))["error_text"] == "The tool did not answer within 0.05 seconds"
    assert "The tool HassTurnOn took longer than 0.05 seconds" in caplog.messages


@pytest.mark.parametrize("arguments", ["{not json", "[1, 2]", '"text"', "null"])
async def test_arguments_that_are_no_object_reach_no_tool_and_the_model_hears_it(house: House, arguments: str):
    session = await house.session(responses=[call(arguments), "Sorry."])
    tools = Tools()

    assert (await answered(session, session.begin_turn(text="Light"), tools=tools))[-1] == "Sorry."
    assert tools.calls == []
    assert (await told_output(house))["error"] == "InvalidArguments"


async def test_absent_arguments_are_none(house: House):
    session = await house.session(responses=[call(""), "Done."])
    tools = Tools()
    await answered(session, session.begin_turn(text="Light"), tools=tools)

    assert tools.calls == [("HassTurnOn", {})]


async def test_huge_result_arrives_whole(house: House):
    states = {f"light.lamp_{n}": "on" * 20 for n in range(20_000)}
    session = await house.session(responses=[call(), "Many lights."])

    lines = await answered(
        session, session.begin_turn(text="Lights?"), tools=Tools({"HassTurnOn": ToolOutcome(data=states)})
    )

    assert lines[-1] == "Many lights."
    assert await told_output(house) == states


async def test_result_of_types_that_json_lacks_is_told_as_text(house: House):
    session = await house.session(responses=[call(), "Done."])
    outcome = ToolOutcome(data={"at": Tools, "ok": True})

    await answered(session, session.begin_turn(text="Light"), tools=Tools({"HassTurnOn": outcome}))

    assert (await told_output(house))["ok"] is True


async def test_result_that_json_cannot_hold_is_a_failure_and_not_the_end(house: House):
    session = await house.session(responses=[call(), "Something is wrong."])
    endless: dict[str, object] = {}
    endless["self"] = endless
    outcome = ToolOutcome(data=endless)

    lines = await answered(session, session.begin_turn(text="Light"), tools=Tools({"HassTurnOn": outcome}))

    assert lines[-1] == "Something is wrong."
    assert (await told_output(house))["error_text"] == "The tool failed unexpectedly"


async def test_answer_that_is_abandoned_stops_its_tools(house: House):
    session = await house.session(responses=[call(), "Never said."])
    tools = Tools(wait=True)
    async with aclosing(session.answer(session.begin_turn(text="Light"), (), tools)) as events:
        async for event in events:
            if isinstance(event, ToolCalled):
                break
        await tools.started.wait()
    await tools.stopped.wait()

    assert tools.cancelled == ["HassTurnOn"]
    assert tools.finished == []


async def test_answer_whose_task_is_cancelled_stops_its_tools(house: House):
    session = await house.session(responses=[call(), "Never said."])
    tools = Tools(wait=True)
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Light"), tools=tools))
    await tools.started.wait()
    answer.cancel()
    await asyncio.wait([answer])
    await tools.stopped.wait()

    assert answer.cancelled()
    assert tools.cancelled == ["HassTurnOn"]


async def test_call_that_the_server_repeats_runs_once(house: House):
    twice = {**call(call_id="call_1"), "faults": [{"after": "response.output_item.done", "action": "duplicate"}]}
    session = await house.session(responses=[twice, "Done."])
    tools = Tools()

    assert (await answered(session, session.begin_turn(text="Light"), tools=tools))[-1] == "Done."
    assert len(tools.calls) == 1
    assert house.told()[-2:] == ['output {"done":"HassTurnOn"}', "response.create"]


async def test_call_that_was_cut_is_not_run(house: House):
    cut = {**call({"name": "Kitchen"}), "status": "incomplete", "reason": "max_output_tokens"}
    session = await house.session(responses=[cut])
    tools = Tools()

    with pytest.raises(RequestRejected, match=r"^max_output_tokens$"):
        await answered(session, session.begin_turn(text="Light"), tools=tools)
    assert tools.calls == []
