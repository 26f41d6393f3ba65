"""Whoever may not open a session learns why, in the way the real server tells it."""

import asyncio
from typing import Any

import aiohttp
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from local_server.wire import ManualClock, RealtimeServer, scenario_from_dict

from .wire_client import MODEL, WireClient, connected

_BEARER = {"Authorization": "Bearer sk-test"}


async def _refusal(url: str, headers: dict[str, str]) -> tuple[dict[str, Any], int, str]:
    """Return the error, the close code and the close reason of a connection that is upgraded and refused then."""
    async with connect(url, additional_headers=headers) as socket:
        event = orjson.loads(await socket.recv())
        assert event["type"] == "error"
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        return event["error"], socket.close_code or 0, socket.close_reason or ""


@pytest.mark.parametrize(
    ("query", "headers", "code", "close"),
    [
        (f"?model={MODEL}", {"Authorization": "Bearer sk-wrong"}, "invalid_api_key", 3000),
        (f"?model={MODEL}", {}, "invalid_api_key", 3000),
        (f"?model={MODEL}", {"api-key": "sk-wrong"}, "invalid_api_key", 3000),
        ("", _BEARER, "missing_model", 4000),
        ("?model=gpt-unheard-of", _BEARER, "invalid_model", 4000),
        ("?model=gpt-4o-realtime-preview", _BEARER, "model_not_found", 4004),
        ("?model=gpt-4o-mini-realtime-preview-2024-12-17", _BEARER, "model_not_found", 4004),
        (f"?model={MODEL}", {**_BEARER, "OpenAI-Beta": "realtime=v1"}, "beta_api_shape_disabled", 4000),
    ],
)
async def test_a_refused_connection_gets_an_error_event_and_a_close(
    query: str, headers: dict[str, str], code: str, close: int
) -> None:
    async with RealtimeServer(validate=True) as server:
        error, close_code, reason = await _refusal(f"{server.url}/realtime{query}", headers)
        assert server.invalid == []
    assert (error["code"], error["type"]) == (code, "invalid_request_error")
    assert error["message"]
    assert (close_code, reason) == (close, f"invalid_request_error.{code}")


async def test_a_refusal_never_repeats_the_key() -> None:
    async with RealtimeServer() as server:
        told = await _refusal(f"{server.url}/realtime?model={MODEL}", {"Authorization": "Bearer sk-very-secret"})
    assert "very-secret" not in str(told)


async def test_a_key_without_credit_is_refused_with_1013() -> None:
    scenario = scenario_from_dict({"keys": {"sk-broke": "insufficient_quota"}})
    async with RealtimeServer(scenario=scenario) as server:
        error, close_code, reason = await _refusal(
            f"{server.url}/realtime?model={MODEL}", {"Authorization": "Bearer sk-broke"}
        )
        async with connected(server) as client:
            await client.until("session.created")
    assert (error["type"], error["code"]) == ("insufficient_quota", "insufficient_quota")
    assert (close_code, reason) == (1013, "insufficient_quota.insufficient_quota")


async def test_a_model_can_be_closed_by_configuration_while_others_are_open() -> None:
    scenario = scenario_from_dict({"models": {MODEL: "model_not_found"}})
    async with RealtimeServer(scenario=scenario) as server:
        _, close_code, _ = await _refusal(f"{server.url}/realtime?model={MODEL}", _BEARER)
        assert close_code == 4004
        async with connected(server, "gpt-realtime-1.5") as client:
            assert (await client.until("session.created"))["session"]["model"] == "gpt-realtime-1.5"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_the_nth_connection_can_be_refused_at_the_upgrade(status: int) -> None:
    scenario = scenario_from_dict({"connections": [{}, {"refuse": status}]})
    async with RealtimeServer(scenario=scenario) as server:
        async with connected(server) as client:
            await client.until("session.created")
        with pytest.raises(InvalidStatus) as refused:
            async with connected(server):
                pass
        async with connected(server) as client:
            await client.until("session.created")
    assert refused.value.response.status_code == status
    assert orjson.loads(refused.value.response.body)["error"]["code"]


async def test_a_refusal_can_be_worded_freely() -> None:
    refusal = {"code": "account_deactivated", "message": "Gone.", "type": "access_terminated", "close_code": 3001}
    async with RealtimeServer(scenario=scenario_from_dict({"connections": [{"refuse": refusal}]})) as server:
        error, close_code, reason = await _refusal(f"{server.url}/realtime?model={MODEL}", _BEARER)
    assert (error["code"], error["message"]) == ("account_deactivated", "Gone.")
    assert (close_code, reason) == (3001, "access_terminated.account_deactivated")


async def test_either_header_carries_the_key_and_without_keys_none_is_needed() -> None:
    for keys, headers in (
        (("sk-a", "sk-b"), {"api-key": "sk-b"}),
        (("sk-a",), {"Authorization": "Bearer sk-a"}),
        (None, {}),
    ):
        async with RealtimeServer(keys=keys) as server:
            async with connect(f"{server.url}/realtime?model={MODEL}", additional_headers=headers) as socket:
                assert (await WireClient(socket).next())["type"] == "session.created"
            assert server.connections[0].model == MODEL


async def test_the_upgrade_can_be_slow() -> None:
    clock = ManualClock()
    scenario = scenario_from_dict({"connections": [{"upgrade_delay": 9}, {"upgrade_delay": 5}]})
    async with RealtimeServer(scenario=scenario, clock=clock) as server:
        with pytest.raises(TimeoutError):
            await connect(f"{server.url}/realtime?model={MODEL}", additional_headers=_BEARER, open_timeout=0.05)
        coming = asyncio.create_task(_first_event(server))
        await server.wait_connections(2)
        await clock.advance(4.9)
        assert not coming.done()
        await clock.advance(0.1)
        assert await coming == "session.created"


async def _first_event(server: RealtimeServer) -> str:
    async with connected(server) as client:
        return str((await client.next())["type"])


async def test_session_created_can_be_withheld() -> None:
    async with RealtimeServer(scenario=scenario_from_dict({"connections": [{"created": False}]})) as server:
        async with connected(server) as client:
            await client.update({"instructions": "Be brief."})
        assert client.types() == ["session.updated"]


async def _get(url: str, key: str | None = "sk-test") -> tuple[int, Any]:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.json()


async def test_the_list_of_models_shows_the_living_and_when_they_end() -> None:
    async with RealtimeServer() as server:
        status, body = await _get(f"{server.http_url}/models")
    models = {model["id"]: model["shutdown_date"] for model in body["data"]}
    assert (status, body["object"]) == (200, "list")
    assert models["gpt-realtime-2.1"] is None
    assert models["gpt-realtime"] == "2027-01-20"
    assert "gpt-4o-realtime-preview" not in models


@pytest.mark.parametrize(
    ("path", "key", "status", "code"),
    [
        ("/models", "sk-wrong", 401, "invalid_api_key"),
        ("/models", None, 401, "invalid_api_key"),
        ("/models/gpt-realtime", "sk-wrong", 401, "invalid_api_key"),
        ("/models/gpt-unheard-of", "sk-test", 404, "invalid_model"),
        ("/models/gpt-4o-realtime-preview", "sk-test", 404, "model_not_found"),
        ("/chat/completions", "sk-test", 404, "unknown_url"),
    ],
)
async def test_rest_refuses_with_a_status_and_an_error(path: str, key: str | None, status: int, code: str) -> None:
    async with RealtimeServer() as server:
        answered, body = await _get(f"{server.http_url}{path}", key)
    assert (answered, body["error"]["code"]) == (status, code)
    assert body["error"]["message"]


async def test_one_model_is_shown_with_its_end() -> None:
    async with RealtimeServer() as server:
        status, body = await _get(f"{server.http_url}/models/gpt-realtime-mini")
    assert status == 200
    assert (body["id"], body["object"], body["shutdown_date"]) == ("gpt-realtime-mini", "model", "2027-01-20")


async def test_rest_can_be_down_while_the_websocket_is_up() -> None:
    async with RealtimeServer(scenario=scenario_from_dict({"rest": 503})) as server:
        status, body = await _get(f"{server.http_url}/models")
        async with connected(server) as client:
            await client.until("session.created")
    assert (status, body["error"]["code"]) == (503, "server_error")
