"""Tokens are counted as they are paid: by seconds of audio, by what is read again, and by what is cached of it."""

from typing import Any

import pytest

from local_server.wire import tone

from .wire_client import AUDIO_BY_HAND, TEXT_ONLY, WireClient, talking

_TOOL = {"type": "function", "name": "look", "description": "Look at something.", "parameters": {"type": "object"}}


async def _usage(client: WireClient, **response: Any) -> dict[str, Any]:
    usage: dict[str, Any] = (await client.respond(**response))["usage"]
    # Whatever was said, the sums hold and what is cached is a part of what was read.
    read, written = usage["input_token_details"], usage["output_token_details"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens"] == read["text_tokens"] + read["audio_tokens"] + read["image_tokens"]
    assert usage["output_tokens"] == written["text_tokens"] + written["audio_tokens"]
    assert read["cached_tokens"] == sum(read["cached_tokens_details"].values())
    assert read["cached_tokens"] % 64 == 0
    for kind in ("text_tokens", "audio_tokens", "image_tokens"):
        assert read["cached_tokens_details"][kind] <= read[kind]
    return usage


async def test_audio_costs_10_tokens_a_second_to_hear_and_20_to_say() -> None:
    async with talking({"responses": [{"text": "Yes.", "audio_ms": 2500}]}, AUDIO_BY_HAND) as (_, client):
        await client.append(tone(3000))
        await client.send("input_audio_buffer.commit")
        usage = await _usage(client)
    assert usage["input_token_details"]["audio_tokens"] == 30
    assert usage["output_token_details"]["audio_tokens"] == 50


async def test_what_was_said_is_read_again_in_the_next_response() -> None:
    async with talking(
        {"responses": [{"text": "Yes.", "audio_ms": 2000}, {"text": "No.", "audio_ms": 100}]}, AUDIO_BY_HAND
    ) as (
        _,
        client,
    ):
        await client.append(tone(1000))
        await client.send("input_audio_buffer.commit")
        first = await _usage(client)
        second = await _usage(client)
    assert first["input_token_details"]["audio_tokens"] == 10
    assert second["input_token_details"]["audio_tokens"] == 10 + 40
    assert second["input_token_details"]["text_tokens"] > first["input_token_details"]["text_tokens"]


async def test_truncated_audio_is_not_read_again() -> None:
    async with talking({"responses": [{"text": "Yes.", "audio_ms": 2000}, {"text": "No."}]}, AUDIO_BY_HAND) as (
        _,
        client,
    ):
        item_id = (await client.respond())["output"][0]["id"]
        await client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=500)
        assert (await _usage(client))["input_token_details"]["audio_tokens"] == 10


async def test_instructions_and_tools_are_read_in_every_response() -> None:
    async with talking({"responses": ["A.", "B.", "C."]}, {**TEXT_ONLY, "instructions": "x" * 400}) as (_, client):
        plain = (await _usage(client))["input_tokens"]
        await client.update({"tools": [_TOOL]})
        with_tool = (await _usage(client))["input_tokens"]
        short = (await _usage(client, instructions="y", tools=[]))["input_tokens"]
    assert plain >= 100
    assert with_tool > plain + 20
    assert short < 100


async def test_the_unchanged_beginning_is_cached_in_steps_of_64() -> None:
    async with talking({"responses": ["A.", "B.", "C.", "D."]}, {**TEXT_ONLY, "instructions": "x" * 1000}) as (
        _,
        client,
    ):
        await client.say("Hello")
        cached = [(await _usage(client))["input_token_details"]["cached_tokens"] for _ in range(2)]
        await client.update({"instructions": "y" * 1000})
        cached += [(await _usage(client))["input_token_details"]["cached_tokens"] for _ in range(2)]
    assert cached == [0, 256, 0, 256]


async def test_a_changed_tool_breaks_the_cache_from_there_on() -> None:
    long = {**_TOOL, "description": "d" * 1000}
    async with talking(
        {"responses": ["A.", "B.", "C."]}, {**TEXT_ONLY, "instructions": "x" * 1000, "tools": [long]}
    ) as (
        _,
        client,
    ):
        await _usage(client)
        whole = (await _usage(client))["input_token_details"]["cached_tokens"]
        await client.update({"tools": [{**long, "name": "stare"}]})
        broken = (await _usage(client))["input_token_details"]["cached_tokens"]
    assert (whole, broken) == (512, 192)


async def test_a_deleted_item_breaks_the_cache_at_its_place() -> None:
    async with talking({"responses": ["A.", "B."]}, {**TEXT_ONLY, "instructions": "x" * 1000}) as (_, client):
        await client.say("y" * 1000)
        item = (await client.until("conversation.item.done"))["item"]
        await client.say("z" * 1000)
        await _usage(client)
        await client.send("conversation.item.delete", item_id=item["id"])
        assert (await _usage(client))["input_token_details"]["cached_tokens"] == 192


@pytest.mark.parametrize(("detail", "tokens"), [("low", 85), ("high", 765), (None, 765)])
async def test_images_are_counted_apart(detail: str | None, tokens: int) -> None:
    image = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", **({"detail": detail} if detail else {})}
    async with talking({"responses": ["A cat."]}) as (_, client):
        await client.send("conversation.item.create", item={"type": "message", "role": "user", "content": [image]})
        assert (await _usage(client))["input_token_details"]["image_tokens"] == tokens


async def test_a_transcript_that_comes_late_does_not_break_the_cache() -> None:
    session = {**TEXT_ONLY, "instructions": "x" * 1000}
    session["audio"] = {"input": {"turn_detection": None, "transcription": {"model": "gpt-transcribe"}}}
    async with talking({"turns": ["Hello."], "responses": ["A.", "B."]}, session) as (_, client):
        await client.append(tone(10_000))
        await client.send("input_audio_buffer.commit")
        first = (await _usage(client))["input_tokens"]
        second = await _usage(client)
    assert second["input_token_details"]["cached_tokens"] >= first // 64 * 64
    assert second["input_token_details"]["cached_tokens_details"]["audio_tokens"] > 0


def _keeping(ratio: float, limit: int) -> dict[str, Any]:
    token_limits = {"post_instructions": limit}
    return {"truncation": {"type": "retention_ratio", "retention_ratio": ratio, "token_limits": token_limits}}


async def test_a_conversation_over_its_limit_loses_the_oldest_down_to_what_is_retained() -> None:
    read = []
    async with talking({"responses": ["A."] * 6}, {**TEXT_ONLY, "instructions": "x" * 397, **_keeping(0.5, 400)}) as (
        _,
        client,
    ):
        for _ in range(6):
            await client.say("y" * 388)
            read.append((await _usage(client))["input_tokens"] - 103)
    # A question of 100 tokens and an answer of 4 come with each turn; whatever is left is at most half the limit.
    assert read == [100, 204, 308, 104, 208, 312]


async def test_a_result_goes_with_its_call() -> None:
    call = {"calls": [{"name": "look", "arguments": {}, "call_id": "c"}]}
    config = {**TEXT_ONLY, "tools": [_TOOL], **_keeping(0.68, 300)}
    async with talking({"responses": [call, "A.", "B."]}, config) as (server, client):
        await client.say("y" * 388)
        await _usage(client)
        output = {"type": "function_call_output", "call_id": "c", "output": "z" * 380}
        await client.send("conversation.item.create", item=output)
        await _usage(client)
        await client.say("y" * 388)
        await _usage(client)
        session = server.connections[0].session
        # Without the question and its call, 202 of at most 204 tokens would be left.
        kept = [item.wire.get("role") for item in session.conversation.read(session.config["truncation"])]
    assert kept == ["assistant", "user", "assistant"]


async def test_without_a_limit_for_the_conversation_nothing_is_left_out() -> None:
    async with talking({"responses": ["A.", "B."]}, {**TEXT_ONLY, "truncation": "auto"}) as (_, client):
        await client.say("y" * 4000)
        first = (await _usage(client))["input_tokens"]
        await client.say("z" * 4000)
        assert (await _usage(client))["input_tokens"] > first + 1000
