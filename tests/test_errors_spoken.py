"""What the user hears of each way to fail where nothing takes the model's place, and that the next command works."""

from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from local_server.wire import RealtimeServer, scenario_from_dict

from .conftest import API_KEY
from .house import ALONE, Agent
from .script import chat_log, readings, script
from .voice import VoiceRun, make_pipeline, speak, write

SENTENCES = {
    "cannot_connect": "I can't reach the voice service. Please check the internet connection.",
    "connection_lost": "I lost the connection to the voice service. Please try again.",
    "invalid_auth": "The voice service refuses its key. Please enter a new one in the settings.",
    "model_unavailable": "The voice service doesn't have the chosen model. Please choose another one in the settings.",
    "not_realtime": "The address of the voice service is wrong. Please check it in the settings.",
    "quota_exceeded": "The account of the voice service is empty. Please add credit.",
    "rate_limited": "The voice service is too busy. Please try again in a minute.",
    "request_rejected": "The voice service didn't understand me. Please check the agent's settings.",
    "response_filtered": "The voice service won't answer that. Please ask in other words.",
    "server_fault": "The voice service has a problem. Please try again later.",
    "server_silent": "The voice service doesn't answer. Please try again.",
}


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let nothing take the place of a model that fails."""
    return ALONE


def failed(code: str, error_type: str = "server_error") -> dict[str, Any]:
    """Return a response that fails."""
    return {"status": "failed", "error": {"code": code, "type": error_type, "message": "No."}}


def read_aloud(sentence: str) -> list[dict[str, Any]]:
    """Return the server's part of reading a sentence aloud, twice if need be."""
    return [{"text": sentence, "audio_ms": 100}] * 2


def scenarios(described: dict[str, tuple[dict[str, Any], str]]) -> list[Any]:
    """Return parameters: a scenario, and the reason's name."""
    return [
        pytest.param(scenario_from_dict({"out_of_band": read_aloud(SENTENCES[reason]), **scenario}), reason, id=name)
        for name, (scenario, reason) in described.items()
    ]


def check_error(hass: HomeAssistant, run: VoiceRun, reason: str) -> None:
    """Hold a run to what is promised of an answer that fails."""
    assert run.error is None
    assert run.response_type == "error"
    assert run.speech == SENTENCES[reason]
    assert not run.continues
    assert chat_log(hass, run.conversation_id)[-1].content == SENTENCES[reason]


REFUSALS = {
    "bad key": ("invalid_api_key", "invalid_auth"),
    "bad key at the door": (401, "invalid_auth"),
    "no quota": ("insufficient_quota", "quota_exceeded"),
    "no credit": ("credit_balance_exhausted", "quota_exceeded"),
    "another web server": (400, "not_realtime"),
    "no such model": ("model_not_found", "model_unavailable"),
    "no such model at the door": (404, "model_unavailable"),
    "too busy": (429, "rate_limited"),
}
REFUSED = pytest.mark.parametrize(
    ("scenario", "reason"),
    scenarios(
        {
            name: ({"connections": [{"refuse": refusal}], "turns": ["Hello."], "responses": ["Fine."]}, reason)
            for name, (refusal, reason) in REFUSALS.items()
        }
    ),
)


@REFUSED
async def test_a_server_that_refuses_is_explained(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, reason: str
) -> None:
    """A typed command is answered with the reason, the next one with the same at once, and one later on with an answer."""
    run = await write(hass, agent.pipeline_id, "Hello")
    check_error(hass, run, reason)

    again = await write(hass, agent.pipeline_id, "Hello", conversation_id=run.conversation_id)
    check_error(hass, again, reason)
    assert len(realtime_server.connections) == 1

    agent.let_pause_end()
    next_run = await write(hass, agent.pipeline_id, "Hello", conversation_id=run.conversation_id)
    assert next_run.speech == "Fine."


@REFUSED
async def test_a_server_that_refuses_ends_a_spoken_run(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, reason: str
) -> None:
    """Nobody has heard the user: the satellite is told of an error, and a command later on is understood."""
    run = await speak(hass, agent.pipeline_id)
    assert run.error == "stt-stream-failed"

    agent.let_pause_end()
    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Fine."


@pytest.mark.parametrize("spoken", [False, True], ids=["typed", "spoken"])
@script(turns=["Hello."], responses=["Fine."])
async def test_a_house_that_is_offline_says_so(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, spoken: bool
) -> None:
    """Where nobody answers there is no network; when it is back, the next command works."""
    await realtime_server.__aexit__()
    if spoken:
        run = await speak(hass, agent.pipeline_id)
        assert run.error == "stt-stream-failed"
    else:
        run = await write(hass, agent.pipeline_id, "Hello")
        check_error(hass, run, "cannot_connect")

    await realtime_server.__aenter__()
    agent.let_pause_end()

    next_run = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    assert next_run.speech == "Fine."


@pytest.mark.parametrize("spoken", [False, True], ids=["typed", "spoken"])
@script(keys={API_KEY: "invalid_api_key"})
async def test_a_refused_key_asks_the_user_for_another_once(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer, spoken: bool
) -> None:
    """Every failing command finds the same flow; none of the rest starts one."""
    run = await (speak(hass, agent.pipeline_id) if spoken else write(hass, agent.pipeline_id, "Hello"))
    await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)
    await hass.async_block_till_done()

    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["context"]["entry_id"] == account.entry_id


@script(responses=[failed("server_error"), failed("server_error")], out_of_band=read_aloud(SENTENCES["server_fault"]))
async def test_other_failures_ask_for_no_key(hass: HomeAssistant, agent: Agent) -> None:
    """Only a refused key is the user's to give."""
    run = await write(hass, agent.pipeline_id, "Hello")
    check_error(hass, run, "server_fault")
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


@pytest.mark.parametrize(
    ("scenario", "language", "sentence"),
    [
        pytest.param(
            scenario_from_dict(
                {
                    "turns": ["Hallo."],
                    "responses": [failed("server_error"), failed("server_error")],
                    "out_of_band": read_aloud(sentence),
                }
            ),
            language,
            sentence,
            id=language,
        )
        for language, sentence in {
            "de": "Der Sprachdienst hat eine Störung. Bitte versuch es später noch einmal.",
            "de-AT": "Der Sprachdienst hat eine Störung. Bitte versuch es später noch einmal.",
            "fr-CA": "Le service vocal a un problème. Veuillez réessayer plus tard.",
            "cy": SENTENCES["server_fault"],
        }.items()
    ],
)
async def test_the_reason_is_heard_in_the_language_of_the_conversation(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, language: str, sentence: str
) -> None:
    """Whatever the house speaks; where there is no translation the user hears English, not nothing."""
    [spoken, *_] = language.split("-")
    pipeline_id = await make_pipeline(
        hass,
        stt_engine=agent.stt,
        stt_language=spoken,
        conversation_engine=agent.conversation,
        conversation_language=language,
        tts_engine=agent.tts,
        tts_language=spoken,
    )

    run = await speak(hass, pipeline_id)

    assert run.response_type == "error"
    assert run.speech == sentence
    assert readings(realtime_server) == [sentence]
    assert run.pcm
