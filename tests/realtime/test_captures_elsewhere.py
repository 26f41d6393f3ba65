"""Recorded conversations with xAI and Azure Voice Live, lived through again in their own dialects."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from custom_components.realtime_assist.realtime import (
    DIALECTS,
    DialectName,
    FunctionCall,
    FunctionCallOutput,
    FunctionTool,
    InputAudioBufferSpeechStarted,
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
    ServerVad,
    SessionConfig,
    SessionCreated,
    SessionState,
    Transcription,
    Usage,
    UserMessage,
)
from custom_components.realtime_assist.realtime.catalog import model
from custom_components.realtime_assist.realtime.pricing import cost
from tests.captures import VOICE_LIVE_CAPTURES, XAI_CAPTURES, Interactions, capture

from .server_messages import Message
from .wire import Wire

# What we say and they do not, and how we say it: nothing answers or stops by itself.
NEVER_BY_ITSELF = {"create_response": False, "interrupt_response": False}
OURS = {
    DialectName.XAI: {"voice": "ara"},
    DialectName.VOICE_LIVE: {
        "voice": {"type": "openai", "name": "alloy"},
        "max_response_output_tokens": "inf",
    },
}
VOICES = {DialectName.XAI: "ara", DialectName.VOICE_LIVE: "alloy"}


class Replay:
    """A recorded conversation lived through again: our commands where the recorded client gave them."""

    def __init__(self, name: str) -> None:
        self.dialect = DialectName.XAI if name in XAI_CAPTURES else DialectName.VOICE_LIVE
        self.conversation: Interactions = capture(name)
        self.wire = Wire(dialect=DIALECTS[self.dialect])
        self.events: list[ProtocolEvent] = []
        self.sent: list[tuple[Message, Message]] = []
        for direction, message in self.conversation:
            self.wire.now += 0.01
            if direction == "received":
                self.events += self.wire.hear(message)
            else:
                self._say(message)
                self.sent += [(message, ours) for ours in self.wire.sent()]

    def _say(self, message: Message) -> None:
        protocol = self.wire.protocol
        match message:
            case {"type": "session.update", "session": session}:
                protocol.update_session(self._configuration(session))
            case {"type": "conversation.item.create", "item": {"role": "user", "content": [{"text": text}]}}:
                protocol.create_item(UserMessage(text))
            case {"type": "conversation.item.create", "item": {"call_id": call_id, "output": output}}:
                protocol.create_item(FunctionCallOutput(call_id=call_id, output=output))
            case {"type": "input_audio_buffer.append", "audio": audio}:
                protocol.append_audio(b64decode(audio))
            case {"type": "response.create"}:
                protocol.create_response(self.wire.now)
            case unknown:
                pytest.fail(f"The recorded client says {unknown['type']}, which is not replayed here.")

    def _configuration(self, session: Message) -> SessionConfig:
        listening = session.get("audio", {}).get("input", {})
        transcription = listening.get("transcription") or session["input_audio_transcription"]
        return SessionConfig(
            instructions=session["instructions"],
            tools=[
                FunctionTool(name=tool["name"], description=tool["description"], parameters=tool["parameters"])
                for tool in session.get("tools", [])
            ],
            modality=Modality.TEXT if session.get("modalities") == ["text"] else Modality.AUDIO,
            voice=VOICES[self.dialect],
            transcription=Transcription(model=transcription["model"]),
            turn_detection=ServerVad(),
        )

    def of[T](self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    def received(self, *event_types: str) -> Iterator[Message]:
        return (message for way, message in self.conversation if way == "received" and message["type"] in event_types)

    def said(self, field: str) -> list[str]:
        """Return what the responses' ends list as said, by a `text` or a `transcript`."""
        outputs = [output for done in self.received("response.done") for output in done["response"]["output"]]
        return [part[field] for output in outputs for part in output.get("content", ()) if field in part]


@pytest.fixture(params=[*XAI_CAPTURES, *VOICE_LIVE_CAPTURES])
def replay(request: pytest.FixtureRequest) -> Replay:
    return Replay(request.param)


def test_nothing_in_it_is_odd(replay: Replay):
    assert not replay.wire.protocol.anomalies
    assert replay.wire.protocol.session_state is SessionState.READY
    assert replay.wire.protocol.response_state is ResponseState.IDLE
    assert replay.wire.protocol.deadline is None


def test_the_greeting_shows_the_dialect(replay: Replay):
    [created] = replay.of(SessionCreated)
    assert created.dialect is replay.dialect
    assert created.model is not None


def test_what_is_said_and_written_is_read_whole_and_once(replay: Replay):
    assert "".join(each.delta for each in replay.of(ResponseOutputTextDelta)) == "".join(replay.said("text"))
    spoken = "".join(each.delta for each in replay.of(ResponseOutputAudioTranscriptDelta))
    assert spoken == "".join(replay.said("transcript"))


def test_the_sound_is_the_recorded_one_byte_for_byte(replay: Replay):
    deltas = replay.received("response.output_audio.delta", "response.audio.delta")
    recorded = b"".join(b64decode(delta["delta"], validate=True) for delta in deltas)
    assert b"".join(each.pcm for each in replay.of(ResponseOutputAudioDelta)) == recorded
    assert bool(recorded) is bool(replay.said("transcript"))


def test_every_function_is_called_once_and_with_its_whole_arguments(replay: Replay):
    called = [done.item.function_call for done in replay.of(ResponseOutputItemDone) if done.item.function_call]
    assert called == [
        FunctionCall(call_id=output["call_id"], name=output["name"], arguments=output["arguments"])
        for done in replay.received("response.done")
        for output in done["response"]["output"]
        if output["type"] == "function_call"
    ]


def test_the_guesses_of_a_transcript_are_none(replay: Replay):
    completed = list(replay.received("conversation.item.input_audio_transcription.completed"))
    written = replay.of(InputAudioTranscriptionCompleted)
    assert [each.transcript for each in written] == [
        each["transcript"] for each in completed if each.get("status") != "in_progress"
    ]
    assert len(written) == len(replay.of(InputAudioBufferSpeechStarted))


def test_every_token_is_counted_and_none_has_a_price(replay: Replay):
    ends = replay.of(ResponseDone)
    assert [end.status for end in ends] == [ResponseStatus.COMPLETED] * len(ends)
    [created] = replay.of(SessionCreated)
    for end, done in zip(ends, replay.received("response.done"), strict=True):
        usage: dict[str, Any] = done["response"]["usage"] or done["usage"]
        counted = end.usage
        assert isinstance(counted, Usage)
        assert counted.input.text + counted.input.audio == usage["input_tokens"]
        assert counted.output.text + counted.output.audio == usage["output_tokens"]
        assert counted.cached.text == usage["input_token_details"].get("cached_tokens", 0)
        assert cost(counted, model(created.model or "").prices).total is None


def test_we_say_what_the_recorded_client_said(replay: Replay):
    assert len(replay.sent) == sum(direction == "sent" for direction, _ in replay.conversation)
    for recorded, ours in replay.sent:
        told = {key: value for key, value in ours.items() if key != "event_id"}
        if recorded["type"] == "session.update":
            assert_configured(replay.dialect, recorded["session"], told["session"])
        elif recorded["type"] == "conversation.item.create":
            del told["item"]["id"]
            assert told == recorded
        else:
            assert told == recorded


def assert_configured(dialect: DialectName, recorded: Message, ours: Message) -> None:
    """Assert that the session is the recorded one, but for what we name and for who decides on an answer."""
    detection = {"turn_detection": {**recorded["turn_detection"], **NEVER_BY_ITSELF}}
    assert ours == {"tools": [], **OURS[dialect], **recorded, **detection}
