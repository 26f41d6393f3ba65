"""Servers that say the same in other words, or cannot say it: what each is sent, and what is made of what it sends."""

from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    DIALECTS,
    AssistantMessage,
    DialectName,
    Eagerness,
    FunctionCall,
    FunctionCallOutput,
    InputAudioBufferCommitted,
    InputAudioTranscriptionCompleted,
    Modality,
    NoiseReduction,
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseState,
    SemanticVad,
    ServerVad,
    SessionConfig,
    SessionCreated,
    Transcription,
    Truncation,
    UserMessage,
)
from custom_components.realtime_assist.realtime.greeting import recognised
from custom_components.realtime_assist.realtime.reading import reading

from .server_messages import (
    Message,
    audio_delta,
    committed,
    error,
    event,
    response_created,
    response_done,
    session,
    session_created,
    speech_stopped,
    text_delta,
    transcript_delta,
    transcript_done,
    transcription_completed,
)
from .wire import Wire

CONFIG = SessionConfig(
    instructions="Be brief.", voice="marin", transcription=Transcription(model="whisper-1", language="nl")
)
EVERYTHING = replace(
    CONFIG,
    turn_detection=SemanticVad(eagerness=Eagerness.LOW),
    noise_reduction=NoiseReduction.NEAR_FIELD,
    truncation=Truncation(retention_ratio=0.8),
    modality=Modality.TEXT,
    reasoning_effort="high",
    speed=1.1,
    max_output_tokens=500,
)
PCM = bytes(4_800)
BETA_SHAPED = (DialectName.BETA, DialectName.SPEACHES, DialectName.VOICE_LIVE)


def wire_of(name: DialectName) -> Wire:
    return Wire(dialect=DIALECTS[name])


def shape(name: DialectName, config: SessionConfig) -> Message:
    """Return the session that a server of the dialect is sent."""
    wire = wire_of(name)
    wire.protocol.update_session(config)
    [sent] = wire.sent()
    told: Message = sent["session"]
    return told


def types(wire: Wire) -> list[str]:
    return [sent["type"] for sent in wire.sent()]


def speak(wire: Wire) -> list[Message]:
    """Say something and end it; return what is sent."""
    wire.protocol.append_audio(PCM)
    wire.protocol.commit_audio()
    return wire.sent()


def test_every_dialect_goes_by_its_name():
    assert set(DIALECTS) == set(DialectName)
    assert all(dialect.name is name for name, dialect in DIALECTS.items())


# What a session is asked to be


@pytest.mark.parametrize("name", BETA_SHAPED)
def test_the_beta_is_flat(name: DialectName):
    told = shape(name, CONFIG)
    assert "type" not in told
    assert "audio" not in told
    assert told["instructions"] == "Be brief."
    assert told["modalities"] == ["text", "audio"]
    assert told["input_audio_format"] == told["output_audio_format"] == "pcm16"
    assert told["turn_detection"] is None
    assert told["input_audio_transcription"] == {"model": "whisper-1", "language": "nl"}
    assert told["max_response_output_tokens"] == "inf"


def test_the_beta_takes_its_wishes_at_the_top():
    told = shape(DialectName.BETA, EVERYTHING)
    assert told["modalities"] == ["text"]
    assert told["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": "low",
        "create_response": False,
        "interrupt_response": False,
    }
    assert told["input_audio_noise_reduction"] == {"type": "near_field"}
    assert told["speed"] == 1.1
    assert told["max_response_output_tokens"] == 500
    assert not {"reasoning", "truncation", "parallel_tool_calls"} & told.keys()


@pytest.mark.parametrize(
    ("voice", "expected"),
    [
        ("alloy", {"type": "openai", "name": "alloy"}),
        ("en-US-AvaNeural", {"type": "azure-standard", "name": "en-US-AvaNeural"}),
    ],
)
def test_voice_live_is_told_whose_voice_it_is(voice: str, expected: Message):
    told = shape(DialectName.VOICE_LIVE, replace(CONFIG, voice=voice))
    assert told["voice"] == expected
    assert told["input_audio_sampling_rate"] == 24_000


def test_xai_has_voice_and_turn_detection_at_the_top_and_formats_below():
    pcm = {"type": "audio/pcm", "rate": 24_000}
    assert shape(DialectName.XAI, replace(CONFIG, voice="ara", turn_detection=ServerVad())) == {
        "instructions": "Be brief.",
        "tools": [],
        "voice": "ara",
        "turn_detection": {"type": "server_vad", "create_response": False, "interrupt_response": False},
        "audio": {
            "input": {"format": pcm, "transcription": {"model": "whisper-1", "language": "nl"}},
            "output": {"format": pcm},
        },
    }


@pytest.mark.parametrize(
    ("effort", "expected"), [("minimal", "none"), ("low", None), ("medium", None), ("high", "high"), ("xhigh", "high")]
)
def test_grok_thinks_long_or_not_at_all(effort: str, expected: str | None):
    told = shape(DialectName.XAI, replace(CONFIG, reasoning_effort=effort))
    assert told.get("reasoning") == (None if expected is None else {"effort": expected})


@pytest.mark.parametrize("name", [name for name, dialect in DIALECTS.items() if not dialect.semantic_vad])
def test_a_server_that_hears_no_words_goes_by_the_silence(name: DialectName):
    assert '"type":"server_vad"' in str(shape(name, EVERYTHING)).replace("'", '"').replace(" ", "")


@pytest.mark.parametrize("name", [name for name, dialect in DIALECTS.items() if not dialect.retention_ratio])
def test_a_server_that_drops_what_it_likes_is_not_told_what_to_drop(name: DialectName):
    assert "truncation" not in shape(name, EVERYTHING)


def test_a_server_that_always_speaks_is_not_asked_to_write():
    assert shape(DialectName.SPEECH_TO_SPEECH, EVERYTHING)["output_modalities"] == ["audio"]
    assert shape(DialectName.VLLM_OMNI, EVERYTHING)["output_modalities"] == ["text"]


def test_what_has_not_changed_is_not_said_again_in_any_shape():
    for name in DIALECTS:
        wire = wire_of(name)
        wire.protocol.update_session(CONFIG)
        wire.sent()
        assert not wire.protocol.update_session(CONFIG)
        assert wire.protocol.update_session(replace(CONFIG, instructions="Be long."))
        [sent] = wire.sent()
        assert sent["session"].keys() - {"type"} == {"instructions"}


# What is said


@pytest.mark.parametrize("name", BETA_SHAPED)
def test_in_the_beta_the_assistants_words_are_text(name: DialectName):
    wire = wire_of(name)
    wire.protocol.create_item(AssistantMessage("Hi!"))
    wire.protocol.create_item(UserMessage("Hello"))
    wire.protocol.create_item(FunctionCall(call_id="call_1", name="get_weather", arguments="{}"))
    wire.protocol.create_item(FunctionCallOutput(call_id="call_1", output="fog"))
    answered, asked, *rest = (sent["item"] for sent in wire.sent())
    assert answered["content"] == [{"type": "text", "text": "Hi!"}]
    assert asked["content"] == [{"type": "input_text", "text": "Hello"}]
    assert [item["type"] for item in rest] == ["function_call", "function_call_output"]


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (reading("The tea is ready."), {"modalities": ["text", "audio"]}),
        ({"output_modalities": ["text"]}, {"modalities": ["text"]}),
        ({}, {}),
    ],
)
def test_in_the_beta_a_response_is_asked_for_in_modalities(response: Message, expected: Message):
    wire = wire_of(DialectName.BETA)
    wire.create_side_response(response)
    [sent] = wire.sent()
    assert {key: value for key, value in sent["response"].items() if "modalities" in key} == expected
    assert sent["response"]["conversation"] == "none"


# What is heard


@pytest.mark.parametrize("name", BETA_SHAPED)
def test_the_betas_names_are_understood(name: DialectName):
    wire = wire_of(name)
    wire.create_response()
    heard = wire.hear(
        response_created(),
        event("conversation.item.created", item={}),
        {**text_delta("Yes."), "type": "response.text.delta"},
        {**transcript_delta("No."), "type": "response.audio_transcript.delta"},
        {**audio_delta(b"\1\0"), "type": "response.audio.delta"},
        event("response.audio.done"),
        response_done(),
    )
    assert [type(each) for each in heard] == [
        ResponseCreated,
        ResponseOutputTextDelta,
        ResponseOutputAudioTranscriptDelta,
        ResponseOutputAudioDelta,
        ResponseDone,
    ]
    assert not wire.protocol.anomalies


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        pytest.param(session(), DialectName.GA, id="ga"),
        pytest.param({}, DialectName.GA, id="nothing"),
        pytest.param({"output_modalities": ["audio"]}, DialectName.GA, id="short-ga"),
        pytest.param(
            {"modalities": ["audio"], "voice": "ara", "turn_detection": {"type": None}}, DialectName.XAI, id="xai"
        ),
        pytest.param(
            {"modalities": ["audio", "text"], "voice": "alloy", "input_audio_format": "pcm16"},
            DialectName.BETA,
            id="beta",
        ),
        pytest.param(
            {"modalities": ["audio"], "voice": {"name": "alloy"}, "input_audio_format": "pcm16"},
            DialectName.VOICE_LIVE,
            id="voice-live",
        ),
    ],
)
def test_a_server_is_known_by_its_greeting(greeting: Message, expected: DialectName):
    assert recognised(greeting) is expected
    [created] = Wire().hear(event("session.created", session=greeting))
    assert isinstance(created, SessionCreated)
    assert created.dialect is expected


# Who ends the speech


def test_where_nobody_may_commit_silence_ends_the_speech():
    wire = wire_of(DialectName.SPEECH_TO_SPEECH)
    wire.protocol.update_session(CONFIG)
    [configured] = wire.sent()
    assert configured["session"]["audio"]["input"]["turn_detection"]["type"] == "server_vad"
    said, silence = speak(wire)
    assert said["type"] == silence["type"] == "input_audio_buffer.append"
    assert b64decode(silence["audio"]) == bytes(2 * 36_000)
    assert wire.protocol.committing
    assert wire.hear(speech_stopped("item_1")) == [InputAudioBufferCommitted(item_id="item_1")]
    assert not wire.protocol.committing


@pytest.mark.parametrize(
    ("detection", "expected"), [(None, "input_audio_buffer.commit"), (ServerVad(), "input_audio_buffer.append")]
)
def test_a_commit_is_not_asked_of_a_server_that_refuses_it(detection: ServerVad | None, expected: str):
    wire = wire_of(DialectName.LOCALAI)
    wire.protocol.update_session(replace(CONFIG, turn_detection=detection))
    wire.sent()
    assert speak(wire)[-1]["type"] == expected


# Who answers


@pytest.fixture
def xai() -> Wire:
    wire = wire_of(DialectName.XAI)
    wire.hear(session_created())
    wire.protocol.update_session(CONFIG)
    wire.sent()
    return wire


def answer(wire: Wire, response_id: str = "resp_1") -> list[Any]:
    return wire.hear(response_created(response_id), response_done(response_id))


def test_a_commit_that_is_answered_anyway_is_not_asked_about_again(xai: Wire):
    speak(xai)
    xai.protocol.create_response(xai.now)
    assert xai.sent() == []
    assert xai.protocol.response_state is ResponseState.REQUESTED
    assert xai.protocol.deadline is not None
    assert len(answer(xai)) == 2
    assert xai.protocol.response_state is ResponseState.IDLE
    assert xai.protocol.deadline is None


def test_a_commit_of_the_servers_own_is_answered_as_well(xai: Wire):
    xai.protocol.update_session(replace(CONFIG, turn_detection=ServerVad()))
    xai.protocol.append_audio(PCM)
    xai.sent()
    xai.hear(committed("item_1"))
    xai.protocol.create_response(xai.now)
    assert xai.sent() == []
    assert len(answer(xai)) == 2


def test_after_a_tool_a_response_is_asked_for(xai: Wire):
    speak(xai)
    xai.hear(committed("item_1"))
    xai.protocol.create_response(xai.now)
    answer(xai)
    xai.protocol.create_item(FunctionCallOutput(call_id="call_1", output="fog"))
    xai.protocol.create_response(xai.now)
    assert types(xai) == ["conversation.item.create", "response.create"]


def test_a_second_answer_to_the_same_speech_needs_a_clear_first(xai: Wire):
    speak(xai)
    xai.hear(committed("item_1"))
    answer(xai)
    xai.protocol.create_response(xai.now)
    assert types(xai) == ["input_audio_buffer.clear", "response.create"]


def test_nothing_is_cleared_away_together_with_the_answer(xai: Wire):
    speak(xai)
    xai.hear(committed("item_1"))
    xai.protocol.clear_audio()
    assert xai.sent() == []
    xai.hear(response_created())
    xai.protocol.clear_audio()
    assert xai.sent() == []
    xai.hear(response_done())
    xai.protocol.clear_audio()
    assert types(xai) == ["input_audio_buffer.clear"]


def test_a_refused_commit_is_not_answered(xai: Wire):
    [*_, sent] = speak(xai)
    xai.hear(error("input_audio_buffer_commit_empty", sent["event_id"]))
    xai.protocol.clear_audio()
    xai.protocol.create_response(xai.now)
    assert types(xai) == ["input_audio_buffer.clear", "response.create"]


def test_the_first_guesses_of_xai_are_not_what_the_user_said(xai: Wire):
    speak(xai)
    guess = {**transcription_completed("Hello, my name is", "item_1"), "status": "in_progress"}
    whole = {**transcription_completed("Hello, my name is Ada.", "item_1"), "status": "completed"}
    heard = xai.hear(guess, committed("item_1"), guess, whole)
    assert [each.transcript for each in heard if isinstance(each, InputAudioTranscriptionCompleted)] == [
        "Hello, my name is Ada."
    ]


# Early, late and left out


def test_a_transcript_that_comes_before_its_speech_is_an_item_waits_for_it(wire: Wire):
    speak(wire)
    assert wire.hear(transcription_completed("Hello.", "item_1"), transcription_completed("Old.", "item_0")) == []
    heard = wire.hear(committed("item_1"))
    assert [type(each) for each in heard] == [InputAudioBufferCommitted, InputAudioTranscriptionCompleted]
    assert heard[1].item_id == "item_1"


def test_words_that_come_whole_are_read_as_if_they_had_come_in_parts(wire: Wire):
    wire.begin_response()
    delta, whole = wire.hear(transcript_done("It is foggy."))
    assert delta == ResponseOutputAudioTranscriptDelta(response_id="resp_1", delta="It is foggy.")
    assert whole.transcript == "It is foggy."
    delta, _ = wire.hear({**event("response.output_text.done"), "response_id": "resp_1", "text": "Fog."})
    assert delta == ResponseOutputTextDelta(response_id="resp_1", delta="Fog.")


def test_words_that_came_in_parts_are_not_read_twice(wire: Wire):
    wire.begin_response()
    assert len(wire.hear(transcript_delta("It is foggy."), transcript_done("It is foggy."))) == 2
    assert len(wire.hear(transcript_done(""))) == 1


def test_a_call_that_no_item_announces_is_a_call():
    wire = wire_of(DialectName.SPEECH_TO_SPEECH)
    wire.begin_response()
    [done] = wire.hear(
        event(
            "response.function_call_arguments.done",
            response_id="resp_1",
            call_id="call_1",
            name="get_weather",
            arguments='{"city":"Bergen"}',
        )
    )
    assert isinstance(done, ResponseOutputItemDone)
    assert done.item.function_call == FunctionCall(call_id="call_1", name="get_weather", arguments='{"city":"Bergen"}')


def test_a_dialect_is_asked_for_what_it_can(wire: Wire):
    assert wire.protocol.dialect is DIALECTS[DialectName.GA]
    lacking = {
        name: {flag for flag in ("cancels", "deletes_items", "truncates", "side_responses") if not getattr(each, flag)}
        for name, each in DIALECTS.items()
    }
    assert lacking[DialectName.GA] == lacking[DialectName.AZURE] == lacking[DialectName.BETA] == set()
    assert lacking[DialectName.XAI] == {"truncates", "side_responses"}
    assert lacking[DialectName.SPEACHES] == {"cancels", "truncates", "side_responses"}
