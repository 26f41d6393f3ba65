"""Items are created, placed, shown, cut and removed as the client says."""

import base64

from local_server.wire import tone

from .wire_client import AUDIO_BY_HAND, WireClient, talking


async def _create(client: WireClient, text: str, item_id: str, previous: str | None = None) -> str | None:
    """Create a user's message and return what the server names as the item before it."""
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "id": item_id, "role": "user", "content": content}
    await client.send("conversation.item.create", item=item, previous_item_id=previous)
    added = await client.until("conversation.item.added")
    done = await client.until("conversation.item.done")
    assert added["item"] == done["item"] == {**item, "status": "completed"}
    assert added["previous_item_id"] == done["previous_item_id"]
    before: str | None = added["previous_item_id"]
    return before


async def test_items_are_placed_at_the_end_at_the_root_or_after_another() -> None:
    async with talking({}) as (_, client):
        assert await _create(client, "one", "item_1") is None
        assert await _create(client, "two", "item_2") == "item_1"
        assert await _create(client, "zero", "item_0", "root") is None
        assert await _create(client, "between", "item_15", "item_1") == "item_1"
        assert await _create(client, "last", "item_3") == "item_2"


async def test_an_id_is_taken_once() -> None:
    async with talking({}) as (_, client):
        await _create(client, "one", "item_1")
        await client.send(
            "conversation.item.create", item={"type": "message", "id": "item_1", "role": "user", "content": []}
        )
        assert (await client.error())["code"] == "item_create_duplicate_item_id"


async def test_a_deleted_item_is_gone() -> None:
    async with talking({}) as (_, client):
        await _create(client, "one", "item_1")
        await _create(client, "two", "item_2")
        await client.send("conversation.item.delete", item_id="item_1")
        assert (await client.until("conversation.item.deleted"))["item_id"] == "item_1"
        await client.send("conversation.item.retrieve", item_id="item_1")
        assert (await client.error())["code"] == "item_retrieve_invalid_item_id"
        assert await _create(client, "three", "item_3") == "item_2"


async def test_a_function_call_and_its_output_can_be_seeded() -> None:
    async with talking({}) as (_, client):
        call = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
        output = {"type": "function_call_output", "call_id": "call_1", "output": "nothing"}
        for item in (call, output):
            await client.send("conversation.item.create", item=item)
        first, second = [(await client.until("conversation.item.done"))["item"] for _ in range(2)]
    assert {**call, "status": "completed", "id": first["id"]} == first
    # Outputs have no status on the wire.
    assert {**output, "id": second["id"]} == second


async def test_truncation_keeps_what_was_played_and_forgets_the_transcript() -> None:
    async with talking({"responses": [{"text": "A long story.", "audio_ms": 1000}]}, AUDIO_BY_HAND) as (_, client):
        item_id = (await client.respond())["output"][0]["id"]
        await client.send("conversation.item.retrieve", item_id=item_id)
        whole = (await client.until("conversation.item.retrieved"))["item"]["content"][0]
        await client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=250)
        truncated = await client.until("conversation.item.truncated")
        await client.send("conversation.item.retrieve", item_id=item_id)
        rest = (await client.until("conversation.item.retrieved"))["item"]["content"][0]
    assert (truncated["item_id"], truncated["content_index"], truncated["audio_end_ms"]) == (item_id, 0, 250)
    assert base64.b64decode(whole["audio"]) == tone(1000)
    assert base64.b64decode(rest["audio"]) == tone(1000)[: 250 * 48]
    assert whole["transcript"] == "A long story."
    assert "transcript" not in rest


async def test_truncation_beyond_the_audio_or_of_anything_else_is_refused() -> None:
    async with talking({"responses": [{"text": "Hi.", "audio_ms": 200}]}, AUDIO_BY_HAND) as (_, client):
        item_id = (await client.respond())["output"][0]["id"]
        await _create(client, "text", "item_text")
        for wrong in (
            {"item_id": item_id, "content_index": 0, "audio_end_ms": 201},
            {"item_id": item_id, "content_index": 1, "audio_end_ms": 10},
            {"item_id": "item_text", "content_index": 0, "audio_end_ms": 10},
        ):
            await client.send("conversation.item.truncate", **wrong)
            assert (await client.error())["code"] == "invalid_value"
        await client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=200)
        await client.until("conversation.item.truncated")


async def test_text_of_the_assistant_has_no_audio_to_truncate() -> None:
    async with talking({"responses": ["Hi."]}) as (_, client):
        item_id = (await client.respond())["output"][0]["id"]
        await client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=0)
        assert (await client.error())["param"] == "content_index"


async def test_audio_of_the_user_can_be_seeded_and_is_shown_without_its_bytes() -> None:
    async with talking({}) as (_, client):
        audio = base64.b64encode(tone(300)).decode()
        content = [{"type": "input_audio", "audio": audio}, {"type": "input_text", "text": "and this"}]
        await client.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        item = (await client.until("conversation.item.done"))["item"]
        await client.send("conversation.item.retrieve", item_id=item["id"])
        retrieved = (await client.until("conversation.item.retrieved"))["item"]
    assert item["content"] == [{"type": "input_audio", "transcript": None}, {"type": "input_text", "text": "and this"}]
    assert retrieved["content"][0]["audio"] == audio


async def test_an_image_is_an_item_like_others() -> None:
    async with talking({"responses": ["A cat."]}) as (_, client):
        image = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"}
        await client.send("conversation.item.create", item={"type": "message", "role": "user", "content": [image]})
        assert (await client.until("conversation.item.done"))["item"]["content"] == [image]
        details = (await client.respond())["usage"]["input_token_details"]
    assert details["image_tokens"] > 0


async def test_a_session_update_changes_only_what_it_names() -> None:
    tool = {"type": "function", "name": "look", "description": "Look.", "parameters": {"type": "object"}}
    async with talking({}, {}) as (_, client):
        first = await client.update({"instructions": "Be brief.", "tools": [tool]})
        second = await client.update({"audio": {"input": {"noise_reduction": {"type": "far_field"}}}})
        semantic = await client.update({"audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}})
        emptied = await client.update(
            {"tools": [], "max_output_tokens": None, "audio": {"input": {"turn_detection": None}}}
        )
        again = await client.update({"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.7}}}})
        kept = await client.update(
            {"audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 300}}}}
        )
    assert second == {**first, "audio": second["audio"]}
    assert second["audio"]["input"] == {**first["audio"]["input"], "noise_reduction": {"type": "far_field"}}
    assert semantic["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }
    assert (emptied["tools"], emptied["max_output_tokens"]) == ([], "inf")
    assert emptied["instructions"] == "Be brief."
    assert emptied["audio"]["input"]["turn_detection"] is None
    assert again["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 500
    assert kept["audio"]["input"]["turn_detection"]["threshold"] == 0.7
