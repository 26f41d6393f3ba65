"""Another agent answers where no model can, within one conversation, and never after a tool has started."""

import asyncio
from typing import Any

from homeassistant.components import conversation
from homeassistant.components.conversation import AssistantContent, UserContent
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import Context, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.realtime_assist.const import CONF_FALLBACK_AGENT, CONF_FALLBACK_MODELS, EVENT_FALLBACK
from custom_components.realtime_assist.insight import Rung
from local_server.wire import RealtimeServer, scenario_from_dict

from .fallback_engines import LOCAL_AGENT, OldAgent, add_local_agent
from .house import RECOMMENDED, Agent
from .remembered import recorded
from .script import LIGHT_ON, TURN_ON, chat_log, responses, script
from .voice import speak, write

QUESTION = "What is new?"
HOUSE = "conversation.home_assistant"
FAILED = {"status": "failed", "error": {"code": "server_error", "type": "server_error", "message": "No."}}
DOWN = {"connections": [{"refuse": "insufficient_quota"}] * 9}


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Have an agent at home stand in for the one model."""
    return {**RECOMMENDED, CONF_FALLBACK_MODELS: [], CONF_FALLBACK_AGENT: LOCAL_AGENT}


def records(agent: Agent) -> list[Any]:
    """Return what is remembered of the agent's turns."""
    return list(agent.coordinator.turn_log.ledger.records)


FAILURES = {
    "bad key": ({"connections": [{"refuse": "invalid_api_key"}]}, "invalid_api_key"),
    "no credit": ({"connections": [{"refuse": "credit_balance_exhausted"}]}, "credit_balance_exhausted"),
    "no such model": ({"models": {"gpt-realtime-2.1": "model_not_found"}}, "model_not_found"),
    "too busy": ({"models": {"gpt-realtime-2.1": 429}}, "http_429"),
    "it fails twice": ({"responses": [FAILED, FAILED]}, "server_error"),
}


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [pytest.param(scenario_from_dict(described), reason, id=name) for name, (described, reason) in FAILURES.items()],
)
async def test_the_fallback_agent_answers_in_place_of_the_model(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, reason: str
) -> None:
    """Its answer is the conversation's, the user's words are there once, and automations are told of the step."""
    at_home = await add_local_agent(hass)
    told = async_capture_events(hass, EVENT_FALLBACK)

    run = await write(hass, agent.pipeline_id, QUESTION)

    assert (run.speech, run.response_type) == ("I am at home.", "action_done")
    assert [type(entry) for entry in chat_log(hass, run.conversation_id)] == [UserContent, AssistantContent]
    assert [asked.text for asked in at_home.asked] == [QUESTION]
    [event] = told
    assert event.data == {
        "kind": "agent",
        "from": agent.conversation,
        "to": LOCAL_AGENT,
        "reason": reason,
        "conversation_id": run.conversation_id,
        "agent": agent.conversation,
    }
    [record] = records(agent)
    assert record.rung is Rung.FALLBACK_AGENT
    assert not record.cancelled


@script(**DOWN)
async def test_the_fallback_agent_knows_who_asks_and_where(hass: HomeAssistant, agent: Agent) -> None:
    """Device, satellite, language, context and extra prompt are handed on as they came."""
    at_home = await add_local_agent(hass)
    context = Context()

    result = await conversation.async_converse(
        hass,
        QUESTION,
        None,
        context,
        language="de",
        agent_id=agent.conversation,
        device_id="speaker",
        satellite_id="assist_satellite.kitchen",
        extra_system_prompt="Be brief.",
    )

    [asked] = at_home.asked
    assert asked.conversation_id == result.conversation_id
    assert (asked.context, asked.language) == (context, "de")
    assert (asked.device_id, asked.satellite_id) == ("speaker", "assist_satellite.kitchen")
    assert asked.extra_system_prompt == "Be brief."
    [record] = records(agent)
    assert (record.language, record.satellite) == ("de", "assist_satellite.kitchen")


@pytest.mark.parametrize("fails", ["raises", "has a bug", "answers with an error"])
@script(**DOWN)
async def test_a_fallback_agent_that_fails_leaves_the_reason_of_the_first_failure(
    hass: HomeAssistant, agent: Agent, fails: str
) -> None:
    """The user hears what is wrong with the voice service; of the failed try nothing stays in the conversation."""
    await add_local_agent(hass, "I have no idea.", fails=fails)
    told = async_capture_events(hass, EVENT_FALLBACK)

    run = await write(hass, agent.pipeline_id, QUESTION)

    sentence = "The account of the voice service is empty. Please add credit."
    assert (run.speech, run.response_type, run.continues) == (sentence, "error", False)
    assert [entry.content for entry in chat_log(hass, run.conversation_id)] == [QUESTION, sentence]
    assert told == []
    [record] = records(agent)
    assert record.rung is Rung.NONE


@script(**DOWN)
async def test_a_run_that_is_cancelled_meanwhile_is_counted_once(hass: HomeAssistant, agent: Agent) -> None:
    """Whoever walks away from the fallback agent has given up one turn; no step is told of."""
    at_home = await add_local_agent(hass, fails="never answers")
    told = async_capture_events(hass, EVENT_FALLBACK)
    task = asyncio.create_task(write(hass, agent.pipeline_id, QUESTION))
    await at_home.called.wait()
    task.cancel()
    await asyncio.wait([task])

    [record] = records(agent)
    assert record.cancelled
    assert told == []


@script(responses=[{"text": "One moment please.", "delta_delay": 60}])
async def test_an_answer_that_is_cancelled_is_counted_once(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Nothing takes the place of an answer that nobody waits for."""
    at_home = await add_local_agent(hass)
    task = asyncio.create_task(write(hass, agent.pipeline_id, QUESTION))
    await realtime_server.wait_received("response.create")
    task.cancel()
    await asyncio.wait([task])

    [record] = await recorded(agent)
    assert record.cancelled
    assert at_home.asked == []


@script(**DOWN)
async def test_a_fallback_agent_that_is_gone_is_as_one_that_fails(hass: HomeAssistant, agent: Agent) -> None:
    """An agent may have been removed since it was chosen."""
    run = await write(hass, agent.pipeline_id, QUESTION)
    assert run.speech == "The account of the voice service is empty. Please add credit."


UNDONE = {"name": TURN_ON, "arguments": {"name": "Garage door"}}
BROKEN_ACTIONS = {
    "done": ([LIGHT_ON], "The voice service broke off, but what I set out to do is done."),
    "half done": ([LIGHT_ON, UNDONE], "The voice service broke off: 1 of 2 actions were done."),
    "not done": ([UNDONE], "The voice service broke off: 0 of 1 actions were done."),
}


@pytest.mark.parametrize(
    ("scenario", "sentence"),
    [
        pytest.param(scenario_from_dict({"responses": [{"calls": calls}, FAILED, FAILED]}), sentence, id=name)
        for name, (calls, sentence) in BROKEN_ACTIONS.items()
    ],
)
async def test_after_a_tool_has_started_no_other_agent_is_asked(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, sentence: str
) -> None:
    """Nothing is done twice: a sentence says how much of it was done."""
    at_home = await add_local_agent(hass)

    run = await write(hass, agent.pipeline_id, "Turn on the kitchen light and the garage door.")

    assert at_home.asked == []
    assert (run.speech, run.response_type, run.continues) == (sentence, "error", False)
    assert chat_log(hass, run.conversation_id)[-1].content == sentence


@script(responses=[{"status": "incomplete", "reason": "content_filter", "text": ""}])
async def test_what_the_content_filter_stops_is_nobody_else_s_to_answer(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A sentence says so, and nothing is tried again."""
    at_home = await add_local_agent(hass)

    run = await write(hass, agent.pipeline_id, QUESTION)

    assert run.speech == "The voice service won't answer that. Please ask in other words."
    assert at_home.asked == []
    assert len(responses(realtime_server)) == 1


@script(responses=[{"text": "This is a long", "status": "incomplete", "reason": "max_output_tokens"}])
async def test_an_answer_that_is_cut_at_its_limit_is_kept(hass: HomeAssistant, agent: Agent) -> None:
    """Half an answer is better than another agent's."""
    at_home = await add_local_agent(hass)

    run = await write(hass, agent.pipeline_id, QUESTION)

    assert (run.speech, run.response_type) == ("This is a long", "action_done")
    assert at_home.asked == []


@script(connections=[{"refuse": "invalid_api_key"}] * 9)
async def test_a_refused_key_asks_for_another_and_the_house_goes_on(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """The server is asked once; reauthentication waits for the user meanwhile."""
    await add_local_agent(hass)

    run = await write(hass, agent.pipeline_id, QUESTION)
    await hass.async_block_till_done()

    assert run.speech == "I am at home."
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]
    assert {connection.model for connection in realtime_server.connections} == {"gpt-realtime-2.1"}


@pytest.fixture
def old_agent(agent_data: dict[str, Any]) -> MockConfigEntry:
    """Have an agent stand in that keeps no chat log."""
    entry = MockConfigEntry(entry_id="old")
    agent_data[CONF_FALLBACK_AGENT] = entry.entry_id
    return entry


@script(**DOWN)
async def test_an_agent_that_keeps_no_chat_log_is_written_down(
    old_agent: MockConfigEntry, hass: HomeAssistant, agent: Agent
) -> None:
    """What it says is in the conversation as if it had kept one."""
    old_agent.add_to_hass(hass)
    conversation.async_set_agent(hass, old_agent, OldAgent())

    result = await conversation.async_converse(hass, QUESTION, None, Context(), agent_id=agent.conversation)

    assert result.response.speech["plain"]["speech"] == "I am old."
    assert [entry.content for entry in chat_log(hass, result.conversation_id)] == [QUESTION, "I am old."]


@pytest.fixture
def ring(agent_data: dict[str, Any]) -> None:
    """Have the agent stand in for itself."""
    agent_data[CONF_FALLBACK_AGENT] = "conversation.realtime_assist"


@script(**DOWN)
async def test_a_chain_that_leads_back_ends(ring: None, hass: HomeAssistant, agent: Agent) -> None:
    """What the form refuses may still be in the store: no agent is asked twice."""
    assert agent.conversation == "conversation.realtime_assist"
    run = await write(hass, agent.pipeline_id, QUESTION)
    assert run.speech == "The account of the voice service is empty. Please add credit."


@script(**DOWN)
async def test_an_agent_at_home_that_asks_back_gets_no_answer(hass: HomeAssistant, agent: Agent) -> None:
    """A ring of two, one of which is not ours, ends as well."""
    at_home = await add_local_agent(hass)
    answers: list[conversation.ConversationResult] = []

    async def ask_back(
        user_input: conversation.ConversationInput, log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        answers.append(await conversation.async_converse(hass, QUESTION, None, Context(), agent_id=agent.conversation))
        return await type(at_home)._async_handle_message(at_home, user_input, log)

    at_home._async_handle_message = ask_back

    run = await write(hass, agent.pipeline_id, QUESTION)

    assert run.speech == "I am at home."
    [answer] = answers
    assert answer.response.speech["plain"]["speech"].startswith("None of my models can answer")


@script(responses=[FAILED, FAILED, "It is warm."], out_of_band=["I am at home."])
async def test_what_the_fallback_agent_said_is_told_to_the_model(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """When the model is back it knows the whole conversation."""
    await add_local_agent(hass)

    first = await write(hass, agent.pipeline_id, QUESTION)
    second = await write(hass, agent.pipeline_id, "And outside?", conversation_id=first.conversation_id)

    assert [first.speech, second.speech] == ["I am at home.", "It is warm."]
    conversation_there = [
        item.wire["content"][0].get("text") or item.wire["content"][0].get("transcript")
        for item in realtime_server.connections[-1].session.conversation
    ]
    assert conversation_there == [QUESTION, "I am at home.", "And outside?", "It is warm."]


@script(turns=[QUESTION], responses=[FAILED, FAILED], out_of_band=["I am at home."])
async def test_a_spoken_question_is_answered_by_the_fallback_agent(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What was heard is handed on as a text, in one turn."""
    await add_local_agent(hass)

    run = await speak(hass, agent.pipeline_id)

    assert (run.transcript, run.speech) == (QUESTION, "I am at home.")
    [record] = records(agent)
    assert record.rung is Rung.FALLBACK_AGENT
