"""The agent's voice: announcements and other minds' texts, the cache, the formats, and which voice it is."""

import asyncio

from homeassistant.components import tts
from homeassistant.components.tts.const import DATA_COMPONENT, DATA_TTS_MANAGER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.realtime_assist.const import CONF_FALLBACK_TTS
from custom_components.realtime_assist.realtime.audio import PIPELINE, WIRE, Converter, PcmFormat, wav_header
from custom_components.realtime_assist.realtime.catalog import VOICES
from local_server.wire import RealtimeServer, scenario_from_dict, tone

from .house import Agent, change_agent
from .other_engines import OTHER_AGENT, OTHER_TTS, OTHER_VOICE, STORY, add_other_agent, add_other_tts
from .script import readings, received, responses, script
from .voice import make_pipeline, speak

MILLISECONDS = 400
VOICE = tone(MILLISECONDS)
ANSWER = {"text": "It is on.", "audio_ms": MILLISECONDS}
DINNER = {"text": "Dinner is ready!", "audio_ms": MILLISECONDS}


async def announce(hass: HomeAssistant, agent: Agent, text: str, **options: object) -> tuple[str, bytes]:
    """Return the extension and the audio of a text, as an announcement fetches it."""
    media_id = tts.generate_media_source_id(hass, text, engine=agent.tts, options=options or None)
    return await tts.async_get_media_source_audio(hass, media_id)


def converted(pcm_format: PcmFormat) -> bytes:
    """Return the voice as a WAV stream of ours in another format."""
    converter = Converter(WIRE, pcm_format)
    return wav_header(pcm_format) + converter.process(VOICE) + converter.flush()


@script(out_of_band=[DINNER])
async def test_an_announcement_is_read_aloud_word_for_word(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """Without a conversation the text gets a session of its own, which is closed after it."""
    extension, audio = await announce(hass, agent, "Dinner is ready!", preferred_format="wav")

    assert extension == "wav"
    assert audio == wav_header(WIRE) + VOICE
    assert readings(realtime_server) == ["Dinner is ready!"]
    [request] = received(realtime_server, "response.create")
    assert request["response"]["conversation"] == "none"
    assert [connection.close_code for connection in realtime_server.connections] == [1000]
    assert not realtime_server.invalid


@script(out_of_band=[DINNER])
async def test_the_speak_action_announces(hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer) -> None:
    """What a media player is told to play is our voice."""
    played_media = async_mock_service(hass, "media_player", "play_media")

    await hass.services.async_call(
        tts.DOMAIN,
        "speak",
        {"entity_id": agent.tts, "media_player_entity_id": "media_player.kitchen", "message": "Dinner is ready!"},
        blocking=True,
    )

    [call] = played_media
    assert call.data["announce"]
    _, audio = await tts.async_get_media_source_audio(hass, call.data["media_content_id"])
    assert len(await played(audio)) == pytest.approx(len(VOICE), abs=4 * 1152)
    assert readings(realtime_server) == ["Dinner is ready!"]


@script(out_of_band=[DINNER, DINNER])
async def test_the_same_announcement_is_made_once(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The second time Home Assistant has it; in another voice it is another announcement."""
    first = await announce(hass, agent, "Dinner is ready!", preferred_format="wav")
    second = await announce(hass, agent, "Dinner is ready!", preferred_format="wav")

    assert first == second
    assert len(realtime_server.connections) == 1

    await announce(hass, agent, "Dinner is ready!", preferred_format="wav", voice="cedar")

    voices = [update["session"]["audio"]["output"]["voice"] for update in received(realtime_server, "session.update")]
    assert voices == ["marin", "cedar"]


BROKEN = {
    "cut": {**DINNER, "faults": [{"after": "response.output_audio.delta", "count": 2, "action": "drop"}]},
    "failed": {**DINNER, "status": "failed"},
    "incomplete": {**DINNER, "status": "incomplete", "reason": "max_output_tokens"},
    "silent": {"text": "", "audio_ms": 0},
}
MISREAD = {"text": "That is great!", "audio_ms": 200}


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(scenario_from_dict({"out_of_band": [first, DINNER]}), id=name) for name, first in BROKEN.items()],
)
async def test_what_is_not_whole_is_never_kept(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A broken announcement is an error; the next time it is made anew, and whole."""
    with pytest.raises(HomeAssistantError):
        await announce(hass, agent, "Dinner is ready!", preferred_format="wav")

    _, audio = await announce(hass, agent, "Dinner is ready!", preferred_format="wav")

    assert audio == wav_header(WIRE) + VOICE
    assert len(realtime_server.connections) == 2


@script(out_of_band=[MISREAD, DINNER])
async def test_what_is_misread_is_read_once_more(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A model may answer a text in place of reading it: nobody hears that."""
    _, audio = await announce(hass, agent, "Dinner is ready!", preferred_format="wav")

    assert audio == wav_header(WIRE) + VOICE
    assert readings(realtime_server) == ["Dinner is ready!"] * 2


@script(out_of_band=[MISREAD, MISREAD, DINNER])
async def test_what_is_misread_twice_is_neither_heard_nor_kept(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """It is an error, as no other engine is there to read it; the next time the text is read as it stands."""
    with pytest.raises(HomeAssistantError):
        await announce(hass, agent, "Dinner is ready!", preferred_format="wav")
    assert hass.data[DATA_TTS_MANAGER].file_cache == {}

    _, audio = await announce(hass, agent, "Dinner is ready!", preferred_format="wav")

    assert audio == wav_header(WIRE) + VOICE


@script(turns=["Is it on?"], out_of_band=[MISREAD, MISREAD])
async def test_what_is_misread_twice_is_read_by_another_engine(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry
) -> None:
    """The words of another mind are heard in any case."""
    other = await add_other_tts(hass)
    await add_other_agent(hass, answer="Dinner is ready!")
    agent = await change_agent(hass, account, **{CONF_FALLBACK_TTS: OTHER_TTS})
    pipeline_id = await make_pipeline(hass, stt_engine=agent.stt, conversation_engine=OTHER_AGENT, tts_engine=agent.tts)

    run = await speak(hass, pipeline_id, output="raw")

    assert run.audio == OTHER_VOICE
    assert other.spoken == ["Dinner is ready!"]


FORMATS = {
    "a satellite's wav": ("wav", converted(PIPELINE)),
    "wav as it is spoken": ({tts.ATTR_PREFERRED_FORMAT: "wav"}, wav_header(WIRE) + VOICE),
    **{
        f"wav of {rate} Hz with {channels} channels": (
            {
                tts.ATTR_PREFERRED_FORMAT: "wav",
                tts.ATTR_PREFERRED_SAMPLE_RATE: rate,
                tts.ATTR_PREFERRED_SAMPLE_CHANNELS: channels,
                tts.ATTR_PREFERRED_SAMPLE_BYTES: 2,
            },
            converted(PcmFormat(rate=rate, channels=channels)),
        )
        for rate, channels in ((16_000, 2), (22_050, 1), (44_100, 2), (48_000, 1), (48_000, 2))
    },
}


@pytest.mark.parametrize(("output", "audio"), FORMATS.values(), ids=FORMATS)
@script(turns=["Is it on?"], responses=[ANSWER])
async def test_wav_is_delivered_in_any_shape(hass: HomeAssistant, agent: Agent, output: object, audio: bytes) -> None:
    """Rate and channels are made here to the byte, without another process."""
    run = await speak(hass, agent.pipeline_id, output=output)
    assert run.audio == audio


async def played(audio: bytes) -> bytes:
    """Return what a media player makes of a file: PCM16 mono at 24 kHz."""
    player = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-loglevel", "error", "-i", "pipe:0", "-f", "s16le", "-ar", "24000", "-ac", "1", "pipe:1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    pcm, _ = await player.communicate(audio)
    return pcm


@script(turns=["Is it on?"], responses=[ANSWER], out_of_band=[DINNER])
async def test_home_assistant_makes_mp3_and_flac(hass: HomeAssistant, agent: Agent) -> None:
    """A media player gets what it asks for, with all of the voice in it."""
    extension, mp3 = await announce(hass, agent, "Dinner is ready!")
    assert extension == "mp3"
    # A frame of MP3 more or less.
    assert len(await played(mp3)) == pytest.approx(len(VOICE), abs=4 * 1152)

    player = {tts.ATTR_PREFERRED_FORMAT: "flac", tts.ATTR_PREFERRED_SAMPLE_RATE: 48_000}
    run = await speak(hass, agent.pipeline_id, output=player)
    assert run.audio[:4] == b"fLaC"
    assert len(await played(run.audio)) == pytest.approx(len(VOICE), abs=100)


@script(
    turns=["Read to me."],
    out_of_band=[{"text": STORY, "audio_ms": MILLISECONDS}],
)
async def test_what_another_mind_tells_at_length_is_read_aloud_as_a_whole(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A text that comes piece by piece is one reading."""
    await add_other_agent(hass)
    pipeline_id = await make_pipeline(hass, stt_engine=agent.stt, conversation_engine=OTHER_AGENT, tts_engine=agent.tts)

    run = await speak(hass, pipeline_id)

    assert run.streams
    assert len(run.speech) > 60
    assert readings(realtime_server) == [run.speech]
    assert run.audio == converted(PIPELINE)
    assert responses(realtime_server) == []


@script(
    turns=["Read to me."],
    out_of_band=[
        {
            "text": STORY,
            "audio_ms": 900,
            "faults": [{"after": "response.output_audio.delta", "count": 8, "action": "drop"}],
        }
    ],
)
async def test_what_another_mind_tells_at_length_ends_where_it_breaks_off(hass: HomeAssistant, agent: Agent) -> None:
    """A long text is not kept, so what there is of it is heard."""
    await add_other_agent(hass)
    pipeline_id = await make_pipeline(hass, stt_engine=agent.stt, conversation_engine=OTHER_AGENT, tts_engine=agent.tts)

    run = await speak(hass, pipeline_id)

    assert run.streams
    assert run.error is None
    assert 0 < len(run.pcm) <= 800 * 16 * 2


@script(turns=["Is it on?"], responses=[ANSWER, ANSWER])
async def test_the_voice_is_the_one_that_the_pipeline_is_set_to(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The answer is spoken once, by the voice that was chosen in the pipeline; the agent's own is for all others."""
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine=agent.conversation, tts_engine=agent.tts, tts_voice="cedar"
    )

    await speak(hass, pipeline_id)
    await speak(hass, agent.pipeline_id)

    voices = [connection.session.config["audio"]["output"]["voice"] for connection in realtime_server.connections]
    assert voices == ["cedar", "marin"]
    assert readings(realtime_server) == []


@script(turns=["Is it on?"], responses=[ANSWER], out_of_band=[DINNER])
async def test_an_announcement_in_another_voice_leaves_the_conversation_alone(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """A pipeline may end in a voice of its own while the conversation's session has another."""
    pipeline_id = await make_pipeline(
        hass, stt_engine=agent.stt, conversation_engine=OTHER_AGENT, tts_engine=agent.tts, tts_voice="cedar"
    )
    await add_other_agent(hass, answer="Dinner is ready!")

    run = await speak(hass, pipeline_id)

    assert run.audio == converted(PIPELINE)
    assert readings(realtime_server) == ["Dinner is ready!"]
    voices = [connection.session.config["audio"]["output"]["voice"] for connection in realtime_server.connections]
    assert voices == ["marin", "cedar"]


async def test_the_voices_are_listed(hass: HomeAssistant, agent: Agent) -> None:
    """The pipeline's settings offer them, for each language that is listed."""
    entity = hass.data[DATA_COMPONENT].get_entity(agent.tts)
    assert [voice.voice_id for voice in entity.async_get_supported_voices("en")] == list(VOICES)
    assert {"en", "de", "fr", "ja", "sw"} <= set(entity.supported_languages)
    assert entity.default_options == {tts.ATTR_VOICE: "marin"}


@pytest.mark.parametrize(("language", "default"), [("de", "de"), ("pt-BR", "pt"), ("tlh", "en")])
@script(out_of_band=[DINNER])
async def test_the_default_language_is_the_house_s(
    hass: HomeAssistant, agent: Agent, language: str, default: str
) -> None:
    """A house whose language no voice speaks is spoken to in English."""
    hass.config.language = language
    entity = hass.data[DATA_COMPONENT].get_entity(agent.tts)
    assert entity.default_language == default
