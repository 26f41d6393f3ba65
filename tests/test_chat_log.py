"""The chat log is the truth about a conversation: what it tells the session, and what it keeps of a turn."""

import asyncio

from homeassistant.components.conversation import AssistantContent, ToolResultContent
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.const import CONF_LLM_HASS_API
from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from local_server.wire import RealtimeServer

from .house import Agent, change_agent
from .script import LIGHT_ON, TURN_ON, chat_log, held, received, script, words
from .test_conversation import say
from .test_llm_tools import Heat, Kitchen
from .voice import VoiceRun, speak

CALL_ID = "call_" + 50 * "7"


@script(responses=["Begun.", "It was raining."])
async def test_the_tools_of_another_agent_are_told(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Calls and results go along, under ids that the server takes, however long the other's are."""
    await say(hass, "Begin", agent.conversation, conversation_id="kitchen")
    log = hass.data[DATA_CHAT_LOGS]["kitchen"]
    call = llm.ToolInput(tool_name="weather", tool_args={"city": "London"}, id=CALL_ID, external=True)
    result = llm.ToolResult(data={"rain": True})
    log.async_add_assistant_content_without_tools(
        AssistantContent(agent_id="other", content="Wait.", tool_calls=[call])
    )
    log.async_add_assistant_content_without_tools(
        ToolResultContent(agent_id="other", tool_call_id=CALL_ID, tool_name="weather", result=result)
    )
    log.async_add_assistant_content_without_tools(AssistantContent(agent_id="other", content="Rain."))

    answer = await say(hass, "And before?", agent.conversation, conversation_id="kitchen")

    assert answer["response"]["speech"]["plain"]["speech"] == "It was raining."
    assert held(realtime_server) == [
        ("user", "Begin"),
        ("assistant", "Begun."),
        ("assistant", "Wait."),
        ("function_call", "weather"),
        ("function_call_output", '{"rain":true}'),
        ("assistant", "Rain."),
        ("user", "And before?"),
        ("assistant", "It was raining."),
    ]
    items = [event["item"] for event in received(realtime_server, "conversation.item.create")]
    [told] = [item for item in items if item["type"] == "function_call"]
    assert orjson.loads(told["arguments"]) == {"city": "London"}
    assert len(told["call_id"]) <= 32
    assert not [event for event in realtime_server.connections[0].sent if event["type"] == "error"]


@script(turns=["Turn it on."], responses=[{"calls": [LIGHT_ON]}, "It is on.", "Yes."])
async def test_a_conversation_is_rebuilt_from_the_chat_log(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A session that is gone takes nothing along: the next one is told words, calls and results."""
    run = await speak(hass, agent.pipeline_id)
    realtime_server.drop_connection()

    follow_up = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)

    assert follow_up.speech == "Yes."
    assert len(realtime_server.connections) == 2
    kinds = [kind for kind, _ in held(realtime_server)]
    assert kinds == ["user", "function_call", "function_call_output", "assistant", "user", "assistant"]
    assert words(realtime_server)[:2] == [("user", "Turn it on."), ("assistant", "It is on.")]


@pytest.fixture
async def cook(hass: HomeAssistant, agent: Agent, account: MockConfigEntry) -> tuple[Agent, Heat]:
    """Return the agent with an oven, and the oven."""
    oven = Heat()
    llm.async_register_api(hass, Kitchen(hass, oven))
    return await change_agent(hass, account, **{CONF_LLM_HASS_API: ["kitchen"]}), oven


@script(
    turns=["Heat it, and heat it again."],
    responses=[
        {"calls": [{"name": "heat", "arguments": {"way": way}} for way in ("well", "hang")]},
        "Fine.",
    ],
)
async def test_a_run_that_is_cancelled_among_its_tools_leaves_no_call_open(
    hass: HomeAssistant, cook: tuple[Agent, Heat], realtime_server: RealtimeServer
) -> None:
    """One tool has returned, the other still runs: both have a result, and the conversation goes on."""
    agent, oven = cook
    run = VoiceRun()
    task = asyncio.create_task(speak(hass, agent.pipeline_id, run=run, conversation_id="kitchen"))
    await run.until(lambda run: any("tool_result" in str(event.data) for event in run.events))
    task.cancel()
    await asyncio.wait([task])
    assert oven.ways == ["well", "hang"]

    follow_up = await speak(hass, agent.pipeline_id, conversation_id="kitchen")

    assert follow_up.speech == "Fine."
    chat_log(hass, "kitchen")
    assert not [event for event in realtime_server.connections[-1].sent if event["type"] == "error"]


@script(turns=["Turn on everything."], responses=[{"calls": [{"name": TURN_ON, "arguments": "{"}]}, "I misspoke."])
async def test_arguments_that_are_no_json_are_kept_as_none(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The chat log holds arguments as an object: what the model wrote instead is in the error that it is told."""
    run = await speak(hass, agent.pipeline_id)

    [call] = [
        call for entry in chat_log(hass, run.conversation_id) for call in getattr(entry, "tool_calls", None) or ()
    ]
    assert call.tool_args == {}
    assert run.speech == "I misspoke."
