"""Which answers are asked for before the words are written down, and what becomes of those that nobody wants.

The server writes down what was said when its clock is moved on, so whatever it is asked before is asked early.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
import importlib
from typing import Any, override

from homeassistant.components import automation
from homeassistant.components.assist_pipeline import AudioSettings, PipelineEventType, PipelineStage
from homeassistant.components.assist_pipeline.pipeline import KEY_ASSIST_PIPELINE
from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.const import CONF_LLM_HASS_API, CONF_PROMPT
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import issue_registry as ir, llm
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.realtime_assist.const import CONF_ANSWER_ORDER, CONF_FOLLOW_UP, DOMAIN
from custom_components.realtime_assist.model_options import AnswerOrder, FollowUp
from local_server.wire import RealtimeServer, Scenario, scenario_from_dict

from .conftest import API_KEY
from .house import ALONE, Agent, change_agent
from .remembered import recorded
from .rooms import add_satellite
from .script import LIGHT_ON, received, responses, script, words
from .session.server_clock import ServerClock
from .voice import VoiceRun, make_pipeline, speak

WRITTEN_AFTER = 1.0
"""How long the server needs to write down what was said."""
HELLO = {"transcript": "Hello.", "delay": WRITTEN_AFTER}
DINNER = {"transcript": "When is dinner?", "delay": WRITTEN_AFTER}
LOCAL_ANSWER = "Dinner is at seven."
PROMPT = "You help {{ user_name or 'everybody' }}."


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Have every turn answered by the one model, with tools that are Home Assistant's alone."""
    return {**ALONE, CONF_PROMPT: PROMPT, CONF_FOLLOW_UP: FollowUp.NEVER}


@pytest.fixture
def clock() -> ServerClock:
    """Return the server's time."""
    return ServerClock()


@pytest.fixture
async def realtime_server(scenario: Scenario, clock: ServerClock) -> AsyncIterator[RealtimeServer]:
    """Run a Realtime server that is as slow as the test wants."""
    importlib.import_module("local_server.wire.wire_check")
    async with RealtimeServer(keys=(API_KEY,), scenario=scenario, clock=clock, validate=True) as server:
        yield server


class Watched(VoiceRun):
    """A run that remembers what had been asked for when its words were there."""

    def __init__(self, server: RealtimeServer) -> None:
        super().__init__()
        self._server = server
        self.asked_before_words: int | None = None

    @override
    def changed(self) -> None:
        if self.transcript is not None and self.asked_before_words is None:
            self.asked_before_words = len(responses(self._server))
        super().changed()


@dataclass(frozen=True, slots=True)
class Room:
    """Somebody speaks there, again and again."""

    hass: HomeAssistant
    agent: Agent
    account: MockConfigEntry
    server: RealtimeServer
    clock: ServerClock
    satellite: str
    """One whose room is known."""

    async def set(self, **data: Any) -> None:
        """Change what the agent is set to."""
        await change_agent(self.hass, self.account, **data)

    async def begin(self, run: VoiceRun | None = None, **how: Any) -> asyncio.Task[VoiceRun]:
        """Speak, and return the run when its answer has been asked for."""
        asked = len(responses(self.server))
        how = {"satellite": self.satellite, **how}
        task = asyncio.create_task(speak(self.hass, self.agent.pipeline_id, run=run or VoiceRun(), **how))
        async with asyncio.timeout(10):
            await self.server.wait_received("response.create", asked + 1)
        return task

    async def written(self, task: asyncio.Task[VoiceRun]) -> VoiceRun:
        """Let the server write down what was said, and return the run when it has ended."""
        async with asyncio.timeout(10):
            await self.clock.wake(WRITTEN_AFTER)
            return await task

    async def ask(self, *, early: bool, pipeline_id: str | None = None, **how: Any) -> Watched:
        """Speak, and return the run; fail unless its answer was asked for early, or was not."""
        run = Watched(self.server)
        asked = len(responses(self.server))
        how = {"satellite": self.satellite, **how}
        task = asyncio.create_task(speak(self.hass, pipeline_id or self.agent.pipeline_id, run=run, **how))
        async with asyncio.timeout(10):
            if early:
                await self.server.wait_received("response.create", asked + 1)
            await self.clock.wake(WRITTEN_AFTER)
            await task
        assert run.asked_before_words == asked + early
        return run


@pytest.fixture
def room(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer, clock: ServerClock
) -> Room:
    """Return a place to speak in."""
    return Room(hass, agent, account, realtime_server, clock, add_satellite(hass, "Kitchen"))


async def until_sent(server: RealtimeServer, event_type: str) -> None:
    """Return when the server has sent an event of a type."""
    for _ in range(1_000_000):
        if any(event["type"] == event_type for event in server.connections[0].sent):
            return
        await asyncio.sleep(0)
    pytest.fail(f"No {event_type} was sent")


def light(hass: HomeAssistant) -> str:
    """Return whether the kitchen light is on."""
    return hass.states.get("input_boolean.kitchen_light").state


def records(agent: Agent) -> list[Any]:
    """Return what is remembered of the turns."""
    return list(agent.coordinator.turn_log.ledger.records)


@script(turns=[HELLO], responses=["Hello there.", "Hello again."])
async def test_who_speaks_in_a_known_room_is_answered_early(room: Room, realtime_server: RealtimeServer) -> None:
    """Each answer is asked for once, and is spoken, remembered and counted as any other."""
    run = await room.ask(early=True)
    again = await room.ask(early=True, conversation_id=run.conversation_id)

    assert (run.speech, again.speech) == ("Hello there.", "Hello again.")
    assert run.audio
    assert again.audio
    assert len(responses(realtime_server)) == 2
    assert [role for role, _ in words(realtime_server)] == ["user", "assistant", "user", "assistant"]
    assert received(realtime_server, "conversation.item.create") == []
    assert [record.cancelled for record in records(room.agent)] == [False, False]
    assert all(record.satellite == room.satellite for record in records(room.agent))
    assert not realtime_server.invalid


@script(turns=[HELLO], responses=[{"calls": [LIGHT_ON]}, "It is on."])
async def test_a_tool_waits_for_its_turn_to_be_claimed(
    hass: HomeAssistant, room: Room, realtime_server: RealtimeServer
) -> None:
    """Nothing happens in the house before it is certain that our agent is asked."""
    task = await room.begin()
    await until_sent(realtime_server, "response.done")
    assert light(hass) == "off"

    run = await room.written(task)

    assert light(hass) == "on"
    assert run.speech == "It is on."
    assert len(responses(realtime_server)) == 2


@pytest.mark.parametrize("case", ["local intents", "no satellite", "no room", "safe"])
@script(turns=[{**HELLO, "transcript": "Tell me a story."}], responses=["Hello there."])
async def test_an_answer_waits_for_the_words_where_another_may_be_asked(
    hass: HomeAssistant, room: Room, case: str
) -> None:
    """Where Home Assistant may answer by itself, or the room is not known, nothing is asked for that may be in vain."""
    how: dict[str, Any] = {}
    match case:
        case "local intents":
            how["pipeline_id"] = await make_pipeline(
                hass,
                stt_engine=room.agent.stt,
                conversation_engine=room.agent.conversation,
                tts_engine=room.agent.tts,
                prefer_local_intents=True,
            )
        case "no satellite":
            how["satellite"] = None
        case "no room":
            how["satellite"] = add_satellite(hass, "Somewhere", placed=False)
        case "safe":
            await room.set(**{CONF_ANSWER_ORDER: AnswerOrder.SAFE})

    run = await room.ask(early=False, **how)

    assert run.speech == "Hello there."


@script(turns=[HELLO], responses=["Hello there."])
async def test_words_alone_never_cost_an_answer(room: Room, realtime_server: RealtimeServer) -> None:
    """However eager an agent is, a run that ends with the words is only listened to, and leaves nothing behind."""
    await room.set(**{CONF_ANSWER_ORDER: AnswerOrder.EAGER})

    run = await room.ask(early=False, end_stage=PipelineStage.STT)

    assert run.transcript == "Hello."
    await assert_only_written_down(room, realtime_server)


@script(turns=[HELLO], responses=["Hello there."])
async def test_another_mind_is_never_answered_for(
    hass: HomeAssistant, room: Room, realtime_server: RealtimeServer
) -> None:
    """However eager an agent is, its ears in front of another agent only listen."""
    await room.set(**{CONF_ANSWER_ORDER: AnswerOrder.EAGER})
    pipeline_id = await make_pipeline(
        hass, stt_engine=room.agent.stt, conversation_engine=HOME_ASSISTANT_AGENT, tts_engine=None
    )

    await room.ask(early=False, pipeline_id=pipeline_id, end_stage=PipelineStage.INTENT)

    await assert_only_written_down(room, realtime_server)


async def assert_only_written_down(room: Room, server: RealtimeServer) -> None:
    """Fail where more was paid for than a transcription, or anything is left of it."""
    await server.wait_received("conversation.item.delete")
    assert received(server, "response.create") == []
    [record] = records(room.agent)
    assert record.transcription is not None
    assert record.usage is None


@script(turns=[HELLO], responses=["Hello there."])
async def test_an_eager_agent_answers_early_from_anywhere(room: Room, realtime_server: RealtimeServer) -> None:
    """Without a satellite too; the answer is right as nothing depends on the room."""
    await room.set(**{CONF_ANSWER_ORDER: AnswerOrder.EAGER})

    run = await room.ask(early=True, satellite=None)

    assert run.speech == "Hello there."
    assert len(responses(realtime_server)) == 1


@script(turns=[{"transcript": "", "delay": WRITTEN_AFTER}], responses=["Hello there."])
async def test_silence_is_never_answered_early(room: Room, realtime_server: RealtimeServer) -> None:
    """Where Home Assistant has found no speech, the answer waits for words, and there are none."""
    silence = bytes(32_000 * 20)
    task = asyncio.create_task(
        speak(room.hass, room.agent.pipeline_id, pcm=silence, satellite=room.satellite, audio_settings=AudioSettings())
    )

    run = await room.written(task)

    assert run.error == "stt-no-text-recognized"
    assert run.data(PipelineEventType.STT_VAD_END) is not None
    assert received(realtime_server, "response.create") == []


class Unreadable(VoiceRun):
    """A run that Home Assistant tells nothing of."""

    def __init__(self, hass: HomeAssistant, pipeline_id: str) -> None:
        super().__init__()
        self._runs = hass.data[KEY_ASSIST_PIPELINE].pipeline_debug[pipeline_id]

    @override
    def changed(self) -> None:
        self._runs.clear()
        super().changed()


@script(turns=[HELLO], responses=["Hello there.", "Hello again.", "And again."])
async def test_an_eager_agent_answers_early_though_nothing_is_known_of_the_run(
    hass: HomeAssistant, room: Room, realtime_server: RealtimeServer
) -> None:
    """The house is told that this is a guess, until a run can be read again."""
    await room.set(**{CONF_ANSWER_ORDER: AnswerOrder.EAGER})
    await room.ask(early=True, satellite=None)
    issues = ir.async_get(hass)
    issue_id = f"order_unreadable_{room.agent.coordinator.subentry.subentry_id}"
    assert issues.async_get_issue(DOMAIN, issue_id) is None

    task = await room.begin(Unreadable(hass, room.agent.pipeline_id), satellite=None)
    run = await room.written(task)

    assert run.speech == "Hello again."
    assert len(responses(realtime_server)) == 2
    assert issues.async_get_issue(DOMAIN, issue_id) is not None

    await room.ask(early=True, satellite=None)
    assert issues.async_get_issue(DOMAIN, issue_id) is None


@pytest.fixture
async def dinner_bell(hass: HomeAssistant, agent: Agent) -> None:
    """Let an automation answer a sentence of its own."""
    rule = {
        "trigger": {"platform": "conversation", "command": "When is dinner"},
        "action": {"set_conversation_response": LOCAL_ANSWER},
    }
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: rule})
    await hass.async_block_till_done()


def in_vain(**answer: Any) -> Scenario:
    """Return a server that answers a question which an automation answers, and then another one."""
    said = {"text": "I do not know when dinner is.", "audio_ms": 500, **answer}
    return scenario_from_dict({"turns": [DINNER, HELLO], "responses": [said, "Hi."]})


@pytest.mark.usefixtures("dinner_bell")
@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(in_vain(), id="said"),
        pytest.param(in_vain(delay=60.0), id="thinking"),
        pytest.param(in_vain(created_delay=60.0), id="not begun"),
    ],
)
async def test_an_early_answer_that_an_automation_gives_is_taken_back(
    room: Room, realtime_server: RealtimeServer, clock: ServerClock
) -> None:
    """What the user hears is the automation's answer; the model learns of it, and of nothing that was not said."""
    run = await room.ask(early=True, end_stage=PipelineStage.INTENT)
    assert run.speech == LOCAL_ANSWER

    await clock.advance(60)
    follow_up = await room.ask(early=True, conversation_id=run.conversation_id, end_stage=PipelineStage.INTENT)

    assert follow_up.speech == "Hi."
    assert words(realtime_server) == [
        ("user", "When is dinner?"),
        ("assistant", LOCAL_ANSWER),
        ("user", "Hello."),
        ("assistant", "Hi."),
    ]
    assert len(realtime_server.connections) == 1
    assert len(records(room.agent)) == 2
    assert not realtime_server.invalid


@script(turns=[{"never": True}, HELLO], responses=["Never heard.", "Hi."])
async def test_a_run_that_is_cancelled_leaves_nothing(room: Room, realtime_server: RealtimeServer) -> None:
    """Both items of an early answer are deleted, and what it has cost is counted."""
    run = VoiceRun()
    task = await room.begin(run)
    await until_sent(realtime_server, "response.done")
    task.cancel()
    await asyncio.wait([task])

    async with asyncio.timeout(10):
        await realtime_server.wait_received("conversation.item.delete", 2)
    next_run = await room.ask(early=True, conversation_id=run.conversation_id)

    assert next_run.speech == "Hi."
    assert words(realtime_server) == [("user", "Hello."), ("assistant", "Hi.")]
    given_up, answered = records(room.agent)
    assert (given_up.cancelled, answered.cancelled) == (True, False)
    assert given_up.usage is not None


@script(turns=[{"never": True}, HELLO], responses=[{"text": "Never heard.", "delay": 60.0}, "Hi."])
async def test_a_run_that_is_cancelled_costs_no_more(room: Room, realtime_server: RealtimeServer) -> None:
    """The answer that is being made is cancelled by its id."""
    task = await room.begin()
    await until_sent(realtime_server, "response.created")
    task.cancel()
    await asyncio.wait([task])

    async with asyncio.timeout(10):
        await realtime_server.wait_received("conversation.item.delete")
    [cancel] = received(realtime_server, "response.cancel")
    [created] = [event for event in realtime_server.connections[0].sent if event["type"] == "response.created"]
    assert cancel["response_id"] == created["response"]["id"]
    assert words(realtime_server) == []


@script(
    turns=[
        {"error": {"code": "audio_unintelligible", "message": "No.", "type": "invalid_request_error"}, "delay": 1.0}
    ],
    responses=[{"text": "Never heard.", "delay": 60.0}],
)
async def test_what_an_answer_has_cost_whose_words_were_not_written_down_is_known(
    room: Room, realtime_server: RealtimeServer
) -> None:
    """The server tells it once the answer, which was asked for early, is cancelled."""
    task = await room.begin()
    await until_sent(realtime_server, "response.created")
    run = await room.written(task)
    assert run.error == "stt-stream-failed"
    [record] = await recorded(room.agent)
    assert record.usage is not None


class Errands(llm.API):
    """Tools that come and go."""

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(hass=hass, id="errands", name="Errands")
        self.names = ["go_shopping"]

    @override
    async def async_get_api_instance(self, llm_context: llm.LLMContext) -> llm.APIInstance:
        tools: list[llm.Tool] = [Errand(name) for name in self.names]
        return llm.APIInstance(api=self, api_prompt="Run errands.", llm_context=llm_context, tools=tools)


class Errand(llm.Tool):
    """A tool that does nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.description = name
        self.parameters = vol.Schema({})


@pytest.mark.parametrize("case", ["prompt", "user", "tools"])
@script(turns=[HELLO], responses=["Hello there.", "Hello, and more.", "A second answer.", "A third one."])
async def test_an_early_answer_to_another_question_is_made_again(
    hass: HomeAssistant, room: Room, realtime_server: RealtimeServer, case: str
) -> None:
    """What could not be foreseen is in the answer; until a foresight has come true again, none is asked for early."""
    errands = Errands(hass)
    llm.async_register_api(hass, errands)
    await room.set(**{CONF_LLM_HASS_API: ["assist", "errands"]})
    how: dict[str, Any] = {}
    match case:
        case "prompt":
            how["prompt"] = "Answer at length."
        case "user":
            how["context"] = Context(user_id=MockUser(name="Ada").add_to_hass(hass).id)
    task = await room.begin(**how)
    if case == "tools":
        errands.names.append("walk_the_dog")

    run = await room.written(task)

    assert run.speech == "Hello, and more."
    assert words(realtime_server) == [("user", "Hello."), ("assistant", "Hello, and more.")]
    assert len(responses(realtime_server)) == 2
    config = realtime_server.connections[0].session.config
    known = [config["instructions"], *(tool["name"] for tool in config["tools"])]
    unforeseen = {"prompt": "Answer at length.", "user": "You help Ada.", "tools": "walk_the_dog"}[case]
    assert any(unforeseen in text for text in known)
    [record] = records(room.agent)
    assert not record.cancelled

    second = await room.ask(early=False)
    third = await room.ask(early=True)
    assert (second.speech, third.speech) == ("A second answer.", "A third one.")
