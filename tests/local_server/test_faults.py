"""The wire breaks where the script says, in the way it says, and nowhere else."""

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from local_server.wire import ManualClock, RealtimeServer, scenario_from_dict

from .wire_client import TEXT_ONLY, WireClient, connected, talking

_DELTA = "response.output_text.delta"


def _script(action: str, after: str = _DELTA, count: int = 2, **fields: Any) -> dict[str, Any]:
    fault = {"after": after, "count": count, "action": action, **fields}
    return {"responses": [{"text": "One two three.", "faults": [fault]}, "Next."]}


async def _messages(socket: ClientConnection, last: str) -> list[str | bytes]:
    """Return all messages up to the first that ends a response, or up to the end of the connection."""
    messages: list[str | bytes] = []
    try:
        while not messages or f'"{last}"' not in str(messages[-1]):
            messages.append(await socket.recv())
    except ConnectionClosed:
        pass
    return messages


def _types(messages: list[str | bytes]) -> Iterator[str]:
    return (orjson.loads(message)["type"] for message in messages)


async def _broken(
    fault: dict[str, Any], last: str = "rate_limits.updated"
) -> tuple[list[str | bytes], ClientConnection]:
    async with RealtimeServer(scenario=scenario_from_dict(fault)) as server, connected(server) as client:
        await client.until("session.created")
        await client.update(TEXT_ONLY)
        await client.send("response.create")
        messages = await _messages(client.socket, last)
    return messages, client.socket


async def test_a_close_comes_with_its_code_and_reason() -> None:
    messages, socket = await _broken(_script("close", code=1012, reason="restarting"))
    assert list(_types(messages))[-2:] == [_DELTA, _DELTA]
    assert (socket.close_code, socket.close_reason) == (1012, "restarting")


async def test_a_drop_is_a_connection_that_ends_without_a_word() -> None:
    messages, socket = await _broken(_script("drop", after="response.created", count=1))
    assert list(_types(messages)) == ["response.created"]
    assert socket.close_code == 1006


async def test_silence_keeps_the_socket_and_sends_nothing() -> None:
    async with RealtimeServer(scenario=scenario_from_dict(_script("silence"))) as server, connected(server) as client:
        await client.until("session.created")
        await client.update(TEXT_ONLY)
        await client.send("response.create")
        await client.until(_DELTA)
        await client.until(_DELTA)
        await client.send("session.update", session={"type": "realtime"})
        await server.wait_received("session.update", 2)
        # The socket answers, the session does not.
        await (await client.socket.ping())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.next()


async def test_half_json_takes_the_place_of_the_event() -> None:
    messages, _ = await _broken(_script("half_json"))
    broken = [message for message in messages if isinstance(message, str) and not message.endswith("}")]
    assert len(broken) == 1
    assert broken[0].startswith('{"type":"response.output_text.delta"')


async def test_a_binary_message_takes_the_place_of_the_event() -> None:
    messages, _ = await _broken(_script("binary"))
    assert [orjson.loads(message)["delta"] for message in messages if isinstance(message, bytes)] == [" two"]


async def test_an_omitted_event_is_missing_alone() -> None:
    messages, _ = await _broken(_script("omit", after="response.done", count=1))
    types = list(_types(messages))
    assert "response.done" not in types
    assert types[-1] == "rate_limits.updated"


async def test_a_changed_event_keeps_its_other_fields() -> None:
    change = {"response": {"status_details": "unimplemented", "usage": {"input_tokens": -1}}}
    messages, _ = await _broken(_script("change", after="response.done", count=1, event=change))
    response = next(orjson.loads(message) for message in messages if '"response.done"' in str(message))["response"]
    assert (response["status"], response["status_details"]) == ("completed", "unimplemented")
    assert response["usage"]["input_tokens"] == -1
    assert response["usage"]["output_tokens"] == 4


async def test_a_duplicate_is_the_same_event_again() -> None:
    messages, _ = await _broken(_script("duplicate", after="response.done", count=1))
    done = [message for message in messages if '"response.done"' in str(message)]
    assert len(done) == 2
    assert done[0] == done[1]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.telepathy.delta", "delta": "?"},
        {"type": "error", "error": {"type": "server_error", "code": "odd", "message": "Not yours."}},
    ],
)
async def test_a_foreign_event_can_be_slipped_in(event: dict[str, Any]) -> None:
    messages, _ = await _broken(_script("insert", event=event))
    types = list(_types(messages))
    assert types.count(event["type"]) == 1
    assert types[types.index(event["type"]) - 1] == _DELTA
    assert types[-1] == "rate_limits.updated"


async def test_deltas_can_come_after_the_response_is_done() -> None:
    messages, _ = await _broken(_script("replay", after="response.done", count=1, event={"type": _DELTA}))
    types = list(_types(messages))
    assert types[types.index("response.done") + 1] == _DELTA


async def test_a_stall_holds_back_the_event_and_all_after_it() -> None:
    clock = ManualClock()
    async with talking(_script("stall", seconds=7), clock=clock) as (_, client):
        await client.send("response.create")
        await client.until(_DELTA)
        await client.send("conversation.item.create", item={"type": "message", "role": "user", "content": []})
        await clock.advance(6)
        await clock.advance(1)
        await client.until("response.done")
    assert [event["delta"] for event in client.of(_DELTA)] == ["One", " two", " three", "."]


async def test_a_fault_strikes_as_often_as_it_says() -> None:
    for times, left in ((1, ["One", " three", "."]), (2, ["One", "."]), (0, ["One"])):
        messages, _ = await _broken(_script("omit", times=times))
        events = [orjson.loads(message) for message in messages]
        assert [event["delta"] for event in events if event["type"] == _DELTA] == left


async def test_a_fault_of_a_response_counts_from_its_beginning_and_spares_the_next() -> None:
    scenario = {
        "responses": ["One two.", {"text": "Three four.", "faults": [{"after": _DELTA, "action": "omit"}]}, "Five six."]
    }
    async with talking(scenario) as (_, client):
        for _ in range(3):
            await client.respond()
    assert "".join(event["delta"] for event in client.of(_DELTA)) == "One two. four.Five six."


async def test_faults_of_the_scenario_are_armed_on_every_connection_and_those_of_a_connection_on_one() -> None:
    scenario = {
        "faults": [{"after": "session.updated", "action": "insert", "event": {"type": "everywhere"}}],
        "connections": [{}, {"faults": [{"after": "session.created", "action": "close", "code": 1011}]}, {}],
    }
    async with RealtimeServer(scenario=scenario_from_dict(scenario)) as server:
        for index in range(3):
            async with connected(server) as client:
                await client.until("session.created")
                if index == 1:
                    await client.socket.wait_closed()
                    assert client.socket.close_code == 1011
                else:
                    await client.update({})
                    await client.until("everywhere")


async def test_the_script_goes_on_after_a_reconnect() -> None:
    scenario = {"responses": [{"text": "Lost.", "faults": [{"after": _DELTA, "action": "drop"}]}, "Back again."]}
    async with RealtimeServer(scenario=scenario_from_dict(scenario)) as server:
        async with connected(server) as client:
            await client.update(TEXT_ONLY)
            await client.send("response.create")
            await client.socket.wait_closed()
        async with connected(server) as client:
            await client.update(TEXT_ONLY)
            response = await client.respond()
        assert server.connections[0].close_code == 1006
        assert [index for index, event in server.received if event["type"] == "response.create"] == [0, 1]
    assert response["output"][0]["content"][0]["text"] == "Back again."


async def test_a_test_can_break_an_idle_connection_itself() -> None:
    async with RealtimeServer() as server:
        for end, code in ((lambda: server.close_connection(1013, "later"), 1013), (None, 1006)):
            async with connected(server) as client:
                await client.until("session.created")
                await server.send({"type": "error", "error": {"type": "server_error", "message": "Hm."}})
                assert (await client.error())["message"] == "Hm."
                if end is None:
                    server.drop_connection()
                else:
                    await end()
                await client.socket.wait_closed()
                assert client.socket.close_code == code


async def test_a_refused_connection_has_no_session_to_break() -> None:
    async with RealtimeServer(scenario=scenario_from_dict({"connections": [{"refuse": "server_error"}]})) as server:
        async with connected(server) as client:
            assert isinstance(client, WireClient)
            await client.socket.wait_closed()
        with pytest.raises(LookupError, match="refused"):
            server.drop_connection()
