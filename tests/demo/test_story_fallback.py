"""The story of fallbacks is told with servers that fail as real ones do."""

from demo.agent import Agent
from demo.fallbacks import failures
from demo.local_speech import Engines
from demo.story_fallback import FIRST, SCENARIO, SECOND, Score, _without_a_server
from local_server.wire import load_scenario
from local_server.wire.models import MODELS

AGENT = Agent(conversation="conversation.a", stt="stt.a", tts="tts.a", pipeline_id="p", entry_id="e")


def test_first_model_is_refused_as_openai_does_and_the_second_is_there() -> None:
    refused = load_scenario(SCENARIO).models
    assert list(refused) == [FIRST]
    assert (refused[FIRST].code, refused[FIRST].close_code, refused[FIRST].status) == ("model_not_found", 4004, None)
    assert SECOND in MODELS


def test_without_a_server_ears_mind_and_voice_are_replaced_each_once() -> None:
    expected = _without_a_server(AGENT, Engines(stt="stt.b", tts="tts.b"))
    assert [(step.kind, step.left, step.taken) for step in expected] == [
        ("stt", "stt.a", "stt.b"),
        ("agent", "conversation.a", "conversation.home_assistant"),
        ("tts", "tts.a", "tts.b"),
    ]
    assert failures(expected, expected) == []


def test_one_unmet_expectation_fails_the_story() -> None:
    score = Score()
    assert score.count([]) == []
    assert score.count(["expected more", "and better"]) == ["expected more", "and better"]
    assert (score.passed, score.total) == (1, 2)
