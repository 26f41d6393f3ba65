"""Recorded conversations are lived through again: what we make of them is what their own summaries say.

The deltas are what is listened to; the `done` events and `response.done.output`, which repeat them and which the
protocol ignores, are what they are held against.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping
import json
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    AssistantMessage,
    ConversationItem,
    FunctionCall,
    FunctionCallOutput,
    FunctionTool,
    InputAudioTranscriptionCompleted,
    Modality,
    ProtocolEvent,
    ResponseDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputItemDone,
    ResponseOutputTextDelta,
    ResponseState,
    ResponseStatus,
    SessionConfig,
    SessionCreated,
    SessionState,
    Transcription,
    TranscriptionUsage,
    UserMessage,
)
from tests.captures import OPENAI_CAPTURES, Interactions, capture

from .conversations import WRITTEN
from .server_messages import Message
from .wire import Wire


@pytest.fixture(params=[*WRITTEN, *OPENAI_CAPTURES])
def conversation(request: pytest.FixtureRequest) -> Interactions:
    """Return a conversation: written by hand, or recorded."""
    written = WRITTEN.get(request.param)
    return capture(request.param) if written is None else written()


class Replay:
    """A conversation lived through again: our commands where the recorded client gave them."""

    def __init__(self, conversation: Interactions) -> None:
        self.wire = Wire()
        self.events: list[ProtocolEvent] = []
        self.sent: list[tuple[Message, Message]] = []
        """What was recorded, and what we have sent in its place."""
        for direction, message in conversation:
            self.wire.now += 0.01
            if direction == "received":
                self.events += self.wire.hear(message)
            else:
                self._say(message)
                self.sent += [(message, ours) for ours in self.wire.sent()]

    def _say(self, message: Message) -> None:
        protocol = self.wire.protocol
        match message["type"]:
            case "session.update":
                protocol.update_session(configuration(message["session"]))
            case "conversation.item.create":
                protocol.create_item(item(message["item"]))
            case "input_audio_buffer.append":
                protocol.append_audio(b64decode(message["audio"]))
            case "input_audio_buffer.commit":
                protocol.commit_audio()
            case "response.create":
                protocol.create_response(self.wire.now)
            case unknown:
                pytest.fail(f"The recorded client says {unknown}, which is not replayed here.")

    def of[T](self, kind: type[T]) -> list[T]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def configuration(session: Message) -> SessionConfig:
    return SessionConfig(
        instructions=session["instructions"],
        tools=[
            FunctionTool(name=tool["name"], description=tool["description"], parameters=tool["parameters"])
            for tool in session.get("tools", [])
        ],
        modality=Modality(session["output_modalities"][0]),
        voice="marin",
        transcription=Transcription(model=session["audio"]["input"]["transcription"]["model"]),
    )


def item(recorded: Message) -> ConversationItem:
    match recorded:
        case {"type": "message", "role": "user", "content": [{"text": text}]}:
            return UserMessage(text)
        case {"type": "message", "role": "assistant", "content": [{"text": text}]}:
            return AssistantMessage(text)
        case {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}:
            return FunctionCall(call_id=call_id, name=name, arguments=arguments)
    return FunctionCallOutput(call_id=recorded["call_id"], output=recorded["output"])


def received(conversation: Interactions, event_type: str) -> Iterator[Message]:
    return (message for direction, message in conversation if direction == "received" and message["type"] == event_type)


def outputs(conversation: Interactions) -> Iterator[tuple[str, Message]]:
    """Yield every item of every response as the response's end lists it, with the response's id."""
    for done in received(conversation, "response.done"):
        yield from ((done["response"]["id"], each) for each in done["response"]["output"])


def answered(conversation: Interactions, field: str) -> Mapping[str, str]:
    """Return what each response said, by its id: the `text` or the `transcript` of its content."""
    said: dict[str, str] = {}
    for response_id, output in outputs(conversation):
        for part in output.get("content", []):
            if field in part:
                said[response_id] = said.get(response_id, "") + part[field]
    return said


def joined(deltas: list[Any]) -> Mapping[str, str]:
    """Return the deltas of each response, joined."""
    said: dict[str, str] = {}
    for each in deltas:
        said[each.response_id] = said.get(each.response_id, "") + each.delta
    return said


def test_nothing_in_it_is_odd(conversation: Interactions):
    replay = Replay(conversation)
    assert not replay.wire.protocol.anomalies
    assert replay.wire.protocol.session_state is SessionState.READY
    assert replay.wire.protocol.response_state is ResponseState.IDLE
    assert not replay.wire.protocol.committing
    assert replay.wire.protocol.deadline is None


def test_the_session_is_who_it_says(conversation: Interactions):
    [greeting] = received(conversation, "session.created")
    session = greeting["session"]
    assert Replay(conversation).of(SessionCreated) == [SessionCreated(session_id=session["id"], model=session["model"])]


def test_what_is_written_is_read_whole(conversation: Interactions):
    assert joined(Replay(conversation).of(ResponseOutputTextDelta)) == answered(conversation, "text")


def test_what_is_said_is_read_whole(conversation: Interactions):
    spoken = joined(Replay(conversation).of(ResponseOutputAudioTranscriptDelta))
    assert spoken == answered(conversation, "transcript")


def test_the_sound_is_the_recorded_one_byte_for_byte(conversation: Interactions):
    heard = b"".join(event.pcm for event in Replay(conversation).of(ResponseOutputAudioDelta))
    deltas = received(conversation, "response.output_audio.delta")
    assert heard == b"".join(b64decode(delta["delta"], validate=True) for delta in deltas)
    assert bool(heard) is bool(answered(conversation, "transcript"))


def test_every_function_is_called_once_and_with_its_whole_arguments(conversation: Interactions):
    done = Replay(conversation).of(ResponseOutputItemDone)
    calls = [event.item.function_call for event in done if event.item.function_call is not None]
    assert calls == [
        FunctionCall(call_id=output["call_id"], name=output["name"], arguments=output["arguments"])
        for _, output in outputs(conversation)
        if output["type"] == "function_call"
    ]
    assert all(isinstance(json.loads(call.arguments), dict) for call in calls)


def test_preambles_are_told_from_answers(conversation: Interactions):
    done = Replay(conversation).of(ResponseOutputItemDone)
    assert [(event.response_id, event.item.id, event.item.phase) for event in done] == [
        (response_id, output["id"], output.get("phase")) for response_id, output in outputs(conversation)
    ]


def test_what_the_user_said_is_written_down(conversation: Interactions):
    assert Replay(conversation).of(InputAudioTranscriptionCompleted) == [
        InputAudioTranscriptionCompleted(
            item_id=completed["item_id"],
            transcript=completed["transcript"],
            usage=TranscriptionUsage(seconds=completed["usage"]["seconds"]),
        )
        for completed in received(conversation, "conversation.item.input_audio_transcription.completed")
    ]


def test_every_token_is_counted_in_its_bucket(conversation: Interactions):
    ends = Replay(conversation).of(ResponseDone)
    assert [end.status for end in ends] == [ResponseStatus.COMPLETED] * len(ends)
    reported = [done["response"]["usage"] for done in received(conversation, "response.done")]
    assert len(ends) == len(reported) > 0
    for end, usage in zip(ends, reported, strict=True):
        counted = end.usage
        assert counted is not None
        assert counted.input.text + counted.input.audio + counted.input.image == usage["input_tokens"]
        assert counted.output.text + counted.output.audio == usage["output_tokens"]
        assert counted.cached.text + counted.cached.audio == usage["input_token_details"]["cached_tokens"]
        assert counted.input.audio == usage["input_token_details"]["audio_tokens"]
        assert counted.output.audio == usage["output_token_details"]["audio_tokens"]
        assert counted.reasoning == usage["output_token_details"].get("reasoning_tokens", 0)


def test_we_say_what_the_recorded_client_said(conversation: Interactions):
    replay = Replay(conversation)
    assert len(replay.sent) == sum(direction == "sent" for direction, _ in conversation)
    for recorded, ours in replay.sent:
        told = {key: value for key, value in ours.items() if key != "event_id"}
        if recorded["type"] == "session.update":
            assert_configured(recorded["session"], told["session"])
        elif recorded["type"] == "conversation.item.create":
            del told["item"]["id"]
            assert told == recorded
        else:
            assert told == recorded


def assert_configured(recorded: Message, ours: Message) -> None:
    """Assert that the session is the recorded one, but for the end of speech, which we find, and the voice, which we name."""
    unsaid = {"tools": [], "max_output_tokens": "inf"}
    assert {**unsaid, **recorded, "audio": None} == {**ours, "audio": None}
    listening, speaking = ours["audio"]["input"], ours["audio"]["output"]
    assert listening == {**recorded["audio"]["input"], "turn_detection": None}
    assert speaking == {**recorded["audio"]["output"], "voice": "marin"}
