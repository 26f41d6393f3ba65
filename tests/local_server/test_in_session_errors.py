"""An event that cannot be served gets an error that names it, and the session lives on."""

import json
from typing import Any

import pytest

from local_server.wire import ManualClock

from .wire_client import AUDIO_BY_HAND, talking


def _session(**fields: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **fields}}


def _ears(**fields: Any) -> dict[str, Any]:
    return _session(audio={"input": fields})


def _item(**fields: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": fields}


def _message(role: str, **content: Any) -> dict[str, Any]:
    return _item(type="message", role=role, content=[content])


def _response(**fields: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": fields}


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "session.explode"}, "invalid_value", "type"),
        ({}, "missing_required_parameter", "type"),
        ({"type": "session.update"}, "missing_required_parameter", "session"),
        ({"type": "session.update", "session": {}}, "missing_required_parameter", "session.type"),
        ({"type": "session.update", "session": {"type": "transcription"}}, "invalid_value", "session.type"),
        ({"type": "session.update", "session": {"type": "realtime"}, "extra": 1}, "unknown_parameter", "extra"),
        (_session(modalities=["text"]), "unknown_parameter", "session.modalities"),
        (_session(voice="alloy"), "unknown_parameter", "session.voice"),
        (_session(input_audio_format="pcm16"), "unknown_parameter", "session.input_audio_format"),
        (_session(temperature=0.8), "unknown_parameter", "session.temperature"),
        (_session(model="gpt-realtime"), "invalid_value", "session.model"),
        (_session(instructions=5), "invalid_value", "session.instructions"),
        (_session(output_modalities=["audio", "text"]), "invalid_value", "session.output_modalities"),
        (_session(output_modalities=["video"]), "invalid_value", "session.output_modalities[0]"),
        (_session(max_output_tokens=5000), "invalid_value", "session.max_output_tokens"),
        (_session(reasoning={"effort": "none"}), "invalid_value", "session.reasoning.effort"),
        (_session(tools=[{"type": "function"}]), "missing_required_parameter", "session.tools[0].name"),
        (
            _session(tools=[{"type": "function", "name": "f", "strict": True}]),
            "unknown_parameter",
            "session.tools[0].strict",
        ),
        (_session(tool_choice="sometimes"), "invalid_value", "session.tool_choice"),
        (_session(audio={"output": {"voice": "nobody"}}), "invalid_value", "session.audio.output.voice"),
        (_session(audio={"output": {"speed": 2}}), "invalid_value", "session.audio.output.speed"),
        (_ears(format={"type": "audio/pcm", "rate": 16000}), "invalid_value", "session.audio.input.format.rate"),
        (_ears(format={"type": "pcm16"}), "invalid_value", "session.audio.input.format.type"),
        (_ears(transcription={"model": "whisper-9"}), "invalid_value", "session.audio.input.transcription.model"),
        (_ears(turn_detection={"type": "none"}), "invalid_value", "session.audio.input.turn_detection.type"),
        (
            _ears(turn_detection={"type": "server_vad", "threshold": 2}),
            "invalid_value",
            "session.audio.input.turn_detection.threshold",
        ),
        (
            _ears(turn_detection={"type": "semantic_vad", "threshold": 0.5}),
            "unknown_parameter",
            "session.audio.input.turn_detection.threshold",
        ),
        (_ears(noise_reduction={"type": "loud"}), "invalid_value", "session.audio.input.noise_reduction.type"),
        ({"type": "input_audio_buffer.append"}, "missing_required_parameter", "audio"),
        ({"type": "input_audio_buffer.append", "audio": "%%%"}, "invalid_value", "audio"),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        ({"type": "output_audio_buffer.clear"}, "invalid_value", "type"),
        (_item(type="message", role="user"), "missing_required_parameter", "item.content"),
        (_item(type="message", role="robot", content=[]), "invalid_value", "item.role"),
        (_item(type="poem"), "invalid_value", "item.type"),
        (_message("user", type="output_text", text="x"), "invalid_value", "item.content[0].type"),
        (_message("assistant", type="output_audio", audio="AAAA"), "invalid_value", "item.content[0].type"),
        (_message("system", type="input_audio", audio="AAAA"), "invalid_value", "item.content[0].type"),
        (_message("user", type="input_audio", audio="%"), "invalid_value", "item.content[0].audio"),
        (
            _item(type="message", id="i" * 33, role="user", content=[]),
            "string_above_max_length",
            "item.id",
        ),
        (_item(type="function_call_output", call_id="call_1", output="x"), "invalid_tool_call_id", "item.call_id"),
        (
            {**_message("user", type="input_text", text="x"), "previous_item_id": "item_nowhere"},
            "item_create_invalid_previous_item_id",
            "previous_item_id",
        ),
        (
            {"type": "conversation.item.delete", "item_id": "item_nowhere"},
            "item_delete_invalid_item_id",
            "item_id",
        ),
        (
            {"type": "conversation.item.retrieve", "item_id": "item_nowhere"},
            "item_retrieve_invalid_item_id",
            "item_id",
        ),
        (
            {"type": "conversation.item.truncate", "item_id": "item_nowhere", "content_index": 0, "audio_end_ms": 1},
            "item_truncate_invalid_item_id",
            "item_id",
        ),
        ({"type": "conversation.item.truncate", "item_id": "i"}, "missing_required_parameter", "content_index"),
        (_response(output_modalities=["text", "audio"]), "invalid_value", "response.output_modalities"),
        (_response(modalities=["text"]), "unknown_parameter", "response.modalities"),
        (_response(max_output_tokens=0), "invalid_value", "response.max_output_tokens"),
        (_response(conversation="other"), "invalid_value", "response.conversation"),
        (_response(metadata={"key": "v" * 513}), "string_above_max_length", "response.metadata.key"),
        (_response(metadata={str(n): "" for n in range(17)}), "invalid_value", "response.metadata"),
        (_response(input=[{"type": "item_reference", "id": "item_nowhere"}]), "invalid_value", "response.input[0].id"),
        ({"type": "response.cancel"}, "response_cancel_not_active", None),
        ({"type": "response.cancel", "response_id": "resp_nowhere"}, "response_cancel_not_active", None),
    ],
)
async def test_a_wrong_event_is_refused_by_code_and_param(event: dict[str, Any], code: str, param: str | None) -> None:
    async with talking({}, {}) as (_, client):
        await client.socket.send(json.dumps({**event, "event_id": "mine_1"}))
        error = await client.error()
        assert (error["code"], error["param"], error["event_id"]) == (code, param, "mine_1")
        assert error["type"] == "invalid_request_error"
        assert error["message"]
        # The session is as it was.
        await client.update({"instructions": "Still here."})


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('{"type": "session.upd', "invalid_json"),
        ("[]", "invalid_event"),
        (b'{"type": "response.create"}', "invalid_event"),
    ],
)
async def test_a_message_that_is_no_event_is_refused(message: str | bytes, code: str) -> None:
    async with talking({}, {}) as (_, client):
        await client.socket.send(message)
        error = await client.error()
        assert (error["code"], error["event_id"]) == (code, None)
        await client.update({})


async def test_the_refusal_of_an_unknown_event_lists_the_known_ones() -> None:
    async with talking({}, {}) as (_, client):
        await client.send("session.close")
        message = (await client.error())["message"]
    assert "'session.update'" in message
    assert "'response.cancel'" in message


@pytest.mark.parametrize("field", ["reasoning", "parallel_tool_calls"])
async def test_only_reasoning_models_take_what_belongs_to_reasoning(field: str) -> None:
    value: Any = {"effort": "low"} if field == "reasoning" else True
    async with talking({}, {}, model="gpt-realtime-2025-08-28") as (_, client):
        await client.send("session.update", session={"type": "realtime", field: value})
        error = await client.error()
        assert (error["code"], error["param"]) == ("unknown_parameter", f"session.{field}")
        await client.send("response.create", response={field: value})
        assert (await client.error())["param"] == f"response.{field}"
    async with talking({}, {}) as (_, client):
        assert (await client.update({field: value}))[field] == value


async def test_the_voice_is_settled_by_the_first_audio() -> None:
    async with talking({"responses": [{"text": "Hi."}]}, AUDIO_BY_HAND) as (_, client):
        assert (await client.update({"audio": {"output": {"voice": "cedar"}}}))["audio"]["output"]["voice"] == "cedar"
        await client.respond()
        await client.send("session.update", session={"type": "realtime", "audio": {"output": {"voice": "ash"}}})
        assert (await client.error())["code"] == "cannot_update_voice"
        # The same voice again is no change, and all else may still be changed.
        session = await client.update(
            {"instructions": "Be kind.", "audio": {"output": {"voice": "cedar", "speed": 1.2}}}
        )
    assert (session["instructions"], session["audio"]["output"]["speed"]) == ("Be kind.", 1.2)


async def test_a_second_response_waits_for_the_first_to_be_done() -> None:
    clock = ManualClock()
    async with talking({"responses": [{"text": "One.", "delay": 5}, "Two."]}, clock=clock) as (_, client):
        await client.send("response.create")
        created = await client.until("response.created")
        await client.send("response.create", event_id="second")
        error = await client.error()
        assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "second")
        assert created["response"]["id"] in error["message"]
        await clock.advance(5)
        await client.until("response.done")
        assert (await client.respond())["output"][0]["content"][0]["text"] == "Two."


async def test_a_session_expires_with_an_error_and_a_close() -> None:
    clock = ManualClock()
    async with talking({}, clock=clock) as (server, client):
        expires_at = server.connections[0].sent[0]["session"]["expires_at"]
        assert expires_at == clock.time() + 3600
        await clock.advance(3599)
        await client.update({})
        await clock.advance(1)
        error = await client.error()
        assert error["code"] == "session_expired"
        assert error["message"] == "Your session hit the maximum duration of 60 minutes."
        await client.socket.wait_closed()
    assert client.socket.close_code == 1001
