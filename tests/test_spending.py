"""What an agent does when a budget is used up: from the next turn on, and no longer than that."""

from typing import Any

from homeassistant.components import conversation
from homeassistant.components.assist_pipeline import PipelineEventType
from homeassistant.core import Context, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.realtime_assist.const import (
    CONF_AT_LIMIT,
    CONF_BUDGET_DAY,
    CONF_ECONOMY_MODEL,
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_STT,
    CONF_FALLBACK_TTS,
    CONF_WARM_SPARE,
    EVENT_FALLBACK,
)
from custom_components.realtime_assist.insight import BudgetPeriod
from custom_components.realtime_assist.model_options import AgentOptions, recommended_options
from custom_components.realtime_assist.spending import economy_rungs
from local_server.wire import RealtimeServer

from .fallback_engines import (
    COMMAND,
    LOCAL_AGENT,
    LOCAL_PCM,
    LOCAL_STT,
    LOCAL_TTS,
    add_local_agent,
    add_local_stt,
    add_local_tts,
)
from .house import Agent, change_agent
from .script import readings, received, responses, script, words
from .test_budget import set_account
from .test_sensor import ANSWER
from .voice import VoiceRun, speak, write

MAIN, ECONOMY = "gpt-realtime-2.1", "gpt-realtime-2.1-mini"
USED_UP = "The budget of the voice service is used up. You can raise it in the settings."


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let the agent have nobody to fall back on but another model."""
    return {
        **recommended_options(),
        CONF_FALLBACK_AGENT: None,
        CONF_FALLBACK_MODELS: ["gpt-realtime-1.5"],
        CONF_WARM_SPARE: False,
    }


async def ask(hass: HomeAssistant, agent: Agent, text: str, conversation_id: str | None = None) -> tuple[str, str]:
    """Ask an agent; return the answer and the conversation."""
    result = await conversation.async_converse(
        hass, text, conversation_id, Context(), agent_id=agent.conversation, language="en"
    )
    await hass.async_block_till_done()
    return result.response.speech["plain"]["speech"], result.conversation_id


def asked_models(server: RealtimeServer) -> list[str]:
    """Return the models that were connected to, in order."""
    return [connection.model for connection in server.connections]


async def use_up(hass: HomeAssistant, account: MockConfigEntry, agent: Agent, action: str, **options: Any) -> None:
    """Use up the account's budget for the day by one turn, which the main model answers still."""
    await set_account(hass, account, **{CONF_BUDGET_DAY: 0.02, CONF_AT_LIMIT: action, **options})
    answer, _ = await ask(hass, agent, "Use it up.")
    assert answer == ANSWER["text"]


@script(responses=[ANSWER], repeat=True)
async def test_who_only_wants_to_be_told_is_answered_as_ever(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """By the main model."""
    await use_up(hass, account, agent, "tell")
    await ask(hass, agent, "And again?")
    assert asked_models(realtime_server) == [MAIN, MAIN]


@script(responses=[ANSWER], repeat=True)
async def test_the_economy_model_answers_from_the_next_turn_on(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Within the conversation, of which it knows everything; the main model is back as soon as there is money."""
    await set_account(hass, account, **{CONF_BUDGET_DAY: 0.02, CONF_AT_LIMIT: "economy"})
    _, conversation_id = await ask(hass, agent, "First?")
    await ask(hass, agent, "Second?", conversation_id)
    assert asked_models(realtime_server) == [MAIN, ECONOMY]
    said = ANSWER["text"]
    assert words(realtime_server) == [
        ("user", "First?"),
        ("assistant", said),
        ("user", "Second?"),
        ("assistant", said),
    ]
    # It stays for as long as nothing changes.
    await ask(hass, agent, "Third?", conversation_id)
    assert len(realtime_server.connections) == 2
    await set_account(hass, account, **{CONF_BUDGET_DAY: 5})
    await ask(hass, agent, "Fourth?", conversation_id)
    assert asked_models(realtime_server) == [MAIN, ECONOMY, MAIN]
    assert len(words(realtime_server)) == 8


@script(responses=[ANSWER], repeat=True)
async def test_an_agents_own_budget_is_its_own(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What the account's options say of budgets that are used up holds for it as well; going on can be allowed."""
    await set_account(hass, account, **{CONF_AT_LIMIT: "economy", CONF_ECONOMY_MODEL: "gpt-realtime-1.5"})
    await change_agent(hass, account, **{CONF_BUDGET_DAY: 0.02})
    await ask(hass, agent, "First?")
    await ask(hass, agent, "Second?")
    assert asked_models(realtime_server) == [MAIN, "gpt-realtime-1.5"]
    budgets = account.runtime_data.budgets
    budgets.allow(budgets.of(agent.coordinator.subentry.subentry_id)[BudgetPeriod.DAY].key)
    await ask(hass, agent, "Third?")
    assert asked_models(realtime_server)[2] == MAIN


@script(models={"gpt-realtime-2.1-mini": "model_not_found"}, responses=[ANSWER], repeat=True)
async def test_no_dearer_model_takes_the_place_of_the_economy_model(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The fallback agent does, or a sentence."""
    await use_up(hass, account, agent, "economy")
    answer, _ = await ask(hass, agent, "And now?")
    assert "doesn't have the chosen model" in answer
    assert len(responses(realtime_server)) == 1


@script(responses=[ANSWER], repeat=True)
async def test_a_sentence_says_that_the_budget_is_used_up(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Where there is no fallback agent; no model is asked, and raising the limit lifts it at once."""
    await use_up(hass, account, agent, "hand_over")
    answer, conversation_id = await ask(hass, agent, "And now?")
    assert answer == USED_UP
    assert len(realtime_server.connections) == 1
    await set_account(hass, account, **{CONF_BUDGET_DAY: 5})
    assert (await ask(hass, agent, "And now?", conversation_id))[0] == ANSWER["text"]


@script(responses=[ANSWER], repeat=True)
async def test_the_fallback_agent_answers_without_any_model(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Automations hear of it with the reason, and it is counted."""
    at_home = await add_local_agent(hass)
    agent = await change_agent(hass, account, **{CONF_FALLBACK_AGENT: LOCAL_AGENT})
    await use_up(hass, account, agent, "hand_over")
    told = async_capture_events(hass, EVENT_FALLBACK)
    answer, _ = await ask(hass, agent, "And now?")
    assert answer == "I am at home."
    assert [asked.text for asked in at_home.asked] == ["And now?"]
    assert [(event.data["kind"], event.data["reason"]) for event in told] == [("agent", "budget_reached")]
    assert len(realtime_server.connections) == 1


@script(turns=["Turn on the light."], responses=[ANSWER], repeat=True)
async def test_ears_and_voice_are_handed_over_as_well(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A spoken turn costs nothing where the house has engines of its own."""
    at_home = await add_local_agent(hass)
    ears, voice = await add_local_stt(hass), await add_local_tts(hass)
    engines = {
        CONF_FALLBACK_AGENT: LOCAL_AGENT,
        CONF_FALLBACK_STT: LOCAL_STT,
        CONF_FALLBACK_TTS: LOCAL_TTS,
    }
    agent = await change_agent(hass, account, **engines)
    await use_up(hass, account, agent, "hand_over")
    told = async_capture_events(hass, EVENT_FALLBACK)
    run = await speak(hass, agent.pipeline_id)
    assert (run.transcript, run.speech, run.pcm) == (COMMAND, "I am at home.", LOCAL_PCM)
    assert (len(ears.heard), len(at_home.asked), voice.spoken) == (1, 1, ["I am at home."])
    assert [event.data["kind"] for event in told] == ["stt", "agent", "tts"]
    assert {event.data["reason"] for event in told} == {"budget_reached"}
    assert received(realtime_server, "input_audio_buffer.append") == []


@script(turns=["Turn on the light."], responses=[ANSWER, "I am at home."])
async def test_without_engines_of_the_house_only_ears_and_voice_cost(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What was said is written down and what somebody else answers is read aloud; the model answers nothing."""
    await add_local_agent(hass)
    agent = await change_agent(hass, account, **{CONF_FALLBACK_AGENT: LOCAL_AGENT})
    await use_up(hass, account, agent, "hand_over")
    run = await speak(hass, agent.pipeline_id)
    assert (run.transcript, run.speech) == ("Turn on the light.", "I am at home.")
    assert readings(realtime_server) == ["I am at home."]
    assert len(responses(realtime_server)) == 1


class AtEndOfSpeech(VoiceRun):
    """A run at whose end of speech something happens."""

    def __init__(self, happens: Any) -> None:
        super().__init__()
        self.happens = happens

    def changed(self) -> None:
        """Let it happen."""
        super().changed()
        if self.events and self.events[-1].type is PipelineEventType.STT_END:
            self.happens()


@script(turns=["Is it on?"], responses=[ANSWER], repeat=True)
async def test_a_turn_that_is_on_its_way_is_finished(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The model that has heard the question answers it, though the budget ends in between; the next one is handed over."""
    await set_account(hass, account, **{CONF_AT_LIMIT: "hand_over"})
    await ask(hass, agent, "Is it?")

    def lower() -> None:
        hass.config_entries.async_update_entry(account, options={**account.options, CONF_BUDGET_DAY: 0.01})

    run = await speak(hass, agent.pipeline_id, run=AtEndOfSpeech(lower))
    assert run.speech == ANSWER["text"]
    assert len(responses(realtime_server)) == 2
    assert readings(realtime_server) == []
    assert (await write(hass, agent.pipeline_id, "And now?")).speech == USED_UP


@script(responses=[ANSWER], repeat=True)
async def test_a_warm_session_is_on_the_model_that_a_budget_leaves(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent
) -> None:
    """It waits for the next conversation, which is another budget's when it comes."""
    agent = await change_agent(hass, account, **{CONF_WARM_SPARE: True})
    await use_up(hass, account, agent, "economy")
    await ask(hass, agent, "And now?")
    await set_account(hass, account, **{CONF_BUDGET_DAY: 5})
    await ask(hass, agent, "And then?")
    models = [record.model for record in agent.coordinator.turn_log.ledger.records]
    assert models == [MAIN, ECONOMY, MAIN]


@pytest.mark.parametrize(
    ("options", "rungs"),
    [
        (
            {"model": MAIN, "fallback_models": (ECONOMY, "gpt-realtime-1.5")},
            [(ECONOMY, "cedar"), ("gpt-realtime-1.5", "cedar")],
        ),
        ({"model": MAIN, "fallback_models": ("gpt-realtime-1.5",)}, [(ECONOMY, "cedar")]),
        ({"model": MAIN, "voice": "nova", "automatic_voice": False}, [(ECONOMY, "marin")]),
    ],
)
def test_nothing_above_the_economy_model_is_asked(options: dict[str, Any], rungs: list[tuple[str, str]]) -> None:
    """What the agent has below it is; a voice that it lacks is another one."""
    agent = AgentOptions(**{"voice": "cedar", **options})
    assert [(rung.model, rung.voice) for rung in economy_rungs(agent, ECONOMY)] == rungs


@script(responses=[ANSWER])
async def test_a_long_conversation_is_cut_where_the_agent_says(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The server is told from which length on, and how much of it to keep."""
    await ask(hass, agent, "Hello?")
    assert realtime_server.connections[0].session.config["truncation"] == {
        "type": "retention_ratio",
        "retention_ratio": 0.5,
        "token_limits": {"post_instructions": 8000},
    }
