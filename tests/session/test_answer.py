"""How an answer ends that does not end well, and what is left of it."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from custom_components.realtime_assist.realtime import Limits
from custom_components.realtime_assist.session import (
    MessageStarted,
    RealtimeSession,
    ResponseFiltered,
    SessionError,
    TextDelta,
)
from custom_components.realtime_assist.session.answer import MAX_RESPONSES
from custom_components.realtime_assist.session.exceptions import (
    AuthenticationFailed,
    ConnectionLost,
    QuotaExceeded,
    RateLimited,
    RequestRejected,
    ServerFault,
    ServerSilent,
    TurnOverflow,
)
from tests.session.house import CONFIG, PATIENT, House, answered, base64_pcm, heard, pcm, spoken_turn
from tests.session.manual_clock import ManualClock
from tests.session.server_clock import ServerClock
from tests.session.tools import Tools

LIGHT = {"name": "HassTurnOn", "arguments": {"name": "Kitchen light"}}


def failed(code: str, **fields: object) -> dict[str, object]:
    """Return a response that fails."""
    return {"status": "failed", "error": {"code": code, "type": "server_error"}, **fields}


async def next_turn_is_answered(session: RealtimeSession, text: str) -> None:
    """Check that the session is none the worse for what was before."""
    turn = session.begin_turn(text="And now?")
    assert await answered(session, turn) == [text]
    await heard(turn)


async def test_response_that_fails_before_its_first_word_is_asked_for_once_more(house: House):
    session = await house.session(responses=[failed("server_error"), "Here I am."])
    turn = session.begin_turn(text="Hello?")

    assert await answered(session, turn) == ["Here I am."]
    assert turn.retried
    assert house.told()[1:] == ["user: Hello?", "response.create", "response.create"]


async def test_response_that_fails_twice_ends_the_turn_and_not_the_next(house: House):
    session = await house.session(responses=[failed("server_error"), failed("server_error"), "Back again."])
    turn = session.begin_turn(text="Hello?")

    with pytest.raises(ServerFault):
        await answered(session, turn)
    with pytest.raises(ServerFault):
        await heard(turn)

    await next_turn_is_answered(session, "Back again.")
    assert len(house.server.connections) == 1


@pytest.mark.parametrize(
    ("code", "error_type"),
    [
        ("insufficient_quota", QuotaExceeded),
        ("credit_balance_exhausted", QuotaExceeded),
        ("rate_limit_exceeded", RateLimited),
        ("inference_rate_limit_exceeded", RateLimited),
        ("something_new", ServerFault),
    ],
)
async def test_response_that_fails_is_named_by_its_code(house: House, code: str, error_type: type[SessionError]):
    session = await house.session(responses=[failed(code, text="Well, "), "Back again."])
    turn = session.begin_turn(text="Hello?")
    lines: list[str] = []

    with pytest.raises(error_type):
        await answered(session, turn, lines=lines)

    assert lines == ["Well, "]
    await next_turn_is_answered(session, "Back again.")


async def test_response_that_fails_with_a_new_code_is_named_by_its_type(house: House):
    error = {"code": "tokens_per_fortnight", "type": "rate_limit_error"}
    session = await house.session(responses=[{"status": "failed", "error": error}])

    with pytest.raises(RateLimited, match=r"^tokens_per_fortnight$"):
        await answered(session, session.begin_turn(text="Hello?"))


async def test_failure_after_words_were_heard_is_not_said_twice(house: House):
    session = await house.session(
        responses=[failed("server_error", text="It is", audio=base64_pcm(0.3, 4)), "Back again."]
    )
    turn = session.begin_turn(text="What time is it?")
    lines: list[str] = []

    with pytest.raises(ServerFault):
        await answered(session, turn, lines=lines)

    assert lines == ["It is"]
    chunks: list[bytes] = []
    with pytest.raises(ServerFault):
        chunks += [chunk async for chunk in turn.audio.claim()]
    assert turn.audio.num_bytes == len(pcm(0.3, 4))
    await next_turn_is_answered(session, "Back again.")


async def test_failure_without_a_code_is_the_servers_fault(house: House):
    bare = {"after": "response.done", "action": "change", "event": {"response": {"status_details": None}}}
    session = await house.session(responses=[failed("x", text="Well, ", faults=[bare])])

    with pytest.raises(ServerFault, match=r"^server_fault$"):
        await answered(session, session.begin_turn(text="Hello?"))


async def test_answer_that_is_cut_at_its_length_keeps_what_was_said(house: House):
    cut = {"text": "Once upon a", "audio": base64_pcm(0.3), "status": "incomplete", "reason": "max_output_tokens"}
    session = await house.session(responses=[cut, "Back again."])
    turn = session.begin_turn(text="Tell me a story")

    assert await answered(session, turn) == ["Once upon a"]
    assert await heard(turn) == pcm(0.3)
    await next_turn_is_answered(session, "Back again.")


async def test_answer_that_is_cut_before_a_word_is_no_silence_and_not_asked_for_again(house: House):
    session = await house.session(responses=[{"status": "incomplete", "reason": "max_output_tokens"}, "Back again."])

    with pytest.raises(RequestRejected, match=r"^max_output_tokens$"):
        await answered(session, session.begin_turn(text="Think hard"))

    await next_turn_is_answered(session, "Back again.")


async def test_answer_that_the_filter_stops_is_named_and_not_asked_for_again(house: House):
    session = await house.session(responses=[{"status": "incomplete", "reason": "content_filter"}, "Back again."])

    with pytest.raises(ResponseFiltered, match=r"^content_filter$") as raised:
        await answered(session, session.begin_turn(text="Something bad"))

    assert (raised.value.retry, raised.value.next_model) == (False, False)
    await next_turn_is_answered(session, "Back again.")


@pytest.mark.parametrize("reason", ["turn_detected", "client_cancelled"])
async def test_answer_that_the_server_cancels_before_a_word_is_asked_for_again(house: House, reason: str):
    session = await house.session(responses=[{"status": "cancelled", "reason": reason}, "Here I am."])

    assert await answered(session, session.begin_turn(text="Hello?")) == ["Here I am."]


async def test_answer_that_the_server_cancels_amid_its_words_is_an_error(house: House):
    session = await house.session(responses=[{"text": "I think", "status": "cancelled"}, "Back again."])

    with pytest.raises(ServerFault, match=r"^response_cancelled$"):
        await answered(session, session.begin_turn(text="Hello?"))

    await next_turn_is_answered(session, "Back again.")


async def test_answer_whose_end_never_comes_is_given_up_and_the_next_turn_gets_a_new_socket(
    house: House, clock: ManualClock
):
    mute = {"text": "It is", "audio": base64_pcm(0.1), "faults": [silent_after("response.output_audio.delta")]}
    session = await house.session(clock=clock, responses=[mute, "Back again."])
    turn = session.begin_turn(text="What time is it?")
    lines: list[str] = []
    answer = asyncio.create_task(answered(session, turn, lines=lines))
    audio = turn.audio.claim()
    assert await anext(audio) == pcm(0.1)

    clock.advance(PATIENT.protocol.silence)

    with pytest.raises(ServerSilent, match=r"^silent_response$") as raised:
        await answer
    assert raised.value.next_model
    assert lines == ["It is"]
    with pytest.raises(ServerSilent):
        await anext(audio)
    await next_turn_is_answered(session, "Back again.")
    assert len(house.server.connections) == 2


async def test_answer_that_never_begins_is_asked_for_on_a_new_socket(house: House, clock: ManualClock):
    deaf = {"faults": [{"after": "session.updated", "action": "silence"}]}
    session = await house.session(clock=clock, connections=[deaf, {}], responses=["Lost.", "Here I am."])
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Hello?")))
    await house.server.wait_received("response.create")

    clock.advance(PATIENT.protocol.first_event)

    assert await answer == ["Here I am."]
    assert house.told(1) == ["session.update", "user: Hello?", "response.create"]


def silent_after(event_type: str) -> dict[str, object]:
    """Return the fault after which nothing comes any more."""
    return {"after": event_type, "action": "silence"}


async def test_real_silence_is_noticed_by_the_event_loops_own_clock(house: House):
    limits = replace(PATIENT, protocol=Limits(first_event=30, silence=0.1))
    mute = {"text": "It is", "faults": [silent_after("response.created")]}
    session = await house.session(limits=limits, responses=[mute, mute])

    with pytest.raises(ServerSilent, match=r"^silent_response$"):
        await answered(session, session.begin_turn(text="What time is it?"))


async def test_response_that_is_refused_is_named_and_the_next_turn_is_answered(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, responses=[{"created_delay": 60}, "Back again."])
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Hello?")))
    refused = await house.server.wait_received("response.create")
    error = {"type": "invalid_request_error", "code": "invalid_value", "message": "No.", "param": "response"}

    await house.server.send({"type": "error", "error": {**error, "event_id": refused["event_id"]}})

    with pytest.raises(RequestRejected, match=r"^invalid_value$"):
        await answer


async def test_error_about_nothing_of_ours_disturbs_nothing(house: House):
    error = {"type": "error", "error": {"type": "invalid_request_error", "code": "whatever", "message": "Hm."}}
    odd = {"text": "Here I am.", "faults": [{"after": "response.created", "action": "insert", "event": error}]}
    session = await house.session(responses=[odd])

    assert await answered(session, session.begin_turn(text="Hello?")) == ["Here I am."]


async def test_answer_that_the_server_has_begun_by_itself_is_taken_for_the_answer(house: House):
    begun = {"type": "response.created", "response": {"id": "resp_own", "object": "realtime.response"}}
    early = {"after": "input_audio_buffer.committed", "action": "insert", "event": begun}
    session = await house.session(turns=["Hello."], connections=[{"faults": [early]}])
    turn = spoken_turn(session)
    await session.transcript(turn)
    async with aclosing(session.answer(turn, (), Tools())) as events:
        assert await anext(events) == MessageStarted()
        first = asyncio.create_task(anext(events))
        place = {"response_id": "resp_own", "item_id": "item_own", "output_index": 0, "content_index": 0}
        await house.server.send({"type": "response.output_audio_transcript.delta", **place, "delta": "Hi there."})
        await house.server.send({"type": "response.done", "response": {"id": "resp_own", "status": "completed"}})
        assert await first == TextDelta("Hi there.")
        assert [event async for event in events] == []

    assert house.told() == ["session.update", "commit 24000 bytes"]


async def test_answer_that_the_server_begins_while_a_tool_runs_is_not_taken_for_what_follows_it(house: House):
    session = await house.session(responses=[{"calls": [LIGHT]}, "The light is on."])
    tools = Tools(wait=True)
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Light"), tools=tools))
    await tools.began(1)
    stray = {"id": "resp_stray", "object": "realtime.response"}
    await house.server.send({"type": "response.created", "response": stray})
    again = {"id": "item_stray", "type": "function_call", "call_id": "call_stray", "status": "completed", **LIGHT}
    again["arguments"] = "{}"
    place = {"response_id": "resp_stray", "output_index": 0}
    await house.server.send({"type": "response.output_item.done", **place, "item": again})
    await house.server.wait_received("response.cancel")
    tools.release.set()
    await house.server.send({"type": "response.done", "response": {**stray, "status": "cancelled"}})

    assert (await answer)[-1] == "The light is on."
    assert len(tools.calls) == 1


async def test_answer_that_is_abandoned_is_cancelled_by_its_id_and_the_next_turn_goes_on_from_it(house: House):
    server_clock = ServerClock()
    long = {"text": "It was a dark and stormy night.", "delta_delay": 1}
    session = await house.session(server_clock=server_clock, responses=[long, "Back again."])
    turn = session.begin_turn(text="Tell me a story")
    async with aclosing(session.answer(turn, (), Tools())) as events:
        assert [await anext(events), type(await anext(events))] == [MessageStarted(), TextDelta]

    assert turn.finished
    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await heard(turn)
    cancel = await house.server.wait_received("response.cancel")
    created = next(event for event in house.server.connections[0].sent if event["type"] == "response.created")
    assert cancel["response_id"] == created["response"]["id"]
    await next_turn_is_answered(session, "Back again.")
    assert len(house.server.connections) == 1
    assert house.conversation()[0] == "user: Tell me a story"
    assert house.errors() == []


async def test_answer_that_is_abandoned_before_it_begins_is_cancelled_as_well(house: House):
    server_clock = ServerClock()
    session = await house.session(server_clock=server_clock, responses=[{"text": "x", "created_delay": 60}, "Again."])
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Hello?")))
    await house.server.wait_received("response.create")
    answer.cancel()

    await house.server.wait_received("response.cancel")
    await next_turn_is_answered(session, "Again.")


async def test_new_turn_takes_the_place_of_one_that_is_being_answered(house: House):
    server_clock = ServerClock()
    long = {"text": "It was a dark and stormy night.", "delta_delay": 1}
    session = await house.session(server_clock=server_clock, responses=[long, "Back again."])
    turn = session.begin_turn(text="Tell me a story")
    answer = asyncio.create_task(answered(session, turn))
    await house.server.wait_received("response.create")

    await next_turn_is_answered(session, "Back again.")

    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await answer
    assert len(house.server.connections) == 1
    assert house.told()[-3:] == ["response.cancel", "user: And now?", "response.create"]
    assert house.errors() == []


async def test_turn_whose_place_was_taken_while_its_tool_ran_says_no_more(house: House):
    session = await house.session(responses=[{"calls": [LIGHT]}, "Back again."])
    tools = Tools(wait=True)
    lines: list[str] = []
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Light"), tools=tools, lines=lines))
    await tools.began(1)

    await next_turn_is_answered(session, "Back again.")
    tools.release.set()

    with pytest.raises(ConnectionLost, match=r"^cancelled$"):
        await answer
    assert lines[-1] == "returned {'done': 'HassTurnOn'}", "what was done to the house is known"
    assert house.conversation() == [
        "user: Light",
        "call HassTurnOn",
        'output {"error":"Cancelled","error_text":"The user interrupted before this had returned"}',
        "user: And now?",
        "assistant: Back again.",
    ]


async def test_error_that_ends_an_answer_waits_for_what_its_tools_do(house: House):
    quota = {"output": [LIGHT, {"text": "."}], "status": "failed", "error": {"code": "insufficient_quota"}}
    session = await house.session(responses=[quota, "Back again."])
    tools = Tools()
    lines: list[str] = []

    with pytest.raises(QuotaExceeded):
        await answered(session, session.begin_turn(text="Light"), tools=tools, lines=lines)

    assert lines == [".", "called HassTurnOn", "returned {'done': 'HassTurnOn'}"]
    await house.server.wait_received("conversation.item.create", 2)
    assert house.told()[-1] == 'output {"done":"HassTurnOn"}'


async def test_transient_failure_after_a_call_goes_on_with_its_result(house: House):
    half = {"output": [LIGHT, {"text": "."}], "status": "failed", "error": {"code": "server_error"}}
    session = await house.session(responses=[half, "Done."])
    tools = Tools()

    assert (await answered(session, session.begin_turn(text="Light"), tools=tools))[-1] == "Done."
    assert len(tools.calls) == 1


async def test_turn_that_was_refused_before_it_is_answered_says_why(house: House):
    session = await house.session(connections=[{"refuse": "invalid_api_key"}])
    turn = spoken_turn(session)
    with pytest.raises(AuthenticationFailed):
        await session.transcript(turn)
    lines: list[str] = []

    with pytest.raises(AuthenticationFailed):
        await answered(session, turn, lines=lines)

    assert lines == []


async def test_model_that_calls_tools_without_end_is_stopped(house: House):
    session = await house.session(responses=[*({"calls": [LIGHT]} for _ in range(MAX_RESPONSES)), "Back again."])
    tools = Tools()

    with pytest.raises(TurnOverflow, match=r"^tool_rounds$"):
        await answered(session, session.begin_turn(text="Light"), tools=tools)

    assert len(tools.calls) == MAX_RESPONSES
    await next_turn_is_answered(session, "Back again.")


async def test_configuration_that_the_server_refuses_ends_the_turn_before_a_stranger_answers(house: House):
    session = await house.session(
        config=replace(CONFIG, max_output_tokens=0), responses=["I am nobody in particular."], repeat=True
    )

    with pytest.raises(RequestRejected, match=r"^invalid_value$"):
        await answered(session, session.begin_turn(text="Who are you?"))

    session.configure(CONFIG)
    await next_turn_is_answered(session, "I am nobody in particular.")
