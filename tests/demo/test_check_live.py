"""Whoever tries a live server is told what it costs, what came of it, and what is wrong."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
import io
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import OPENAI_BASE_URL, Endpoint
from demo.check_live import Options, agreed, parse
from demo.live_checks import (
    HEADINGS,
    NO_SUCH_MODEL,
    RECORDING,
    SENTENCE,
    Check,
    Evidence,
    checks,
    failures,
    figures,
    is_hopeless,
)
from demo.live_estimate import estimate
from demo.live_talk import MAX_OUTPUT_TOKENS, LiveServer, speak, write
from demo.report import Report
from local_server.wire import RealtimeServer, scenario_from_dict

MODEL = "gpt-realtime-2.1"
KEY = "sk-test"
SAID: dict[str, Any] = {"text": "All is well.", "audio_ms": 900}


def check(name: str) -> Check:
    return next(each for each in checks(MODEL) if each.name == name)


async def taken(wanted: Check, *, key: str = KEY, speech: bytes = b"", **scenario: Any) -> Evidence:
    """Take one check on a server that follows the scenario; its answer is heard back word for word."""
    async with RealtimeServer(scenario=scenario_from_dict(scenario), keys=(KEY,)) as server:
        live = LiveServer(endpoint=Endpoint(base_url=server.url, api_key=key))
        async with live.session(wanted.rungs) as session:
            talk = await (speak(session, speech) if wanted.recording else write(session, wanted.text))
    return Evidence(talk=talk, heard_back=talk.turn.answer_text)


@pytest.mark.parametrize("voice", ["cedar", "marin"])
async def test_voice_is_heard_priced_and_timed(voice: str, socket_enabled: None) -> None:
    evidence = await taken(check(voice), responses=[SAID])
    assert failures(check(voice), evidence) == []
    assert len(evidence.talk.pcm) == 900 * 48
    assert evidence.talk.turn.rung is not None
    assert evidence.talk.turn.rung.voice == voice
    shown = dict(zip(HEADINGS, figures(evidence), strict=True))
    assert shown["model"] == MODEL
    assert shown["voice"] == "0.9 s"
    # Audio out alone: 18 tokens at 64 USD a million.
    assert Decimal(shown["USD"]) > Decimal("0.001152")


async def test_spoken_question_is_transcribed_and_its_transcription_is_billed(socket_enabled: None) -> None:
    evidence = await taken(check("hearing"), speech=bytes(16_000), turns=[SENTENCE], responses=[SAID])
    assert failures(check("hearing"), evidence) == []
    with_words = evidence.talk.spent
    evidence.talk.turn.transcription = None
    assert with_words is not None
    assert evidence.talk.spent is not None
    assert with_words > evidence.talk.spent
    (failure,) = failures(check("hearing"), evidence)
    assert failure == "expected the usage of the transcription, got none"


async def test_another_transcript_than_what_was_said_is_told(socket_enabled: None) -> None:
    evidence = await taken(check("hearing"), speech=bytes(16_000), turns=["Good night."], responses=[SAID])
    assert failures(check("hearing"), evidence) == [f'expected the transcript "{SENTENCE}", got "Good night."']


async def test_model_of_nobody_is_left_for_the_next(socket_enabled: None) -> None:
    evidence = await taken(check("fallback"), responses=[SAID])
    assert failures(check("fallback"), evidence) == []
    (step,) = evidence.talk.turn.descents
    assert (step.left.model, step.taken.model, step.reason) == (NO_SUCH_MODEL, MODEL, "invalid_model")


async def test_spoken_question_is_heard_by_the_next_model_when_the_first_is_refused_meanwhile(
    socket_enabled: None,
) -> None:
    scenario = scenario_from_dict({"turns": [SENTENCE], "responses": [SAID]})
    async with RealtimeServer(scenario=scenario, keys=(KEY,)) as server:
        live = LiveServer(endpoint=Endpoint(base_url=server.url, api_key=KEY))
        async with live.session(check("fallback").rungs) as session:
            session.prepare()
            talk = await speak(session, bytes(16_000))
    assert talk.transcript == SENTENCE
    assert failures(check("fallback"), Evidence(talk=talk, heard_back=SAID["text"])) == []


async def test_server_that_has_every_model_shows_no_fallback(socket_enabled: None) -> None:
    evidence = await taken(check("marin"), responses=[SAID])
    (failure,) = failures(check("fallback"), evidence)
    assert failure.startswith(f"expected one fallback from {NO_SUCH_MODEL}")
    assert failure.endswith("got []")


async def test_refused_key_fails_the_check_and_all_that_would_follow(socket_enabled: None) -> None:
    evidence = await taken(check("cedar"), key="sk-wrong")
    assert failures(check("cedar"), evidence) == ["expected an answer, got the error invalid_api_key"]
    assert is_hopeless(evidence.talk.error)
    assert figures(evidence)[-1] == "unknown"


async def test_answer_that_breaks_off_is_told_by_its_code(socket_enabled: None) -> None:
    failed = {"status": "failed", "error": {"code": "something_new", "type": "invalid_request_error"}}
    evidence = await taken(check("cedar"), responses=[failed, failed])
    assert failures(check("cedar"), evidence) == ["expected an answer, got the error something_new"]
    assert not is_hopeless(evidence.talk.error)


async def test_bill_that_comes_after_the_sound_is_waited_for(socket_enabled: None) -> None:
    pause = {"after": "response.done", "action": "stall", "seconds": 0.2}
    evidence = await taken(check("cedar"), responses=[{**SAID, "phase": "final_answer", "faults": [pause]}])
    assert failures(check("cedar"), evidence) == []


async def test_answer_without_usage_and_without_sound_is_told(socket_enabled: None) -> None:
    evidence = await taken(check("cedar"), responses=[{"text": "All is well.", "audio_ms": 0, "usage": None}])
    told = failures(check("cedar"), replace(evidence, talk=replace(evidence.talk, pcm=b"")))
    assert "expected a voice, got no audio" in told
    assert "expected the usage of the answer, got none" in told


async def test_voice_that_says_something_else_is_told(socket_enabled: None) -> None:
    evidence = await taken(check("cedar"), responses=[SAID])
    (failure,) = failures(check("cedar"), replace(evidence, heard_back="Nothing of the kind"))
    assert "word error rate" in failure


def test_estimate_never_falls_short_of_the_longest_answers() -> None:
    told = estimate(MODEL, [0.0])
    # 120 of text at 4.00, 400 of audio at 64.00, twice.
    assert MAX_OUTPUT_TOKENS == 400
    assert told.at_most == Decimal("0.05216")
    assert told.likely is not None
    assert told.likely < Decimal("0.01")
    assert estimate(MODEL, [2.0]).likely == told.likely + Decimal("0.00064") + Decimal("0.00015")


def test_model_without_a_price_is_no_promise() -> None:
    assert (
        str(estimate("my-own", [0.0])) == "the catalog has no price for this model, so nobody can say what this costs"
    )


def test_money_is_not_spent_where_nobody_can_agree(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    options = Options(url=OPENAI_BASE_URL, key="sk-secret", model=MODEL, yes=False)
    assert not agreed(options, Report(secret="sk-secret"), 2.0)
    printed = capsys.readouterr()
    assert "at most 0.210 USD" in printed.out
    assert "--yes" in printed.err
    assert agreed(replace(options, yes=True), Report(), 2.0)


@pytest.mark.parametrize(
    ("arguments", "key", "expected"),
    [
        (["--yes"], "sk-a", Options(url=OPENAI_BASE_URL, key="sk-a", model=MODEL, yes=True)),
        (
            ["--url", "http://h:1/v1", "--model", "m"],
            None,
            Options(url="http://h:1/v1", key=None, model="m", yes=False),
        ),
        (
            ["--url", "wss://eu.api.openai.com/v1"],
            "sk-a",
            Options(url="wss://eu.api.openai.com/v1", key="sk-a", model=MODEL, yes=False),
        ),
        *(
            ([f"--url={url}", "--model=m"], "sk-a", Options(url=url, key=None, model="m", yes=False))
            for url in ("https://api.openai.com.example/v1", "http://api.openai.com/v1", "http://192.168.1.10:8000/v1")
        ),
        (["--local"], "sk-a", Options(url=None, key="sk-local", model=MODEL, yes=True)),
    ],
)
def test_command_line(arguments: Sequence[str], key: str | None, expected: Options) -> None:
    assert parse(arguments, key) == expected


def test_another_server_gets_the_key_that_is_named_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", "sk-other")
    options = parse(["--url", "https://box.example/v1", "--key-from", "OTHER_KEY"], "sk-openai")
    assert options.key == "sk-other"


@pytest.mark.parametrize(
    ("arguments", "sentence"), [([], "OPENAI_API_KEY"), (["--url", "ftp://h"], "expected an address such as")]
)
def test_command_line_says_what_is_missing(
    arguments: Sequence[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(arguments, None)
    assert sentence in capsys.readouterr().err


def test_the_recording_is_there() -> None:
    assert RECORDING.is_file()
