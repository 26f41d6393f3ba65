"""What is foreseen of an answer, and where nothing is."""

from typing import Any

from homeassistant.components.conversation import ChatLog
from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS, async_subscribe_chat_logs
from homeassistant.const import CONF_LLM_HASS_API
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.chat_session import async_get_chat_session
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_ANSWER_ORDER
from custom_components.realtime_assist.foresight import Foresight
from custom_components.realtime_assist.model_options import AgentOptions, AnswerOrder
from custom_components.realtime_assist.pipeline_run import PipelineRun
from custom_components.realtime_assist.realtime import DIALECTS, Dialect
from local_server.wire import RealtimeServer

from .house import Agent, change_agent
from .other_engines import OTHER_STT, add_other_stt
from .rooms import add_satellite
from .script import responses, script, words
from .voice import NOBODY, make_pipeline, speak

EAGER = AgentOptions(answer_order=AnswerOrder.EAGER)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=[str(name) for name in DIALECTS])
async def test_nothing_is_asked_early_of_a_server_that_cannot_take_it_back(
    hass: HomeAssistant, dialect: Dialect
) -> None:
    """However eager an agent is."""
    foresight = Foresight(hass, "agent", dialect)

    assert foresight.worth_while(EAGER, None) == (dialect.cancels and dialect.deletes_items)


async def test_an_api_that_is_gone_is_not_foreseen(hass: HomeAssistant, account: MockConfigEntry, agent: Agent) -> None:
    """The agent says what is wrong when it is asked."""
    agent = await change_agent(hass, account, **{CONF_LLM_HASS_API: ["gone"]})
    coordinator = agent.coordinator
    with async_get_chat_session(hass, **NOBODY) as chat_session:
        coordinator.foresight.agent_prepared(chat_session.conversation_id, None)
        config = coordinator.session_config()

        foreseen = await coordinator.foresight.async_foresee(config, coordinator.options, chat_session, None, "en")

    assert foreseen is None


def a_run(run_id: str) -> PipelineRun:
    """Return a run of which little is known."""
    return PipelineRun(
        id=run_id,
        conversation_id="conversation",
        conversation_engine=None,
        prefer_local_intents=False,
        language="en",
        tts_engine=None,
        tts_voice=None,
        satellite=None,
        device_id=None,
        area_id=None,
    )


async def test_an_agent_that_an_earlier_run_has_prepared_is_not_asked_in_this_one(
    hass: HomeAssistant, agent: Agent
) -> None:
    """Somebody else's ears may have been in front of it then."""
    coordinator = agent.coordinator
    with async_get_chat_session(hass, **NOBODY) as chat_session:
        foresight, conversation_id = coordinator.foresight, chat_session.conversation_id
        foresight.agent_prepared(conversation_id, a_run("first"))
        about = (coordinator.session_config(), coordinator.options, chat_session)

        assert await foresight.async_foresee(*about, a_run("second"), "en") is None
        foresight.agent_prepared(conversation_id, a_run("second"))
        assert await foresight.async_foresee(*about, a_run("second"), "en") is not None


async def test_nobody_sees_what_is_foreseen(hass: HomeAssistant, agent: Agent) -> None:
    """The conversation's chat log stays as it is, and whoever watches it is told nothing."""
    coordinator = agent.coordinator
    with async_get_chat_session(hass, **NOBODY) as chat_session:
        conversation_id = chat_session.conversation_id
        log = hass.data.setdefault(DATA_CHAT_LOGS, {})[conversation_id] = ChatLog(hass, conversation_id)
        coordinator.foresight.agent_prepared(conversation_id, None)
        told: list[Any] = []

        @callback
        def watch(watched: str, event_type: str, data: dict[str, Any]) -> None:
            if watched == conversation_id:
                told.append(event_type)

        unsubscribe = async_subscribe_chat_logs(hass, watch)
        foreseen = await coordinator.foresight.async_foresee(
            coordinator.session_config(), coordinator.options, chat_session, None, "en"
        )
        unsubscribe()

    assert foreseen is not None
    assert "voice assistant" in foreseen.config.instructions
    assert foreseen.config.tools
    assert [entry.content for entry in log.content] == [""]
    assert log.llm_api is None
    assert told == []


@script(turns=["Hello."], responses=["Hello there.", "Hello again."])
async def test_other_ears_in_front_of_us_ask_in_text(
    hass: HomeAssistant, account: MockConfigEntry, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Nothing is foreseen and nothing is heard twice, however eager the agent is."""
    agent = await change_agent(hass, account, **{CONF_ANSWER_ORDER: AnswerOrder.EAGER})
    await add_other_stt(hass)
    pipeline_id = await make_pipeline(
        hass, stt_engine=OTHER_STT, conversation_engine=agent.conversation, tts_engine=agent.tts
    )

    run = await speak(hass, pipeline_id, satellite=add_satellite(hass, "Kitchen"))

    assert run.speech == "Hello there."
    assert len(responses(realtime_server)) == 1
    assert words(realtime_server) == [("user", "Turn on the kitchen light."), ("assistant", "Hello there.")]
    # With our ears again, the conversation goes on.
    again = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert again.speech == "Hello again."
