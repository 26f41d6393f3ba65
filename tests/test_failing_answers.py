"""Answers that fail on the way: what of them is heard, what is said instead, and that the conversation goes on."""

from dataclasses import replace
from typing import Any

from homeassistant.components.conversation import ToolResultContent
from homeassistant.core import HomeAssistant
import pytest

from custom_components.realtime_assist.realtime import Limits
from local_server.wire import RealtimeServer, scenario_from_dict

from .house import ALONE, Agent
from .script import LIGHT_ON, chat_log, readings, responses, script, words
from .test_errors_spoken import SENTENCES, check_error, failed, read_aloud
from .voice import speak, write

CUT = {"after": "response.output_audio.delta", "count": 5, "action": "drop"}
FILTERED = {"text": "You", "audio_ms": 200, "status": "incomplete", "reason": "content_filter"}
# What the responses are, why they fail, and how many milliseconds of them are heard before the reason.
FAILURES: dict[str, tuple[list[dict[str, Any]], str, int]] = {
    "it fails twice": ([failed("server_error"), failed("server_error")], "server_fault", 0),
    "it is cancelled twice": ([{"status": "cancelled"}, {"status": "cancelled"}], "server_fault", 0),
    "it is filtered": ([FILTERED], "response_filtered", 200),
    "it breaks off": ([{"text": "It is", "audio_ms": 900, "faults": [CUT]}], "connection_lost", 500),
    "it fails half-way": ([{"text": "It is", "audio_ms": 900, **failed("server_error")}], "server_fault", 900),
}


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let nothing take the place of a model that fails."""
    return ALONE


@pytest.mark.parametrize(
    ("scenario", "reason", "milliseconds"),
    [
        pytest.param(
            scenario_from_dict(
                {"turns": ["Hello."], "responses": [*answers, "Fine."], "out_of_band": read_aloud(SENTENCES[reason])}
            ),
            *(reason, milliseconds),
            id=name,
        )
        for name, (answers, reason, milliseconds) in FAILURES.items()
    ],
)
async def test_an_answer_that_fails_is_explained(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, reason: str, milliseconds: int
) -> None:
    """The user hears what there is of it, and the reason in our voice; the conversation's next command is answered."""
    run = await speak(hass, agent.pipeline_id)

    check_error(hass, run, reason)
    assert readings(realtime_server) == [SENTENCES[reason]]
    assert run.streams is (milliseconds > 0)
    assert len(run.pcm) == (milliseconds + 100) * 16 * 2

    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Fine."
    assert not realtime_server.invalid


@script(turns=["Hello."], responses=[failed("insufficient_quota", "insufficient_quota"), "Fine."])
async def test_an_answer_that_nobody_pays_for_is_explained(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Nothing more is asked of an empty account for a while, not even to read the reason aloud."""
    run = await speak(hass, agent.pipeline_id)

    check_error(hass, run, "quota_exceeded")
    assert readings(realtime_server) == []

    agent.let_pause_end()
    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Fine."


@script(turns=["Hello."], responses=[failed("server_error"), "Hello there."])
async def test_one_failure_is_not_noticed(hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer) -> None:
    """A response of which nothing was heard is asked for once more."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "Hello there."
    assert len(responses(realtime_server)) == 2
    assert [entry.content for entry in chat_log(hass, run.conversation_id)] == ["Hello.", "Hello there."]


@script(
    turns=["Tell me more."],
    responses=[
        # So short that all of it is heard before the user goes on.
        {"text": "It is a long", "audio_ms": 1, "status": "incomplete", "reason": "max_output_tokens"},
        "Fine.",
    ],
)
async def test_an_answer_that_reaches_its_limit_is_kept(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What was said up to there is the answer."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "It is a long"
    assert run.response_type != "error"
    assert len(run.pcm) == 16 * 2

    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Fine."
    assert words(realtime_server)[1] == ("assistant", "It is a long")


@script(
    turns=["Turn on the kitchen light."],
    responses=[{"calls": [LIGHT_ON]}, failed("server_error"), failed("server_error"), "It is on already."],
    out_of_band=read_aloud("The voice service broke off, but what I set out to do is done."),
)
async def test_a_tool_that_ran_before_a_failure_is_remembered(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The light went on once, the user hears that the rest failed, and the next answer knows of both."""
    run = await speak(hass, agent.pipeline_id)

    assert run.response_type == "error"
    assert hass.states.get("input_boolean.kitchen_light").state == "on"
    results = [entry for entry in chat_log(hass, run.conversation_id) if isinstance(entry, ToolResultContent)]
    assert len(results) == 1

    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "It is on already."


SILENCES: dict[str, dict[str, Any]] = {
    "no greeting": {"faults": [{"after": "*", "action": "omit", "times": 0}]},
    "no response": {"faults": [{"after": "response.created", "action": "silence"}]},
    "no more of it": {"faults": [{"after": "response.output_item.added", "action": "silence"}]},
}


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(scenario_from_dict({"turns": ["Hello."], "responses": ["It is", "It is"], **silence}), id=name)
        for name, silence in SILENCES.items()
    ],
)
async def test_a_server_that_falls_silent_is_given_up(hass: HomeAssistant, agent: Agent) -> None:
    """The user waits for two time limits at most, and hears why there is no answer."""
    limits = agent.coordinator.limits
    agent.coordinator.limits = replace(limits, protocol=Limits(first_event=0.05, silence=0.05))

    run = await write(hass, agent.pipeline_id, "Hello")

    assert run.response_type == "error"
    assert run.speech == SENTENCES["server_silent"]


@script(turns=[{"never": True}, "Hello."], responses=["Fine."])
async def test_a_transcript_that_never_comes_ends_the_run(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The satellite is told, and the next command is heard on another socket."""
    agent.coordinator.limits = replace(agent.coordinator.limits, transcript=0.05)

    run = await speak(hass, agent.pipeline_id)
    assert run.error == "stt-stream-failed"

    agent.coordinator.limits = replace(agent.coordinator.limits, transcript=10)
    next_run = await speak(hass, agent.pipeline_id)
    assert next_run.speech == "Fine."
