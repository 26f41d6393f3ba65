"""Two runs of one conversation at once, as two apps may begin them: the second interrupts the first."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.realtime_assist.const import CONF_FALLBACK_AGENT, CONF_FALLBACK_MODELS, CONF_FALLBACK_STT
from local_server.wire import RealtimeServer

from .fallback_engines import LOCAL_AGENT, LOCAL_STT, add_local_agent, add_local_stt
from .house import RECOMMENDED, Agent
from .remembered import recorded
from .script import script, words
from .voice import SPEECH, VoiceRun, speak, write


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Have engines at home stand in for the one model."""
    at_home = {CONF_FALLBACK_AGENT: LOCAL_AGENT, CONF_FALLBACK_STT: LOCAL_STT}
    return {**RECOMMENDED, CONF_FALLBACK_MODELS: [], **at_home}


@script(turns=["And you?"], responses=[{"text": "One moment please.", "delta_delay": 60}, "Fine."])
async def test_nobody_stands_in_for_an_answer_that_is_interrupted(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What was asked first is not done by another agent while the second answer is made, and nothing is said of it."""
    at_home = await add_local_agent(hass)
    first = VoiceRun()
    asking = asyncio.create_task(write(hass, agent.pipeline_id, "What is new?", conversation_id="kitchen", run=first))
    await realtime_server.wait_received("response.create")
    second = await speak(hass, agent.pipeline_id, conversation_id="kitchen")
    await asking
    assert (first.speech, first.audio) == ("", None)
    assert second.speech == "Fine."
    assert at_home.asked == []
    assert words(realtime_server)[-2:] == [("user", "And you?"), ("assistant", "Fine.")]
    assert [record.cancelled for record in await recorded(agent, 2)] == [True, False]
    assert "failed" not in caplog.text


@script(turns=["And you?"], responses=["Fine."])
async def test_no_other_ears_hear_a_user_who_is_interrupted(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Their words would interrupt the second user in turn."""
    at_home = await add_local_stt(hass)
    goes_on = asyncio.Event()

    async def held() -> AsyncIterator[bytes]:
        yield SPEECH
        await goes_on.wait()
        yield SPEECH

    speaking = asyncio.create_task(speak(hass, agent.pipeline_id, stream=held(), conversation_id="kitchen"))
    await realtime_server.wait_received("input_audio_buffer.append")
    second = await speak(hass, agent.pipeline_id, conversation_id="kitchen")
    goes_on.set()
    first = await speaking
    assert (first.error, second.speech) == ("stt-stream-failed", "Fine.")
    assert at_home.heard == []
    assert sorted(record.cancelled for record in await recorded(agent, 2)) == [False, True]
