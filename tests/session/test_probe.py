"""Whether a server lets us in, asked without a word that would be billed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest
from websockets.asyncio.server import ServerConnection, serve as websocket_server

from custom_components.realtime_assist.realtime import DialectName, Endpoint, Limits
from custom_components.realtime_assist.session import SessionError, SessionLimits, probe
from custom_components.realtime_assist.session.exceptions import (
    AuthenticationFailed,
    CannotConnect,
    ConnectionLost,
    ModelUnavailable,
    NotRealtime,
    QuotaExceeded,
    ServerSilent,
)
from tests.session.house import MODEL, PATIENT, Serve
from tests.session.server_clock import ServerClock

SHORT_OF_WORDS = SessionLimits(connect=30, protocol=Limits(first_event=0.1))


async def try_out(url: str, *, key: str = "sk-test", model: str = MODEL, limits: SessionLimits = PATIENT) -> None:
    """Probe as the flows do."""
    endpoint = Endpoint(base_url=url, api_key=key)
    await probe(endpoint, model, ssl_context=None, limits=limits)


async def test_server_that_greets_lets_us_in_and_is_told_nothing(serve: Serve):
    server = await serve()

    await try_out(server.url)

    assert server.received == []
    assert server.connections[0].close_code == 1000


@pytest.mark.parametrize(
    ("connection", "error_type", "code"),
    [
        ({"refuse": 401}, AuthenticationFailed, "http_401"),
        ({"refuse": "invalid_api_key"}, AuthenticationFailed, "invalid_api_key"),
        ({"refuse": "insufficient_quota"}, QuotaExceeded, "insufficient_quota"),
        ({"refuse": "model_not_found"}, ModelUnavailable, "model_not_found"),
        ({"refuse": "beta_api_shape_disabled"}, NotRealtime, "beta_api_shape_disabled"),
        ({"faults": [{"after": "session.created", "action": "omit"}]}, ServerSilent, "server_silent"),
        ({"created": False}, ServerSilent, "server_silent"),
        ({"faults": [{"after": "session.created", "action": "half_json"}]}, NotRealtime, "no_greeting"),
        (
            {"faults": [{"after": "session.created", "action": "change", "event": {"type": "hello"}}]},
            NotRealtime,
            "no_greeting",
        ),
    ],
)
async def test_any_other_answer_is_named(
    serve: Serve, connection: dict[str, object], error_type: type[SessionError], code: str
):
    server = await serve(connections=[connection])

    with pytest.raises(error_type, match=f"^{code}$"):
        await try_out(server.url, limits=SHORT_OF_WORDS if error_type is ServerSilent else PATIENT)

    assert server.connections[0].close_code is not None or code == "http_401"


async def test_wrong_key_is_refused(serve: Serve):
    server = await serve()

    with pytest.raises(AuthenticationFailed):
        await try_out(server.url, key="sk-wrong")


async def test_unknown_model_is_refused(serve: Serve):
    server = await serve()

    with pytest.raises(ModelUnavailable):
        await try_out(server.url, model="gpt-unheard-of")


async def test_server_that_answers_the_dial_too_late_cannot_be_connected_to(serve: Serve):
    server = await serve(server_clock=ServerClock(), connections=[{"upgrade_delay": 60}])

    with pytest.raises(CannotConnect, match=r"^timeout$"):
        await try_out(server.url, limits=replace(PATIENT, connect=0.1))


async def test_server_that_hangs_up_instead_of_greeting_is_lost(serve: Serve):
    drop = {"after": "session.created", "action": "omit"}, {"after": "session.created", "action": "drop"}
    server = await serve(connections=[{"faults": list(drop)}])

    with pytest.raises(ConnectionLost):
        await try_out(server.url)


@asynccontextmanager
async def server_that_says(*events: dict[str, Any]) -> AsyncIterator[str]:
    """Let everybody in and say the same to all; yield the address."""

    async def say(connection: ServerConnection) -> None:
        for event in events:
            await connection.send(orjson.dumps(event).decode())
        await connection.wait_closed()

    async with websocket_server(say, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1"


@pytest.mark.parametrize(
    ("session", "dialect"),
    [
        ({"type": "realtime", "audio": {}}, DialectName.GA),
        ({"modalities": ["audio"], "voice": "ara"}, DialectName.XAI),
        ({"modalities": ["audio"], "voice": "alloy", "input_audio_format": "pcm16"}, DialectName.BETA),
    ],
)
async def test_dialect_is_the_one_of_the_greeting_whatever_is_said_before_it(
    session: dict[str, Any], dialect: DialectName
):
    before = {"type": "conversation.created", "conversation": {"id": "conv_1"}}, {"type": "ping"}
    async with server_that_says(*before, {"type": "session.created", "session": session}) as url:
        assert await probe(Endpoint(base_url=url), MODEL, ssl_context=None, limits=PATIENT) is dialect
