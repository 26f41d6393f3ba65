"""Another voice speaks what the session cannot, and what it has spoken is never played once the session can again."""

import asyncio
from typing import Any

from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.realtime_assist.const import (
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_STT,
    CONF_FALLBACK_TTS,
    EVENT_FALLBACK,
)
from custom_components.realtime_assist.insight import Rung
from custom_components.realtime_assist.realtime.audio import PIPELINE, WIRE, Converter
from local_server.wire import RealtimeServer, tone

from .fallback_engines import COMMAND, LOCAL_PCM, LOCAL_STT, LOCAL_TTS, add_local_stt, add_local_tts
from .house import RECOMMENDED, Agent, find_agent, furnish
from .other_engines import OTHER_AGENT, STORY, add_other_agent
from .script import readings, script
from .test_tts import played
from .voice import make_pipeline, speak

HOUSE = "conversation.home_assistant"
MILLISECONDS = 400
VOICE = tone(MILLISECONDS)
DINNER = {"text": "Dinner is ready!", "audio_ms": MILLISECONDS}
SATELLITE = {tts.ATTR_PREFERRED_FORMAT: "wav", tts.ATTR_PREFERRED_SAMPLE_RATE: 16_000}


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Have engines at home for everything."""
    return {
        **RECOMMENDED,
        CONF_FALLBACK_MODELS: [],
        CONF_FALLBACK_AGENT: HOUSE,
        CONF_FALLBACK_STT: LOCAL_STT,
        CONF_FALLBACK_TTS: LOCAL_TTS,
    }


async def announce(hass: HomeAssistant, agent: Agent, **options: object) -> tuple[str, bytes]:
    """Return the extension and the audio of an announcement."""
    media_id = tts.generate_media_source_id(hass, DINNER["text"], engine=agent.tts, options=options or None)
    return await tts.async_get_media_source_audio(hass, media_id)


async def stored(hass: HomeAssistant) -> None:
    """Wait until Home Assistant has written to its disk what it wants to keep."""
    for _ in range(3):
        await asyncio.sleep(0)
        await hass.async_add_executor_job(lambda: None)
        await hass.async_block_till_done()


def forget_memory(hass: HomeAssistant) -> None:
    """Drop what Home Assistant has in memory, as it does after a while: what is on its disk stays."""
    hass.data[tts.DATA_TTS_MANAGER].mem_cache.clear()


def samples(audio: bytes) -> bytes:
    """Return what follows the header of a WAV, which each engine writes in its own way."""
    return audio[audio.index(b"data") + 8 :]


@script(connections=[{"refuse": "server_error"}, {"refuse": "server_error"}], out_of_band=[DINNER])
async def test_another_voice_speaks_what_the_session_cannot(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """It delivers what was asked for, and automations are told of the step."""
    voice = await add_local_tts(hass)
    told = async_capture_events(hass, EVENT_FALLBACK)

    extension, audio = await announce(hass, agent, **SATELLITE)

    assert extension == "wav"
    assert samples(audio) == LOCAL_PCM
    assert voice.spoken == ["Dinner is ready!"]
    [event] = told
    assert (event.data["kind"], event.data["from"], event.data["to"]) == ("tts", agent.tts, LOCAL_TTS)
    assert event.data["reason"] == "server_error"


@pytest.mark.parametrize("kept", ["memory", "disk"])
@script(out_of_band=[DINNER, DINNER])
async def test_a_short_text_is_in_the_wanted_voice_again_after_recovery(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, kept: str
) -> None:
    """Home Assistant has kept nothing that it would play in place of the wanted voice."""
    voice = await add_local_tts(hass)
    await realtime_server.__aexit__()

    _, before = await announce(hass, agent, **SATELLITE)
    await stored(hass)
    await realtime_server.__aenter__()
    if kept == "disk":
        forget_memory(hass)
    _, after = await announce(hass, agent, **SATELLITE)

    assert samples(before) == LOCAL_PCM
    converter = Converter(WIRE, PIPELINE)
    assert samples(after) == converter.process(VOICE) + converter.flush()
    assert voice.spoken == ["Dinner is ready!"]
    # What the wanted voice said is kept, as always.
    _, again = await announce(hass, agent, **SATELLITE)
    assert again == after
    assert len(readings(realtime_server)) == 1


@script(connections=[{"refuse": 503}, {"refuse": 503}, {"refuse": 503}])
async def test_a_media_player_gets_the_format_that_it_asks_for(hass: HomeAssistant, agent: Agent) -> None:
    """Home Assistant converts what the other engine makes."""
    await add_local_tts(hass)

    extension, mp3 = await announce(hass, agent)
    assert extension == "mp3"
    assert len(await played(mp3)) == pytest.approx(len(LOCAL_PCM) * 3 / 2, abs=4 * 1152)

    extension, flac = await announce(hass, agent, preferred_format="flac", preferred_sample_rate=48_000)
    assert (extension, flac[:4]) == ("flac", b"fLaC")


@script(connections=[{"refuse": 503}] * 9)
async def test_a_voice_at_home_that_fails_leaves_the_first_reason(hass: HomeAssistant, agent: Agent) -> None:
    """Who asked for the announcement reads what is wrong with the session; no step is counted."""
    await add_local_tts(hass, fails=True)
    told = async_capture_events(hass, EVENT_FALLBACK)

    with pytest.raises(HomeAssistantError, match="The voice service has a problem"):
        await announce(hass, agent, **SATELLITE)

    assert told == []


@script(out_of_band=[{**DINNER, "faults": [{"after": "response.output_audio.delta", "count": 2, "action": "drop"}]}])
async def test_what_has_begun_in_one_voice_does_not_go_on_in_another(hass: HomeAssistant, agent: Agent) -> None:
    """The beginning has been heard: it is not spoken twice."""
    voice = await add_local_tts(hass)

    with pytest.raises(HomeAssistantError):
        await announce(hass, agent, **SATELLITE)

    assert voice.spoken == []


@script(
    turns=["Read to me."],
    connections=[{"faults": [{"after": "response.created", "action": "drop"}]}, *[{"refuse": 503}] * 9],
)
async def test_a_long_text_is_spoken_as_a_whole(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """What another mind tells piece by piece is not lost with the session."""
    voice = await add_local_tts(hass)
    await add_other_agent(hass)
    pipeline_id = await make_pipeline(hass, stt_engine=agent.stt, conversation_engine=OTHER_AGENT, tts_engine=agent.tts)

    run = await speak(hass, pipeline_id)

    assert run.streams
    assert voice.spoken == [STORY]
    assert samples(run.audio) == LOCAL_PCM


@script(out_of_band=[DINNER, DINNER])
async def test_what_a_substitute_voice_says_is_not_kept_for_the_wanted_one(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A voice that the model lacks is spoken for by another: the same short text is made anew the next time."""
    for _ in range(2):
        await announce(hass, agent, voice="ghost", **SATELLITE)
        await stored(hass)
        forget_memory(hass)

    assert len(readings(realtime_server)) == 2


@pytest.fixture
async def offline_agent(hass: HomeAssistant, account: MockConfigEntry, realtime_server: RealtimeServer) -> Agent:
    """Return the agent of a Home Assistant that starts without a network."""
    await realtime_server.__aexit__()
    await furnish(hass)
    account.add_to_hass(hass)
    assert await hass.config_entries.async_setup(account.entry_id)
    await hass.async_block_till_done()
    yield await find_agent(hass, account)
    await realtime_server.__aenter__()


async def test_a_house_that_starts_offline_hears_acts_and_speaks(
    hass: HomeAssistant, offline_agent: Agent, tmp_path: Any
) -> None:
    """Ears, mind and voice at home do what was said; every entity of the agent is there for it."""
    await add_local_stt(hass)
    voice = await add_local_tts(hass)
    told = async_capture_events(hass, EVENT_FALLBACK)
    agent = offline_agent
    for entity_id in (agent.stt, agent.conversation, agent.tts):
        assert hass.states.get(entity_id).state == "unknown"

    run = await speak(hass, agent.pipeline_id)

    assert run.error is None
    assert run.transcript == COMMAND
    assert hass.states.get("input_boolean.kitchen_light").state == "on"
    assert voice.spoken == [run.speech]
    assert samples(run.audio) == LOCAL_PCM
    assert [event.data["kind"] for event in told] == ["stt", "agent", "tts"]
    [record] = agent.coordinator.turn_log.ledger.records
    assert record.rung is Rung.FALLBACK_AGENT
