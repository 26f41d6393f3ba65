"""What a microphone sends becomes items, transcripts and answers, by hand or by listening."""

from collections.abc import AsyncIterator
from typing import Any, override

import numpy as np
import pytest

from local_server.engine import Decision, Engine, Situation
from local_server.voice import Voice
from local_server.wire import ManualClock, tone
from local_server.wire.audio_formats import encoder

from .wire_client import AUDIO_BY_HAND, WireClient, talking

_FRAME_BYTES = 20 * 48
_PREFIX = "conversation.item.input_audio_transcription."


def _by_hand(model: str = "gpt-realtime-whisper") -> dict[str, Any]:
    return {
        "output_modalities": ["text"],
        "audio": {"input": {"turn_detection": None, "transcription": {"model": model}}},
    }


def _listening(**turn_detection: Any) -> dict[str, Any]:
    detection = {"type": "server_vad", **turn_detection}
    return {"output_modalities": ["text"], "audio": {"input": {"turn_detection": detection}}}


def _silence(duration_ms: int) -> bytes:
    return bytes(duration_ms * 48)


async def _stream(client: WireClient, pcm: bytes) -> None:
    """Send audio as a microphone does, in frames of 20 ms."""
    for start in range(0, len(pcm), _FRAME_BYTES):
        await client.append(pcm[start : start + _FRAME_BYTES])


async def _flush(client: WireClient) -> None:
    """Return when the server has served all that was sent before."""
    await client.send("conversation.item.delete", event_id="flush", item_id="nothing")
    while (await client.until("error"))["error"]["event_id"] != "flush":
        pass


async def test_a_commit_by_hand_makes_an_item_and_no_response() -> None:
    async with talking({}, AUDIO_BY_HAND) as (_, client):
        await _stream(client, tone(200))
        await client.send("input_audio_buffer.commit")
        await _flush(client)
        committed = client.of("input_audio_buffer.committed")[0]
        done = client.of("conversation.item.done")[0]
    assert client.types() == [
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "error",
    ]
    assert (committed["item_id"], committed["previous_item_id"]) == (done["item"]["id"], None)
    assert done["item"]["content"] == [{"type": "input_audio", "transcript": None}]


async def test_less_than_100_ms_cannot_be_committed_and_stays() -> None:
    async with talking({}, AUDIO_BY_HAND) as (_, client):
        await client.append(tone(99))
        await client.send("input_audio_buffer.commit")
        error = await client.error()
        assert (error["code"], "99.00ms" in error["message"]) == ("input_audio_buffer_commit_empty", True)
        await client.append(tone(1))
        await client.send("input_audio_buffer.commit")
        await client.until("input_audio_buffer.committed")


async def test_a_cleared_buffer_has_nothing_to_commit() -> None:
    async with talking({}, AUDIO_BY_HAND) as (_, client):
        await client.append(tone(500))
        await client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")
        await client.send("input_audio_buffer.commit")
        assert (await client.error())["code"] == "input_audio_buffer_commit_empty"


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        ("gpt-transcribe", {"type": "duration", "seconds": 2}),
        ("gpt-realtime-whisper", {"type": "duration", "seconds": 2}),
        (
            "gpt-4o-mini-transcribe",
            {
                "type": "tokens",
                "total_tokens": 20,
                "input_tokens": 15,
                "input_token_details": {"text_tokens": 0, "audio_tokens": 15},
                "output_tokens": 5,
            },
        ),
    ],
)
async def test_a_transcript_comes_in_deltas_and_is_paid_on_its_models_card(model: str, usage: dict[str, Any]) -> None:
    async with talking({"turns": ["Turn on the light."]}, _by_hand(model)) as (_, client):
        await _stream(client, tone(1500))
        await client.send("input_audio_buffer.commit")
        completed = await client.until(f"{_PREFIX}completed")
        deltas = [event["delta"] for event in client.of(f"{_PREFIX}delta")]
    assert completed["transcript"] == "".join(deltas) == "Turn on the light."
    assert len(deltas) > 1
    assert completed["usage"] == usage


async def test_a_script_can_let_a_transcript_fail_be_empty_be_late_or_never_come() -> None:
    clock = ManualClock()
    turns = [
        {"error": {"code": "audio_unintelligible", "message": "Mumbling."}},
        {"transcript": ""},
        {"never": True},
        {"transcript": "Late.", "delay": 30},
    ]
    async with talking({"turns": turns, "responses": ["Meanwhile."]}, _by_hand(), clock=clock) as (_, client):
        for _ in turns:
            await client.append(tone(200))
            await client.send("input_audio_buffer.commit")
        failed = await client.until(f"{_PREFIX}failed")
        empty = await client.until(f"{_PREFIX}completed")
        # The response does not wait for a transcript that is late.
        await client.respond()
        await clock.advance(30)
        late = await client.until(f"{_PREFIX}completed")
        items = [event["item_id"] for event in client.of("input_audio_buffer.committed")]
    assert (failed["item_id"], failed["error"]["code"]) == (items[0], "audio_unintelligible")
    assert (empty["item_id"], empty["transcript"]) == (items[1], "")
    assert (late["item_id"], late["transcript"]) == (items[3], "Late.")
    assert not [event for event in client.events if event.get("item_id") == items[2] and _PREFIX in event["type"]]


async def test_the_item_shows_its_transcript_once_there_is_one() -> None:
    async with talking({"turns": ["Hello."]}, _by_hand()) as (_, client):
        await client.append(tone(200))
        await client.send("input_audio_buffer.commit")
        completed = await client.until(f"{_PREFIX}completed")
        await client.send("conversation.item.retrieve", item_id=completed["item_id"])
        item = (await client.until("conversation.item.retrieved"))["item"]
    assert item["content"][0]["transcript"] == "Hello."


async def test_scripted_speech_is_found_at_its_place_in_each_turn() -> None:
    speech = {"start_ms": 100, "end_ms": 400}
    turns = [{"transcript": "One.", "speech": speech}, {"transcript": "Two.", "speech": speech}]
    async with talking({"turns": turns, "responses": ["First.", "Second."]}, _listening()) as (_, client):
        await _stream(client, tone(500))
        await client.until("response.done")
        await _stream(client, tone(500))
        await client.until("response.done")
        # The script knows of no further turn.
        await _stream(client, tone(1000))
        await _flush(client)
        started = [event["audio_start_ms"] for event in client.of("input_audio_buffer.speech_started")]
        stopped = [event["audio_end_ms"] for event in client.of("input_audio_buffer.speech_stopped")]
        ids = {
            kind: [event["item_id"] for event in client.of(f"input_audio_buffer.{kind}")]
            for kind in ("speech_started", "committed")
        }
    assert (started, stopped) == ([100, 500], [400, 800])
    assert ids["speech_started"] == ids["committed"]


async def test_speech_interrupts_a_response_and_its_turn_is_answered_after_that() -> None:
    clock = ManualClock()
    scenario = {
        "turns": [{"speech": {"start_ms": 100, "end_ms": 300}}],
        "responses": [{"text": "A long story.", "delta_delay": 1}, "Yes?"],
    }
    async with talking(scenario, _listening(), clock=clock) as (_, client):
        await client.send("response.create")
        await client.until("response.output_text.delta")
        await _stream(client, tone(500))
        cut = (await client.until("response.done"))["response"]
        answer = (await client.until("response.done"))["response"]
    assert cut["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert cut["output"][0]["content"][0]["text"] == "A"
    assert answer["output"][0]["content"][0]["text"] == "Yes?"


async def test_without_interruption_a_response_goes_on_and_the_turn_gets_an_error() -> None:
    clock = ManualClock()
    scenario = {"turns": [{"speech": {"start_ms": 0, "end_ms": 200}}], "responses": [{"text": "One two.", "delay": 1}]}
    async with talking(scenario, _listening(interrupt_response=False), clock=clock) as (_, client):
        await client.send("response.create")
        await client.until("response.created")
        await client.append(tone(300))
        assert (await client.error())["code"] == "conversation_already_has_active_response"
        await clock.advance(1)
        assert (await client.until("response.done"))["response"]["status"] == "completed"


async def test_without_create_response_a_turn_is_committed_and_left_to_the_client() -> None:
    scenario = {"turns": [{"speech": {"start_ms": 0, "end_ms": 200}}]}
    async with talking(scenario, _listening(create_response=False)) as (_, client):
        await client.append(tone(300))
        await client.until("conversation.item.done")
        await _flush(client)
    assert "response.created" not in client.types()


async def test_a_commit_by_hand_amid_speech_takes_the_item_that_was_announced() -> None:
    scenario = {"turns": [{"speech": {"start_ms": 0, "end_ms": 1000}}]}
    async with talking(scenario, _listening()) as (_, client):
        await client.append(tone(300))
        started = await client.until("input_audio_buffer.speech_started")
        await client.send("input_audio_buffer.commit")
        committed = await client.until("input_audio_buffer.committed")
        await client.append(tone(2000))
        await _flush(client)
    assert committed["item_id"] == started["item_id"]
    assert len(client.of("input_audio_buffer.committed")) == 1


async def test_a_user_who_says_nothing_is_asked_after_the_idle_timeout() -> None:
    clock = ManualClock()
    session = {"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 6000}}}}
    scenario = {"responses": [{"text": "Well?", "audio_ms": 2000}, "Still there?", "Bye."]}
    async with talking(scenario, session, clock=clock) as (_, client):
        await client.respond()
        await client.append(_silence(500))
        await _flush(client)
        client.events.clear()
        # The answer is played for 2 s before the waiting begins.
        await clock.advance(7.9)
        await _flush(client)
        assert client.types() == ["error"]
        await clock.advance(0.1)
        triggered = await client.until("input_audio_buffer.timeout_triggered")
        committed = await client.until("input_audio_buffer.committed")
        answer = (await client.until("response.done"))["response"]
    assert (triggered["audio_start_ms"], triggered["audio_end_ms"]) == (0, 500)
    assert committed["item_id"] == triggered["item_id"]
    assert answer["output"][0]["content"][0]["transcript"] == "Still there?"


async def test_a_user_who_speaks_is_not_asked() -> None:
    clock = ManualClock()
    session = {"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 6000}}}}
    scenario = {"turns": [{"speech": {"start_ms": 0, "end_ms": 5000}}], "responses": [{"text": "Well?", "audio_ms": 0}]}
    async with talking(scenario, session, clock=clock) as (_, client):
        await client.respond()
        await client.append(tone(300))
        await client.until("input_audio_buffer.speech_started")
        await clock.advance(60)
        await _flush(client)
    assert "input_audio_buffer.timeout_triggered" not in client.types()


@pytest.fixture(scope="module")
def command() -> bytes:
    """Speech: a command of about two seconds."""
    return Voice().speak("Turn on the kitchen light, please.", "alloy")


def _speech_span_ms(pcm: bytes) -> tuple[float, float]:
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2")) > 1000) / 24
    return float(loud[0]), float(loud[-1])


@pytest.mark.parametrize(
    ("detection", "padding_ms", "silence_ms"),
    [
        ({"type": "server_vad"}, 300, 500),
        ({"type": "server_vad", "prefix_padding_ms": 100, "silence_duration_ms": 200}, 100, 200),
        ({"type": "semantic_vad", "eagerness": "high"}, 300, 2000),
    ],
)
async def test_real_speech_is_found_where_it_is(
    command: bytes, detection: dict[str, Any], padding_ms: int, silence_ms: int
) -> None:
    before = 800
    begin, end = (before + ms for ms in _speech_span_ms(command))
    async with talking({"responses": ["Done."]}, _listening(**detection)) as (_, client):
        await _stream(client, _silence(before) + command + _silence(silence_ms + 500))
        await client.until("response.done")
        started = client.of("input_audio_buffer.speech_started")
        stopped = client.of("input_audio_buffer.speech_stopped")
        usage = client.of("response.done")[0]["response"]["usage"]
    assert (len(started), len(stopped)) == (1, 1)
    assert started[0]["audio_start_ms"] == pytest.approx(begin - padding_ms, abs=150)
    assert stopped[0]["audio_end_ms"] == pytest.approx(end + silence_ms, abs=150)
    heard_ms = stopped[0]["audio_end_ms"] - started[0]["audio_start_ms"]
    assert usage["input_token_details"]["audio_tokens"] == round(heard_ms / 100)


@pytest.mark.parametrize(("silence_ms", "turns"), [(200, 2), (1200, 1)])
async def test_a_pause_ends_the_turn_when_it_is_longer_than_the_silence_duration(
    command: bytes, silence_ms: int, turns: int
) -> None:
    session = _listening(silence_duration_ms=silence_ms, create_response=False)
    async with talking({}, session) as (_, client):
        await _stream(client, _silence(500) + command + _silence(300) + command + _silence(silence_ms + 300))
        await _flush(client)
        assert len(client.of("input_audio_buffer.committed")) == turns


async def test_silence_and_noise_are_no_speech() -> None:
    noise = (np.random.default_rng(1).normal(0, 300, 24 * 3000)).astype("<i2").tobytes()
    async with talking({}, _listening()) as (_, client):
        await _stream(client, _silence(1000) + noise)
        await _flush(client)
    assert client.types() == ["error"]


@pytest.mark.parametrize("codec", ["audio/pcmu", "audio/pcma"])
async def test_telephone_audio_is_heard_and_spoken(command: bytes, codec: str) -> None:
    audio_format = {"type": codec}
    audio: dict[str, Any] = {
        "input": {"format": audio_format, "turn_detection": {"type": "server_vad"}},
        "output": {"format": audio_format},
    }
    async with talking({"responses": [{"text": "Done.", "audio_ms": 300}]}, {"audio": audio}) as (_, client):
        await client.append(encoder(audio_format)(_silence(600) + command + _silence(800)))
        response = (await client.until("response.done"))["response"]
        sizes = [len(event["delta"]) for event in client.of("response.output_audio.delta")]
    assert response["audio"]["output"]["format"] == audio_format
    # 800 bytes of G.711 a delta of 100 ms, a third of the samples and half of their size.
    assert sizes == [1068, 1068, 1068]


class _Echo(Engine):
    """Hears how long the audio was and says what was said last."""

    def __init__(self) -> None:
        self.situations: list[Situation] = []

    @override
    async def transcribe(self, pcm: bytes, situation: Situation) -> str:
        return f"{len(pcm) // 48} milliseconds"

    @override
    async def decide(self, situation: Situation) -> Decision:
        self.situations.append(situation)
        content = situation.items[-1]["content"][0]
        if "fail" in content.get("text", ""):
            raise RuntimeError("The engine is out of order.")
        return Decision(text=f"You said {content.get('transcript') or content['text']}.")

    @override
    async def speak(self, text: str, voice: str) -> AsyncIterator[bytes]:
        yield tone(130)
        yield tone(130)

    @override
    async def close(self) -> None:
        pass


async def test_an_engine_hears_the_audio_whether_or_not_a_transcript_is_wanted() -> None:
    engine = _Echo()
    async with talking({}, AUDIO_BY_HAND, engine=engine) as (_, client):
        await client.append(tone(250))
        await client.send("input_audio_buffer.commit")
        response = await client.respond(instructions="Echo.")
        deltas = [len(event["delta"]) * 3 // 4 for event in client.of("response.output_audio.delta")]
    assert response["output"][0]["content"][0]["transcript"] == "You said 250 milliseconds."
    assert deltas == [4800, 4800, 2880]
    assert engine.situations[0].instructions == "Echo."
    assert engine.situations[0].items[0]["content"] == [{"type": "input_audio", "transcript": "250 milliseconds"}]
    assert not [event for event in client.events if event["type"].startswith(_PREFIX)]


async def test_an_engine_transcribes_beside_its_answer() -> None:
    async with talking({}, _by_hand(), engine=_Echo()) as (_, client):
        await client.append(tone(250))
        await client.send("input_audio_buffer.commit")
        assert (await client.until(f"{_PREFIX}completed"))["transcript"] == "250 milliseconds"


async def test_a_script_comes_before_the_engine() -> None:
    async with talking({"responses": ["By heart."], "turns": ["As told."]}, _by_hand(), engine=_Echo()) as (_, client):
        await client.say("Hello")
        said = [(await client.respond())["output"][0]["content"][0]["text"]]
        await client.append(tone(250))
        await client.send("input_audio_buffer.commit")
        said.append((await client.respond())["output"][0]["content"][0]["text"])
    assert said == ["By heart.", "You said As told.."]


async def test_a_broken_engine_fails_the_response_and_spares_the_session() -> None:
    async with talking({}, engine=_Echo()) as (_, client):
        await client.say("fail")
        response = await client.respond()
        assert response["status_details"]["error"] == {
            "type": "server_error",
            "code": "server_error",
            "message": "The engine failed: The engine is out of order.",
        }
        await client.say("Hello")
        assert (await client.respond())["status"] == "completed"
