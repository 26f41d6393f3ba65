"""What becomes of a dial: an open connection, or the error that says who is to blame and what to do."""

import _socket
import asyncio
from collections.abc import Sequence
import socket
import ssl

import orjson
import pytest

from custom_components.realtime_assist.realtime import Endpoint
from custom_components.realtime_assist.session import Connection, SessionError
from custom_components.realtime_assist.session.connection import MAX_MESSAGE_BYTES
from custom_components.realtime_assist.session.exceptions import (
    AuthenticationFailed,
    CannotConnect,
    ConnectionLost,
    HungUp,
    ModelUnavailable,
    NotRealtime,
    QuotaExceeded,
    RateLimited,
    ServerFault,
    SessionExpired,
)
from tests.session.house import MODEL, House, Serve, answered, said, spoken_turn
from tests.session.raw_server import forwarder, raw_server, upgrading_server
from tests.session.server_clock import ServerClock

KEY = "sk-test"


async def dial(url: str, *, time_limit: float = 30.0, ssl_context: ssl.SSLContext | None = None) -> Connection:
    """Dial as a session does."""
    endpoint = Endpoint(base_url=url, api_key=KEY)
    return await Connection.dial(endpoint, MODEL, ssl_context=ssl_context, time_limit=time_limit)


# Refusal, error, its code, and whether it asks for: another try at once, another model, another key.
HTTP_REFUSALS = {
    400: (NotRealtime, False, False, False),
    401: (AuthenticationFailed, False, False, True),
    403: (AuthenticationFailed, False, False, True),
    404: (ModelUnavailable, False, True, False),
    429: (RateLimited, False, True, False),
    500: (ServerFault, True, True, False),
    503: (ServerFault, True, True, False),
}


@pytest.mark.parametrize("status", HTTP_REFUSALS)
async def test_http_refusal_is_named_and_the_next_turn_gets_in(house: House, status: int):
    error_type, retry, next_model, reauth = HTTP_REFUSALS[status]
    dials = 2 if retry else 1
    session = await house.session(connections=[*[{"refuse": status}] * dials, {}], responses=["Welcome."])
    turn = session.begin_turn()

    with pytest.raises(error_type) as raised:
        await session.transcript(turn)

    error = raised.value
    assert (error.code, error.retry, error.next_model, error.reauth) == (f"http_{status}", retry, next_model, reauth)
    assert turn.finished
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Welcome."]
    assert len(house.server.connections) == dials + 1


REFUSALS = {
    "invalid_api_key": (AuthenticationFailed, 3000),
    "insufficient_permissions": (AuthenticationFailed, 3000),
    "missing_model": (ModelUnavailable, 4000),
    "invalid_model": (ModelUnavailable, 4000),
    "model_not_found": (ModelUnavailable, 4004),
    "beta_api_shape_disabled": (NotRealtime, 4000),
    "insufficient_quota": (QuotaExceeded, 1013),
    "credit_balance_exhausted": (QuotaExceeded, 1013),
}


@pytest.mark.parametrize("code", REFUSALS)
async def test_refusal_after_the_upgrade_is_named_once_and_the_next_turn_gets_in(house: House, code: str):
    error_type, close_code = REFUSALS[code]
    session = await house.session(connections=[{"refuse": code}, {}], responses=["Welcome."])
    turn = session.begin_turn()

    with pytest.raises(error_type, match=f"^{code}$") as raised:
        await session.transcript(turn)

    assert not raised.value.retry, "an empty balance must not be dialled again and again"
    assert raised.value.reauth is (error_type is AuthenticationFailed)
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Welcome."]
    assert len(house.server.connections) == 2
    assert house.server.connections[0].close_code == close_code


@pytest.mark.parametrize("code", REFUSALS)
async def test_typed_turn_is_told_the_same_refusal(house: House, code: str):
    session = await house.session(connections=[{"refuse": code}])

    with pytest.raises(REFUSALS[code][0], match=f"^{code}$"):
        await answered(session, session.begin_turn(text="Hello?"))

    assert len(house.server.connections) == 1


async def test_server_that_fails_at_the_door_is_tried_once_more(house: House):
    session = await house.session(connections=[{"refuse": "server_error"}, {}], responses=["Welcome."])

    assert await answered(session, session.begin_turn(text="Hello?")) == ["Welcome."]


async def test_server_that_fails_at_the_door_twice_ends_the_turn_and_not_the_next(house: House):
    session = await house.session(
        connections=[{"refuse": "server_error"}, {"refuse": "server_error"}, {}], responses=["Welcome."]
    )

    with pytest.raises(ServerFault):
        await answered(session, session.begin_turn(text="Hello?"))

    assert await answered(session, session.begin_turn(text="Hello?")) == ["Welcome."]


async def test_refused_port_is_named_and_the_next_turn_gets_in(house: House):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        urls = [f"http://127.0.0.1:{unheard.getsockname()[1]}/v1"]
        await house.session(responses=["Welcome."])
        session = house.another_session(url=lambda: urls[0])

        with pytest.raises(CannotConnect) as raised:
            await answered(session, session.begin_turn(text="Hello?"))

    assert (raised.value.code, raised.value.retry, raised.value.next_model) == ("cannot_connect", False, False)
    urls[0] = house.server.url
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Welcome."]


async def test_unknown_host_is_named_and_the_next_turn_gets_in(house: House, monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    urls = ["http://name.invalid/v1"]
    await house.session(responses=["Welcome."])
    session = house.another_session(url=lambda: urls[0])
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(CannotConnect):
            await answered(session, session.begin_turn(text="Hello?"))

    urls[0] = house.server.url
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Welcome."]


async def test_what_nobody_has_thought_of_ends_the_turn_and_is_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
):
    await house.session()
    # The test plugin's own resolver raises what no resolver does.
    session = house.another_session(url=lambda: "http://name.invalid/v1")
    turn = session.begin_turn()

    with pytest.raises(CannotConnect, match=r"^RuntimeError$"):
        await session.transcript(turn)

    assert "Unexpected error while connecting" in caplog.messages


@pytest.mark.parametrize("host", ["house..example", f"{'a' * 64}.example"])
async def test_host_that_no_resolver_takes_cannot_be_connected_to(host: str, monkeypatch: pytest.MonkeyPatch):
    # The plugin's own getaddrinfo refuses every name before this one can.
    monkeypatch.setattr(socket, "getaddrinfo", _socket.getaddrinfo)

    with pytest.raises(CannotConnect):
        await dial(f"http://{host}/v1")


async def test_tls_to_a_server_that_has_none_is_named():
    async with raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        with pytest.raises(CannotConnect, match=r"^tls$"):
            await dial(server.url.replace("http://", "https://"), ssl_context=ssl.create_default_context())


async def test_server_that_hangs_up_on_tls_cannot_be_connected_to():
    async with raw_server(b"") as server:
        with pytest.raises(CannotConnect):
            await dial(server.url.replace("http://", "https://"), ssl_context=ssl.create_default_context())


async def test_redirect_is_not_followed_and_the_key_stays_at_home(serve: Serve):
    elsewhere = await serve()
    moved = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere.url}/realtime\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(moved.encode()) as server:
        with pytest.raises(NotRealtime, match=r"^http_302$"):
            await dial(server.url)

    assert len(server.requests) == 1
    assert elsewhere.connections == []


@pytest.mark.parametrize(
    ("answer", "error_type"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", NotRealtime, id="web page"),
        pytest.param(b"SSH-2.0-OpenSSH_10.2\r\n", NotRealtime, id="another protocol"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", NotRealtime, id="another upgrade"),
        pytest.param(b"", HungUp, id="hangs up"),
    ],
)
async def test_who_is_no_realtime_server_is_told_from_who_hangs_up(answer: bytes, error_type: type[SessionError]):
    async with raw_server(answer) as server:
        with pytest.raises(error_type):
            await dial(server.url)


async def test_upgrade_that_takes_too_long_is_given_up_and_the_next_turn_gets_in(house: House):
    server_clock = ServerClock()
    await house.session(connections=[{"upgrade_delay": 60}, {}], responses=["Welcome."], server_clock=server_clock)

    with pytest.raises(CannotConnect, match=r"^timeout$"):
        await dial(house.server.url, time_limit=0.05)

    await server_clock.advance(60)
    session = house.another_session()
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Welcome."]


async def test_dial_carries_the_key_as_bearer_alone_and_names_the_model(serve: Serve):
    server = await serve()

    async with await dial(server.url):
        [connection] = server.connections

    assert connection.model == MODEL
    assert connection.headers["Authorization"] == f"Bearer {KEY}"
    assert "OpenAI-Beta" not in connection.headers
    assert KEY not in connection.path


@pytest.mark.parametrize(
    ("code", "reason", "error_type", "error_code"),
    [
        (1000, "", ConnectionLost, "close_1000"),
        (1001, "", SessionExpired, "close_1001"),
        (1001, "invalid_request_error.session_expired", SessionExpired, "session_expired"),
        (1011, "", ServerFault, "close_1011"),
        (1013, "", QuotaExceeded, "close_1013"),
        (1013, "rate_limit_error.rate_limit_exceeded", RateLimited, "rate_limit_exceeded"),
        (3000, "", AuthenticationFailed, "close_3000"),
        (4000, "invalid_request_error.invalid_model", ModelUnavailable, "invalid_model"),
        (4004, "", ModelUnavailable, "close_4004"),
        (4999, "who.knows", ConnectionLost, "close_4999"),
    ],
)
async def test_close_says_by_its_reason_or_else_by_its_code_what_is_wrong(
    serve: Serve, code: int, reason: str, error_type: type[SessionError], error_code: str
):
    server = await serve(connections=[{"faults": [{"after": "*", "action": "close", "code": code, "reason": reason}]}])
    connection = await dial(server.url)
    messages: list[bytes] = []

    with pytest.raises(error_type, match=f"^{error_code}$"):
        await connection.listen(messages.extend)

    assert len(messages) == 1
    await connection.close()


async def test_line_that_is_cut_is_a_lost_connection(serve: Serve):
    server = await serve(connections=[{"faults": [{"after": "*", "action": "drop"}]}])
    connection = await dial(server.url)

    with pytest.raises(ConnectionLost, match=r"^close_1006$"):
        await connection.listen(lambda messages: None)

    connection.send([b"{}"])
    await connection.close()


async def test_own_close_ends_the_messages_without_an_error(serve: Serve):
    server = await serve()
    connection = await dial(server.url)
    pieces: asyncio.Queue[Sequence[bytes]] = asyncio.Queue()
    listening = asyncio.create_task(connection.listen(pieces.put_nowait))
    await pieces.get()
    await connection.close()
    await connection.close()

    await listening
    assert server.connections[0].close_code == 1000


async def test_peer_that_reads_nothing_is_left_in_the_time_of_a_closing_handshake(serve: Serve, monkeypatch):
    server = await serve()
    connection = await dial(server.url)
    server.connections[0].socket.transport.pause_reading()
    monkeypatch.setattr("custom_components.realtime_assist.session.connection.CLOSE_TIMEOUT", 0.05)
    connection.send([bytes(64 * 1024 * 1024)])

    async with asyncio.timeout(5):
        await connection.close()


REFUSED = orjson.dumps({"type": "error", "error": {"type": "invalid_request_error", "code": "invalid_api_key"}})
FAULT = orjson.dumps({"type": "error", "error": {"type": "server_error", "code": "server_error"}})


async def test_refusal_that_comes_along_with_the_upgrade_is_named(house: House):
    await house.session()
    async with upgrading_server(REFUSED, 3000) as server:
        session = house.another_session(url=lambda: server.url)

        with pytest.raises(AuthenticationFailed):
            await said(session, "Dinner is ready.")
        with pytest.raises(AuthenticationFailed):
            await answered(session, session.begin_turn(text="Hello?"))
        with pytest.raises(AuthenticationFailed):
            await session.transcript(spoken_turn(session))


async def test_failure_that_comes_along_with_the_upgrade_is_tried_once_more(house: House):
    await house.session(turns=["Hello."], responses=["Hello!"])
    async with upgrading_server(FAULT, 1011) as server:
        urls = iter([server.url, house.server.url])
        session = house.another_session(url=lambda: next(urls))
        turn = spoken_turn(session)

        assert await session.transcript(turn) == "Hello."
        assert await answered(session, turn) == ["Hello!"]


@pytest.mark.parametrize("no_proxy", ["", "localhost"])
async def test_host_that_has_moved_into_the_house_is_not_shown_the_key(monkeypatch: pytest.MonkeyPatch, no_proxy: str):
    monkeypatch.setenv("no_proxy", no_proxy)
    async with raw_server(b"") as server:
        endpoint = Endpoint(base_url=server.url, api_key=KEY, may_be_private=False)
        with pytest.raises(CannotConnect) as raised:
            await Connection.dial(endpoint, MODEL, ssl_context=None, time_limit=30.0)

    assert raised.value.code == "private_address"
    assert b"".join(server.requests) == b""


async def test_who_forwards_connections_may_be_in_the_house(monkeypatch: pytest.MonkeyPatch):
    async with forwarder(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n") as (url, asked):
        monkeypatch.setenv("ws_proxy", url)
        endpoint = Endpoint(base_url="http://voice.example/v1", api_key=KEY, may_be_private=False)
        with pytest.raises(AuthenticationFailed):
            await Connection.dial(endpoint, MODEL, ssl_context=None, time_limit=30.0)

    assert asked[0].startswith(b"CONNECT voice.example:80 ")
    assert asked[1].startswith(b"GET /v1/realtime?")


async def test_message_that_is_too_long_ends_the_connection_by_name():
    begun = bytes([0x81, 127]) + (MAX_MESSAGE_BYTES + 1).to_bytes(8, "big")
    async with upgrading_server(b"{}", 1000, before=begun) as server:
        connection = await dial(server.url)
        with pytest.raises(ConnectionLost) as raised:
            await connection.listen(lambda messages: None)
        await connection.close()

    assert raised.value.code == "message_too_big"
