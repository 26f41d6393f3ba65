"""A response is told completely, in order, and ends as it must."""

import base64
from typing import Any

import pytest

from local_server.wire import Answer, ErrorDetails, ManualClock, Status, tone

from .wire_client import AUDIO_BY_HAND, TEXT_ONLY, talking

_BEFORE = ["response.created", "response.output_item.added", "conversation.item.added"]
_AFTER = ["conversation.item.done", "response.output_item.done", "response.done"]


def _told(types: list[str]) -> list[str]:
    return [one for one in types if one != "rate_limits.updated"]


async def test_audio_comes_in_deltas_of_100_ms_with_its_transcript_between_them() -> None:
    async with talking({"responses": [{"text": "One two three four five six.", "audio_ms": 450}]}, AUDIO_BY_HAND) as (
        _,
        client,
    ):
        response = await client.respond()
        pcm = [base64.b64decode(event["delta"]) for event in client.of("response.output_audio.delta")]
        order = [event["type"].split(".")[1] for event in client.events if event["type"].endswith("delta")]
    assert [len(one) for one in pcm] == [4800, 4800, 4800, 4800, 2400]
    assert b"".join(pcm) == tone(450)
    assert order[0] == "output_audio_transcript"
    assert order.index("output_audio") < len(order) - 1 - order[::-1].index("output_audio_transcript")
    assert response["output"][0]["content"] == [{"type": "output_audio", "transcript": "One two three four five six."}]


async def test_audio_and_transcript_are_done_before_their_part_and_the_part_before_its_item() -> None:
    async with talking({"responses": ["Hi."]}, AUDIO_BY_HAND) as (_, client):
        await client.respond()
        deltas = {"response.output_audio.delta", "response.output_audio_transcript.delta"}
        types = [one for one in client.types() if one not in deltas]
    done = ["response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done"]
    assert _told(types) == [*_BEFORE, "response.content_part.added", *done, *_AFTER]


async def test_parallel_calls_are_items_of_one_response() -> None:
    calls = [{"name": "turn_on", "arguments": {"name": name}} for name in ("Lamp", "Fan")]
    async with talking({"responses": [{"calls": calls}]}) as (_, client):
        response = await client.respond()
        done = client.of("response.function_call_arguments.done")
    assert [(one["name"], one["arguments"], one["output_index"]) for one in done] == [
        ("turn_on", '{"name":"Lamp"}', 0),
        ("turn_on", '{"name":"Fan"}', 1),
    ]
    assert [item["call_id"] for item in response["output"]] == [one["call_id"] for one in done]
    assert len({one["call_id"] for one in done}) == 2


async def test_a_reasoning_model_calls_its_preamble_commentary_and_its_answer_final() -> None:
    scenario = {
        "responses": [
            {"text": "Let me see.", "calls": [{"name": "look"}]},
            "Here.",
            {"text": "Odd.", "phase": "commentary"},
        ]
    }
    async with talking(scenario) as (_, client):
        phases = [(await client.respond())["output"][0]["phase"] for _ in range(3)]
    assert phases == ["commentary", "final_answer", "commentary"]


async def test_other_models_know_no_phases() -> None:
    async with talking(
        {"responses": [{"text": "Let me see.", "calls": [{"name": "look"}]}]}, model="gpt-realtime-1.5"
    ) as (
        _,
        client,
    ):
        assert "phase" not in (await client.respond())["output"][0]


async def test_overrides_hold_for_one_response() -> None:
    async with talking({"responses": ["One.", "Two."]}) as (_, client):
        first = await client.respond(
            output_modalities=["audio"], metadata={"topic": "greeting"}, audio={"output": {"voice": "cedar"}}
        )
        created = client.of("response.created")[0]["response"]
        second = await client.respond()
    assert (created["metadata"], created["output_modalities"]) == ({"topic": "greeting"}, ["audio"])
    assert (first["metadata"], first["audio"]["output"]["voice"]) == ({"topic": "greeting"}, "cedar")
    assert (second["metadata"], second["output_modalities"], second["audio"]["output"]["voice"]) == (
        None,
        ["text"],
        "marin",
    )


@pytest.mark.parametrize("where", ["session", "response"])
async def test_a_response_that_reaches_its_token_limit_is_incomplete(where: str) -> None:
    session = {**TEXT_ONLY, "max_output_tokens": 3} if where == "session" else TEXT_ONLY
    override = {"max_output_tokens": 3} if where == "response" else {}
    async with talking({"responses": ["one two three four five"]}, session) as (_, client):
        response = await client.respond(**override)
        types = client.types()
    assert response["status"] == "incomplete"
    assert response["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
    assert response["output"][0]["status"] == "incomplete"
    assert response["output"][0]["content"][0]["text"] == "one two three"
    assert response["usage"]["output_tokens"] == 3
    assert _told(types)[-3:] == _AFTER


@pytest.mark.parametrize("by_id", [True, False])
async def test_a_cancelled_response_is_told_to_its_end_with_what_was_said(by_id: bool) -> None:
    clock = ManualClock()
    async with talking({"responses": [{"text": "One two three.", "delta_delay": 1}, "Next."]}, clock=clock) as (
        _,
        client,
    ):
        await client.send("response.create")
        created = await client.until("response.created")
        await client.until("response.output_text.delta")
        await client.send("response.cancel", **({"response_id": created["response"]["id"]} if by_id else {}))
        response = (await client.until("response.done"))["response"]
        assert (await client.respond())["status"] == "completed"
    assert response["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert response["output"][0]["status"] == "incomplete"
    assert response["output"][0]["content"] == [{"type": "output_text", "text": "One"}]
    assert response["usage"]["output_tokens"] == 1


@pytest.mark.parametrize("modality", ["text", "audio"])
async def test_a_response_without_any_delay_can_be_cancelled_midway(modality: str) -> None:
    scenario = {"responses": [{"text": "word " * 300, "audio_ms": 10_000}]}
    async with talking(scenario, {**AUDIO_BY_HAND, "output_modalities": [modality]}) as (_, client):
        await client.send("response.create")
        await client.until("response.content_part.added")
        await client.send("response.cancel")
        assert (await client.until("response.done"))["response"]["status"] == "cancelled"


async def test_a_response_can_be_cancelled_before_it_says_anything() -> None:
    clock = ManualClock()
    async with talking({"responses": [{"text": "Never.", "delay": 60}]}, clock=clock) as (_, client):
        await client.send("response.create")
        await client.until("response.created")
        await client.send("response.cancel")
        response = (await client.until("response.done"))["response"]
    assert (response["status"], response["output"]) == ("cancelled", [])


@pytest.mark.parametrize(
    ("step", "details"),
    [
        (
            {
                "status": "failed",
                "error": {"code": "insufficient_quota", "type": "insufficient_quota", "message": "No."},
            },
            {"type": "failed", "error": {"code": "insufficient_quota", "type": "insufficient_quota", "message": "No."}},
        ),
        ({"status": "incomplete", "reason": "content_filter"}, {"type": "incomplete", "reason": "content_filter"}),
        ({"status": "incomplete"}, {"type": "incomplete", "reason": "max_output_tokens"}),
        ({"status": "cancelled", "reason": "turn_detected"}, {"type": "cancelled", "reason": "turn_detected"}),
    ],
)
@pytest.mark.parametrize("text", ["", "Some words"])
async def test_a_script_says_how_a_response_ends(step: dict[str, Any], details: dict[str, Any], text: str) -> None:
    async with talking({"responses": [{**step, **({"text": text} if text else {})}]}) as (_, client):
        response = await client.respond()
    assert response["status"] == step["status"]
    assert response["status_details"] == details
    assert [item["status"] for item in response["output"]] == (["incomplete"] if text else [])


async def test_a_script_that_is_used_up_fails_and_says_so() -> None:
    async with talking({"responses": ["Only one."]}) as (_, client):
        await client.respond()
        response = await client.respond()
    assert response["status_details"]["error"]["code"] == "scenario_exhausted"


async def test_usage_can_be_given_or_left_out() -> None:
    given = {"total_tokens": 7, "input_tokens": 5, "output_tokens": 2}
    async with talking({"responses": [{"text": "A.", "usage": given}, {"text": "B.", "usage": None}]}) as (_, client):
        assert (await client.respond())["usage"] == given
        assert (await client.respond())["usage"] is None


async def test_rate_limits_follow_the_response() -> None:
    async with talking({"responses": ["A."]}) as (_, client):
        usage = (await client.respond())["usage"]
        limits = (await client.until("rate_limits.updated"))["rate_limits"]
    assert [limit["name"] for limit in limits] == ["tokens"]
    assert limits[0]["limit"] - limits[0]["remaining"] == usage["total_tokens"]


async def test_an_out_of_band_response_leaves_the_conversation_alone() -> None:
    async with talking({"responses": ["In the conversation."], "out_of_band": ["A title."]}) as (_, client):
        await client.say("Hello.")
        await client.until("conversation.item.done")
        client.events.clear()
        response = await client.respond(conversation="none", metadata={"for": "title"})
        types = client.types()
        inside = await client.respond()
    assert (response["conversation_id"], response["metadata"]) == (None, {"for": "title"})
    assert response["output"][0]["content"][0]["text"] == "A title."
    assert not [one for one in types if one.startswith("conversation.")]
    assert inside["conversation_id"] is not None
    # What came after it is placed after the user's words, as though nothing had been between them.
    assert client.of("conversation.item.added")[-1]["previous_item_id"] is not None


async def test_out_of_band_responses_run_beside_the_one_of_the_conversation() -> None:
    clock = ManualClock()
    scenario = {
        "responses": [{"text": "Slow.", "delay": 9}],
        "out_of_band": [{"text": "First.", "delay": 1}, "Second."],
    }
    async with talking(scenario, clock=clock) as (_, client):
        await client.send("response.create")
        await client.until("response.created")
        for name in ("one", "two"):
            await client.send("response.create", response={"conversation": "none", "metadata": {"name": name}})
        done = [(await client.until("response.done"))["response"]]
        await clock.advance(1)
        done.append((await client.until("response.done"))["response"])
        await clock.advance(8)
        done.append((await client.until("response.done"))["response"])
    assert [one["metadata"] for one in done] == [{"name": "two"}, {"name": "one"}, None]


async def test_an_input_of_its_own_replaces_the_conversation_as_context() -> None:
    async with talking({"responses": ["A.", "B.", "C."]}) as (_, client):
        await client.say("A rather long question about the weather in a town far away from here.")
        item = (await client.until("conversation.item.done"))["item"]
        whole = (await client.respond())["usage"]["input_tokens"]
        nothing = (await client.respond(input=[]))["usage"]["input_tokens"]
        reference = [{"type": "item_reference", "id": item["id"]}]
        one = (await client.respond(conversation="none", input=reference))["usage"]["input_tokens"]
    assert nothing < one == whole


async def test_a_test_can_have_every_response_be_the_same_one_for_a_while() -> None:
    busy = Answer(status=Status.FAILED, error=ErrorDetails(code="rate_limit_exceeded", message="Too much."))
    async with talking({"responses": ["One.", "Two."]}, TEXT_ONLY) as (server, client):
        server.answer = busy
        failed = [await client.respond() for _ in range(2)]
        server.answer = None
        response = await client.respond()
    assert [one["status_details"]["error"]["code"] for one in failed] == ["rate_limit_exceeded"] * 2
    assert response["output"][0]["content"] == [{"type": "output_text", "text": "One."}]
