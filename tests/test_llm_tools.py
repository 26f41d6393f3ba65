"""Home Assistant's LLM tools in a session: which are offered, what each call does, and how each failure is told."""

import asyncio
from dataclasses import replace
from typing import Any, override

from homeassistant.components.conversation import ToolResultContent
from homeassistant.const import CONF_LLM_HASS_API
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import llm
import orjson
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from local_server.wire import RealtimeServer, scenario_from_dict

from .house import Agent, change_agent, tool_name
from .script import TURN_ON, chat_log, received, responses, script
from .voice import VoiceRun, speak

LIVE_CONTEXT = {"name": tool_name("homeassistant", "GetLiveContext"), "arguments": {}}


def heat(way: str) -> dict[str, Any]:
    """Return a response that calls the oven."""
    return {"calls": [{"name": "heat", "arguments": {"way": way}}]}


class Heat(llm.Tool):
    """Heats an oven that fails in whatever way it is told to."""

    name = "heat"
    description = "Heats the oven."
    parameters = probatio.Schema({probatio.Required("way"): str})
    integration = "test"

    def __init__(self) -> None:
        self.ways: list[str] = []
        self.cooled = asyncio.Event()

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> llm.ToolResult:
        """Heat it, or fail."""
        way = self.parameters(tool_input.tool_args)["way"]
        self.ways.append(way)
        match way:
            case "refuse":
                raise HomeAssistantError("The oven is unplugged")
            case "break":
                raise ZeroDivisionError("The oven's own secret")
            case "hang":
                await self.cooled.wait()
            case "complain":
                return llm.ToolResult(data={"error": "TooHot"}, error=True)
            case "glow":
                return llm.ToolResult(data={"by": self, "at": {180}, "since": b"1", 7: "o'clock"})
        return llm.ToolResult(data={"degrees": 180})


class Kitchen(llm.API):
    """An LLM API with one tool."""

    def __init__(self, hass: HomeAssistant, tool: Heat) -> None:
        super().__init__(hass=hass, id="kitchen", name="Kitchen")
        self._tool = tool

    @override
    async def async_get_api_instance(self, llm_context: llm.LLMContext) -> llm.APIInstance:
        """Return the instance."""
        return llm.APIInstance(self, "You are in the kitchen.", llm_context, [self._tool])


@pytest.fixture
def oven(hass: HomeAssistant) -> Heat:
    """Return the tool of an LLM API that is offered."""
    tool = Heat()
    llm.async_register_api(hass, Kitchen(hass, tool))
    return tool


@pytest.fixture
async def cook(hass: HomeAssistant, agent: Agent, account: MockConfigEntry, oven: Heat) -> Agent:
    """Return the agent, set to the oven's LLM API."""
    return await change_agent(hass, account, **{CONF_LLM_HASS_API: ["kitchen"]})


def output(server: RealtimeServer, index: int = -1) -> Any:
    """Return what the model was told that a tool returned."""
    items = [event["item"] for event in received(server, "conversation.item.create")]
    outputs = [item["output"] for item in items if item["type"] == "function_call_output"]
    return orjson.loads(outputs[index])


def tool_results(hass: HomeAssistant, run: VoiceRun) -> list[llm.ToolResult]:
    """Return what the chat log holds of the tools."""
    return [entry.result for entry in chat_log(hass, run.conversation_id) if isinstance(entry, ToolResultContent)]


@script(turns=["Heat it."], responses=[heat("glow"), "It glows.", "It still does."])
async def test_what_no_json_knows_is_told_in_words(
    hass: HomeAssistant, cook: Agent, realtime_server: RealtimeServer, oven: Heat
) -> None:
    """The chat log holds what the model was told, and the conversation goes on from there."""
    run = await speak(hass, cook.pipeline_id)

    assert run.speech == "It glows."
    told = {"by": str(oven), "at": [180], "since": "b'1'", "7": "o'clock"}
    assert output(realtime_server) == told
    assert [result.data for result in tool_results(hass, run)] == [told]
    next_run = await speak(hass, cook.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "It still does."
    assert len(realtime_server.connections) == 1


@script(turns=["What is on?"], responses=[{"calls": [LIVE_CONTEXT]}, "Nothing."])
async def test_only_what_is_exposed_is_told(hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer) -> None:
    """The safe is in no prompt, tool or result that the server ever sees."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "Nothing."
    assert "Kitchen light" in output(realtime_server)["result"]
    sent = orjson.dumps([event for _, event in realtime_server.received]).decode()
    assert "Kitchen light" in sent
    assert "safe" not in sent.casefold()


@script(turns=["Open the safe."], responses=[{"calls": [{"name": TURN_ON, "arguments": {"name": "Safe"}}]}, "I can't."])
async def test_what_is_not_exposed_cannot_be_switched(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A model that guesses a name is told that nothing matches."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "I can't."
    assert hass.states.get("input_boolean.safe").state == "off"
    [result] = tool_results(hass, run)
    assert result.error
    assert output(realtime_server)["error"] == "MatchFailedError"


@script(turns=["Heat the oven."], responses=[heat("well"), "It heats."])
async def test_only_the_tools_of_the_chosen_api_are_offered(
    hass: HomeAssistant, cook: Agent, oven: Heat, realtime_server: RealtimeServer
) -> None:
    """An agent that is set to one LLM API has its tools, its prompt and none of another's, beside the end of a talk."""
    run = await speak(hass, cook.pipeline_id)

    assert run.speech == "It heats."
    assert oven.ways == ["well"]
    config = realtime_server.connections[-1].session.config
    tool, end = config["tools"]
    assert (tool["name"], end["name"]) == ("heat", "end_conversation")
    assert tool["description"] == "Heats the oven."
    assert tool["parameters"]["required"] == ["way"]
    assert tool["parameters"]["properties"]["way"]["type"] == "string"
    assert "You are in the kitchen." in config["instructions"]
    assert output(realtime_server) == {"degrees": 180}
    assert not realtime_server.invalid


NO_OBJECT = {"error": "InvalidArguments", "error_text": "The arguments are not a JSON object"}
FAILURES = {
    "it raises": (heat("refuse"), {"error": "HomeAssistantError", "error_text": "The oven is unplugged"}),
    "it has a bug": (heat("break"), {"error": "ZeroDivisionError", "error_text": "The tool failed unexpectedly"}),
    "it returns an error": (heat("complain"), {"error": "TooHot"}),
    "it is unknown": (
        {"calls": [{"name": "cool", "arguments": {}}]},
        {"error": "HomeAssistantError", "error_text": 'Tool "cool" not found'},
    ),
    "it gets no JSON": ({"calls": [{"name": "heat", "arguments": '{"way": '}]}, NO_OBJECT),
    "it gets a list": ({"calls": [{"name": "heat", "arguments": "[1]"}]}, NO_OBJECT),
    "it misses an argument": (
        {"calls": [{"name": "heat", "arguments": {}}]},
        {"error": "MultipleInvalid", "error_text": "required key not provided at 'way'"},
    ),
}


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        pytest.param(
            scenario_from_dict({"turns": ["Heat the oven."], "responses": [response, "Sorry.", "Fine."]}), told, id=name
        )
        for name, (response, told) in FAILURES.items()
    ],
)
async def test_a_tool_that_fails_is_explained_by_the_model(
    hass: HomeAssistant, cook: Agent, realtime_server: RealtimeServer, told: dict[str, Any]
) -> None:
    """The model hears what went wrong and says so; the user is not left with an error of ours."""
    run = await speak(hass, cook.pipeline_id)

    assert run.error is None
    assert run.speech == "Sorry."
    assert output(realtime_server) == told
    [result] = tool_results(hass, run)
    assert result.error
    assert result.data == told

    next_run = await speak(hass, cook.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Fine."
    assert len(realtime_server.connections) == 1


@script(turns=["Heat the oven."], responses=[heat("hang"), "It takes too long.", "Fine."])
async def test_a_tool_that_hangs_is_given_up(
    hass: HomeAssistant, cook: Agent, oven: Heat, realtime_server: RealtimeServer
) -> None:
    """The turn goes on without it, in time for the user."""
    cook.coordinator.limits = replace(cook.coordinator.limits, tool=0.01)

    run = await speak(hass, cook.pipeline_id)

    assert run.speech == "It takes too long."
    assert output(realtime_server) == {
        "error": "TimeoutError",
        "error_text": "The tool did not answer within 0.01 seconds",
    }
    [result] = tool_results(hass, run)
    assert result.error
    next_run = await speak(hass, cook.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Fine."


@script(
    turns=["Turn it on."],
    responses=[{"calls": [{"name": TURN_ON, "arguments": {"name": "Kitchen light"}}]}, "I have no tools."],
)
async def test_an_agent_without_an_api_runs_no_tool(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """A model that calls what it was not offered is told so."""
    talker = await change_agent(hass, account, **{CONF_LLM_HASS_API: []})

    run = await speak(hass, talker.pipeline_id)

    assert run.speech == "I have no tools."
    assert hass.states.get("input_boolean.kitchen_light").state == "off"
    assert output(realtime_server) == {"error": "ToolNotFound", "error_text": "No tools are available"}


@script(turns=["Heat it twice."], responses=[{"calls": [*heat("well")["calls"] * 2]}, "Both heat."])
async def test_calls_of_one_response_all_run_before_the_next(
    hass: HomeAssistant, cook: Agent, oven: Heat, realtime_server: RealtimeServer
) -> None:
    """Two calls are two runs of the tool, and the model is asked again once, with both results."""
    run = await speak(hass, cook.pipeline_id)

    assert run.speech == "Both heat."
    assert oven.ways == ["well", "well"]
    assert len(tool_results(hass, run)) == 2
    assert len(responses(realtime_server)) == 2


@script(
    turns=["Heat the oven.", "Again."],
    responses=[
        {"text": "One moment.", **heat("well")},
        {"text": "It heats.", **heat("well")},
        "It heats twice.",
        "Again it does.",
    ],
)
async def test_a_chain_of_calls_is_one_turn(
    hass: HomeAssistant, cook: Agent, oven: Heat, realtime_server: RealtimeServer
) -> None:
    """Words, a call, words, a call and the answer are kept in their order, for whoever reads the chat log."""
    run = await speak(hass, cook.pipeline_id)

    assert run.speech == "It heats twice."
    assert [getattr(entry, "content", "result") for entry in chat_log(hass, run.conversation_id)] == [
        "Heat the oven.",
        "One moment.",
        "result",
        "It heats.",
        "result",
        "It heats twice.",
    ]
    follow_up = await speak(hass, cook.pipeline_id, conversation_id=run.conversation_id)
    assert follow_up.speech == "Again it does."
    assert len(realtime_server.connections) == 1
