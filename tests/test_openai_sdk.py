"""Our protocol against the types of the openai package: nothing of ours is unknown there, nothing of theirs here.

The package is a development dependency alone; these tests say when a newer one knows more than we do.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

from openai.types.realtime import (
    AudioTranscription,
    RealtimeAudioConfigOutput,
    RealtimeClientEvent,
    RealtimeServerEvent,
    RealtimeSessionCreateRequest,
)
from pydantic import BaseModel, TypeAdapter, ValidationError
import pytest

from custom_components.realtime_assist.realtime import (
    AssistantMessage,
    Eagerness,
    FunctionCall,
    FunctionCallOutput,
    FunctionTool,
    Modality,
    NoiseReduction,
    ResponseStatus,
    SemanticVad,
    ServerVad,
    SessionConfig,
    Transcription,
    Truncation,
    UserMessage,
)
from custom_components.realtime_assist.realtime.catalog import (
    DEFAULT_MODEL,
    DEFAULT_TRANSCRIPTION_MODEL,
    DEFAULT_VOICE,
    MODELS,
    VOICES,
)
from custom_components.realtime_assist.realtime.client_events import ClientEvent
from custom_components.realtime_assist.realtime.ignored_events import IGNORED
from custom_components.realtime_assist.realtime.reading import reading
from custom_components.realtime_assist.realtime.server_events import EVENTS
from tests.realtime import server_messages as server
from tests.realtime.conversations import WRITTEN
from tests.realtime.server_messages import Message
from tests.realtime.wire import Wire

SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
CLIENT_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
OUR_CLIENT_EVENT: TypeAdapter[Any] = TypeAdapter(ClientEvent)

# What we never say, and why.
UNSAID = {
    "conversation.item.retrieve": "nothing is ever retrieved",
    "output_audio_buffer.clear": "belongs to WebRTC and SIP, where the server owns the playback",
}
# What recorded traffic carries and the package's types do not have: the last three in `session`.
AHEAD_OF_THE_TYPES = {"phase", "reasoning_tokens", "id", "object", "expires_at"}

TOOL = FunctionTool(
    name="get_weather",
    description="Tells the weather of a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}},
)


def literals(annotation: Any) -> Iterator[str]:
    """Yield every name that a type lists, however deep in unions and lists."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for part in get_args(annotation):
            yield from literals(part)


def named(model: type[BaseModel], field: str) -> set[str]:
    """Return the names that a field of a model lists."""
    return set(literals(model.model_fields[field].annotation))


def event_types(union: Any) -> set[str]:
    """Return the `type` of each event in a union of the package, annotated or not."""
    arguments = get_args(union)
    models = arguments if all(isinstance(each, type) for each in arguments) else get_args(arguments[0])
    return {name for model in models for name in named(model, "type")}


def strangers(value: Any) -> set[str]:
    """Return the names of the fields inside a validated event that its types do not have."""
    if isinstance(value, list):
        return {name for each in value for name in strangers(each)}
    if not isinstance(value, BaseModel):
        return set()
    found = set(value.model_extra or {})
    for field in type(value).model_fields:
        found |= strangers(getattr(value, field))
    return found


# What the server says


def test_every_event_of_the_server_is_used_or_ignored_on_purpose():
    theirs = event_types(RealtimeServerEvent)
    assert len(theirs) == 46
    assert EVENTS.keys() | IGNORED.keys() == theirs
    assert not EVENTS.keys() & IGNORED.keys()


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_ignored_is_ignored_for_a_reason(name: str):
    assert len(IGNORED[name].split()) >= 3


SERVER_MESSAGES: list[Message] = [
    server.session_created(),
    server.session_updated(),
    server.speech_started(),
    server.speech_stopped(),
    server.committed(),
    server.transcription_completed("Hello."),
    server.transcription_failed(code="audio_unintelligible"),
    server.response_created(metadata={"request": "side_1"}),
    server.response_done(
        status="failed",
        status_details={"type": "failed", "error": {"type": "server_error", "code": "inference_failed"}},
        output=[server.call_item("{}")],
        usage=server.usage(
            server.tokens(100, 20, image_tokens=3), server.tokens(64, 10, image_tokens=0), server.tokens(30, 40)
        ),
    ),
    server.item_added(server.message_item(status="in_progress")),
    server.item_done(server.call_item('{"city":"Bergen"}')),
    server.text_delta("Yes."),
    server.text_done("Yes."),
    server.transcript_delta("Yes."),
    server.transcript_done("Yes."),
    server.audio_delta(b"\0\0"),
    server.arguments_delta("{"),
    server.part_added("audio"),
    server.conversation_item_added(server.message_item()),
    server.rate_limits(),
    server.error("invalid_value", "event_1", param="session.voice"),
]


@pytest.mark.parametrize("message", SERVER_MESSAGES, ids=lambda message: message["type"])
def test_the_events_that_the_tests_write_by_hand_are_the_servers(message: Message):
    assert strangers(SERVER_EVENT.validate_python(message)) <= AHEAD_OF_THE_TYPES


def test_every_event_that_is_used_is_written_by_hand():
    assert {message["type"] for message in SERVER_MESSAGES} >= EVENTS.keys()


@pytest.mark.parametrize("name", WRITTEN)
def test_the_conversations_that_are_written_by_hand_use_the_servers_events(name: str):
    received = [message for direction, message in WRITTEN[name]() if direction == "received"]
    used = [SERVER_EVENT.validate_python(message) for message in received if message["type"] in EVENTS]
    assert strangers(used) <= AHEAD_OF_THE_TYPES


def test_an_end_ends_in_every_way_that_the_server_knows():
    done = SERVER_EVENT.validate_python(server.response_done())
    assert {status.value for status in ResponseStatus} == named(type(done.response), "status") - {"in_progress"}


# What we say


def everything_we_say() -> list[Message]:
    """Return every kind of event that the protocol sends, in every shape."""
    wire = Wire()
    protocol = wire.protocol
    config = SessionConfig(instructions="Be brief.", tools=(TOOL,), voice=DEFAULT_VOICE)
    protocol.update_session(config)
    protocol.update_session(
        replace(
            config,
            voice="voice_1234",
            reasoning_effort="low",
            parallel_tools=True,
            speed=1.25,
            max_output_tokens=4_096,
            turn_detection=SemanticVad(eagerness=Eagerness.HIGH),
            noise_reduction=NoiseReduction.FAR_FIELD,
            truncation=Truncation(retention_ratio=0.8, post_instructions=8_000),
        )
    )
    protocol.update_session(
        replace(
            config,
            turn_detection=ServerVad(threshold=0.4, prefix_padding_ms=200, silence_duration_ms=700),
            truncation=Truncation(retention_ratio=0.5),
        )
    )
    for modality, transcription in (
        (Modality.TEXT, Transcription(model=DEFAULT_TRANSCRIPTION_MODEL, language="nl", keywords=("Keukenlamp",))),
        (Modality.AUDIO, Transcription(model="whisper-1", language="nl")),
        (Modality.TEXT, Transcription(model="whisper-1")),
    ):
        protocol.update_session(SessionConfig(modality=modality, voice="cedar", transcription=transcription))
    protocol.append_audio(b"\0\0")
    protocol.clear_audio()
    protocol.append_audio(b"\0\0")
    protocol.commit_audio()
    for item in (
        UserMessage("Hello"),
        AssistantMessage("Hi!"),
        FunctionCall(call_id="call_1", name="get_weather", arguments="{}"),
        FunctionCallOutput(call_id="call_1", output='"fog"'),
    ):
        protocol.create_item(item)
        protocol.create_item(item, after="root")
    protocol.delete_item("item_1")
    protocol.truncate_item("item_1", audio_end_ms=1_500)
    protocol.create_response(0.0)
    protocol.cancel_response()
    wire.hear(server.response_created())
    wire.hear(server.response_done())
    wire.hear(server.response_created())
    protocol.cancel_response()
    tag = protocol.create_side_response(reading("The washing machine is done."), 0.0)
    wire.hear(server.response_created("resp_side", metadata={"request": tag}))
    protocol.cancel_side_response(tag)
    return wire.sent()


SAID = everything_we_say()


@pytest.mark.parametrize("message", SAID, ids=lambda message: message["type"])
def test_what_we_say_is_an_event_of_theirs(message: Message):
    event = CLIENT_EVENT.validate_python(message)
    assert strangers(event) == set()
    assert event.model_dump(mode="json", exclude_unset=True) == message


@pytest.mark.parametrize(
    "message",
    [message for message in SAID if message["type"] != "input_audio_buffer.append"],
    ids=lambda message: message["type"],
)
def test_what_we_say_has_the_shape_that_we_say_it_has(message: Message):
    assert OUR_CLIENT_EVENT.validate_python(message) == message
    with pytest.raises(ValidationError):
        OUR_CLIENT_EVENT.validate_python({**message, "event_id": None})


def test_everything_that_can_be_said_is_said_or_left_out_on_purpose():
    said = {message["type"] for message in SAID}
    assert said | UNSAID.keys() == event_types(RealtimeClientEvent)
    assert not said & UNSAID.keys()


def test_every_event_that_a_refusal_may_name_has_an_id():
    """The server takes ids of up to 32 characters; audio is not answered and needs none."""
    ids = [message["event_id"] for message in SAID if message["type"] != "input_audio_buffer.append"]
    assert len(set(ids)) == len(ids)
    assert max(map(len, ids)) <= 32


# What we offer


def test_every_model_that_is_offered_is_one_of_theirs():
    assert named(RealtimeSessionCreateRequest, "model") >= set(MODELS)
    assert DEFAULT_MODEL in MODELS


def test_every_voice_of_theirs_is_offered_and_no_other():
    assert set(VOICES) == named(RealtimeAudioConfigOutput, "voice")
    assert len(set(VOICES)) == len(VOICES)
    assert DEFAULT_VOICE in VOICES


def test_the_words_are_written_down_by_a_model_of_theirs():
    assert DEFAULT_TRANSCRIPTION_MODEL in named(AudioTranscription, "model")


def test_every_modality_is_one_of_theirs():
    assert {modality.value for modality in Modality} == named(RealtimeSessionCreateRequest, "output_modalities")
