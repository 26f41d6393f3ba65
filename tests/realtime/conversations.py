"""Conversations written by hand in the shape of the recorded ones, for where the recordings are absent."""

from base64 import b64encode
from typing import Any

from tests.captures import Interactions

from .server_messages import (
    Message,
    arguments_delta,
    audio_delta,
    call_item,
    committed,
    conversation_item_added,
    event,
    item_added,
    item_done,
    message_item,
    part_added,
    rate_limits,
    response_created,
    response_done,
    session_created,
    session_updated,
    text_delta,
    text_done,
    tokens,
    transcript_delta,
    transcript_done,
    transcription_completed,
    usage,
)

_TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "Tells the weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
_NOTHING = tokens(image_tokens=0)


def _update(*, modality: str, instructions: str = "Be brief.", **fields: Any) -> tuple[str, Message]:
    listening = {
        "format": {"type": "audio/pcm", "rate": 24_000},
        "turn_detection": None,
        "transcription": {"model": "gpt-realtime-whisper"},
    }
    session = {
        "type": "realtime",
        "instructions": instructions,
        "output_modalities": [modality],
        "audio": {"input": listening, "output": {"format": {"type": "audio/pcm", "rate": 24_000}}},
        **fields,
    }
    return "sent", {"type": "session.update", "session": session}


def _told(item: Message) -> tuple[str, Message]:
    return "sent", {"type": "conversation.item.create", "item": item}


def _said(role: str, text: str) -> Message:
    kind = "input_text" if role == "user" else "output_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def _received(*messages: Message) -> list[tuple[str, Message]]:
    return [("received", message) for message in messages]


def _written(response_id: str, words: list[str], phase: str | None) -> list[Message]:
    """Return what the server says of a written message, from its first event to its last."""
    phases = {} if phase is None else {"phase": phase}
    begun = message_item(f"item_{response_id}", "in_progress", **phases)
    text = "".join(words)
    whole = message_item(f"item_{response_id}", content=[{"type": "output_text", "text": text}], **phases)
    return [
        item_added(begun, response_id),
        conversation_item_added(begun),
        part_added("text", response_id),
        *[text_delta(word, response_id) for word in words],
        text_done(text, response_id),
        event("response.content_part.done", response_id=response_id, part={"type": "text", "text": text}),
        event("conversation.item.done", previous_item_id=None, item=whole),
        item_done(whole, response_id),
    ]


def typed_tool_round() -> Interactions:
    """Return a typed question, a preamble beside the call of a function, and the answer to its output."""
    preamble = _written("resp_1", ["Ich prüfe", " das."], "commentary")
    answer = _written("resp_2", ["Es ist", " neblig", "."], "final_answer")
    call = call_item('{"city":"Köln"}')
    output = {"type": "function_call_output", "call_id": "call_1", "output": '"fog"'}
    return [
        *_received(session_created()),
        _update(modality="text", tools=[_TOOL]),
        *_received(session_updated()),
        _told(_said("user", "Wie ist das Wetter in Köln?")),
        ("sent", {"type": "response.create"}),
        *_received(
            response_created("resp_1"),
            *preamble,
            item_added(call_item("", status="in_progress"), "resp_1"),
            arguments_delta('{"city":', "resp_1"),
            arguments_delta('"Köln"}', "resp_1"),
            event("response.function_call_arguments.done", response_id="resp_1", arguments='{"city":"Köln"}'),
            item_done(call, "resp_1"),
        ),
        _told(output),
        *_received(
            response_done(
                "resp_1",
                output=[preamble[-1]["item"], call],
                usage=usage(tokens(347, image_tokens=0), _NOTHING, tokens(36)),
            )
        ),
        ("sent", {"type": "response.create"}),
        *_received(
            rate_limits(),
            response_created("resp_2"),
            *answer,
            response_done(
                "resp_2",
                output=[answer[-1]["item"]],
                usage=usage(tokens(401, image_tokens=0), tokens(384, image_tokens=0), tokens(15, reasoning_tokens=4)),
            ),
        ),
    ]


def spoken_turn() -> Interactions:
    """Return a spoken question that we commit, its transcript in the middle of the answer, and the spoken answer."""
    words, sounds = ["Good", " morning."], [bytes(33), bytes(range(33))]
    whole = message_item(content=[{"type": "output_audio", "transcript": "".join(words)}])
    question = [bytes([number]) * 960 for number in range(6)]
    return [
        *_received(session_created()),
        _update(modality="audio"),
        *[("sent", {"type": "input_audio_buffer.append", "audio": b64encode(pcm).decode()}) for pcm in question],
        ("sent", {"type": "input_audio_buffer.commit"}),
        ("sent", {"type": "response.create"}),
        *_received(
            session_updated(),
            committed("item_user"),
            response_created(),
            item_added(message_item(status="in_progress")),
            part_added("audio"),
            transcript_delta(words[0]),
            audio_delta(sounds[0]),
            event("conversation.item.input_audio_transcription.delta", item_id="item_user", delta=" Good"),
            transcription_completed("Good morning to you.", "item_user"),
            transcript_delta(words[1]),
            audio_delta(sounds[1]),
            event("response.output_audio.done", response_id="resp_1"),
            transcript_done("".join(words)),
            item_done(whole),
            response_done(output=[whole], usage=usage(tokens(14, 27, image_tokens=0), _NOTHING, tokens(28, 136))),
        ),
    ]


def told_history() -> Interactions:
    """Return a session that is told what was said before it, and asked about it."""
    answer = _written("resp_1", ["Fern", " and Moss."], None)
    return [
        *_received(session_created()),
        _update(modality="text", instructions=""),
        _told(_said("user", "The plants are called Fern and Moss.")),
        _told(_said("assistant", "Noted: Fern and Moss.")),
        _told({"type": "function_call", "call_id": "call_0", "name": "get_weather", "arguments": "{}"}),
        _told({"type": "function_call_output", "call_id": "call_0", "output": "null"}),
        _told(_said("user", "What are they called?")),
        ("sent", {"type": "response.create"}),
        *_received(
            response_created(),
            *answer,
            response_done(output=[answer[-1]["item"]], usage=usage(tokens(149, image_tokens=0), _NOTHING, tokens(14))),
        ),
    ]


WRITTEN = {"typed_tool_round": typed_tool_round, "spoken_turn": spoken_turn, "told_history": told_history}
