"""What is read of the wire beside events, and what is written to it."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from websockets.exceptions import InvalidURI
from websockets.uri import parse_uri

from custom_components.realtime_assist.realtime import DIALECTS, Endpoint, FunctionCall, InvalidBaseUrl, reach
from custom_components.realtime_assist.realtime.catalog import shutdown_dates
from custom_components.realtime_assist.realtime.session_config import FunctionTool, SessionConfig, Transcription
from custom_components.realtime_assist.session.exceptions import SessionError, error_from_close, error_from_code
from custom_components.realtime_assist.session.tools import ToolFailed, parse_arguments


def base_url(data: bytes) -> None:
    """Read an address as a user may type it: it is refused, or it leads to a socket and to REST."""
    text = data.decode(errors="replace")
    try:
        endpoint = Endpoint(base_url=text, api_key="sk-test")
    except InvalidBaseUrl:
        return
    assert endpoint.host
    assert endpoint.rest_url("models").startswith(("http:", "https:"))
    url = endpoint.websocket_url("a model & more")
    assert url.startswith(("ws:", "wss:"))
    assert "sk-test" not in repr(endpoint)
    try:
        parse_uri(url)
    except InvalidURI, UnicodeError:
        return


def address(data: bytes) -> None:
    """Read an IP address as a resolver may return it."""
    try:
        reach(data.decode(errors="replace"))
    except ValueError:
        return


def tool_arguments(data: bytes) -> None:
    """Read the arguments of a function call as a model may write them."""
    call = FunctionCall(call_id="call", name="tool", arguments=data.decode(errors="replace"))
    try:
        arguments = parse_arguments(call)
    except ToolFailed:
        return
    assert isinstance(arguments, dict)


def listing(data: bytes) -> None:
    """Read what a server says of its models."""
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError:
        return
    for name, day in shutdown_dates(said).items():
        assert isinstance(name, str)
        assert day is None or day.isoformat()


def refusal(data: bytes) -> None:
    """Read the code of an error and the reason of a close; what is shown of either is short."""
    first, _, second = data.decode(errors="replace").partition("\n")
    for error in (error_from_code(first, second), error_from_code(None, first), error_from_close(1011, first)):
        assert isinstance(error, SessionError)
        assert len(error.code) <= 100


def outgoing(data: bytes) -> None:
    """Write a session of any words in every dialect: what is sent is JSON, and the words are in it as they were."""
    text = data.decode(errors="surrogatepass" if data[:1] == b"s" else "replace")
    tool = FunctionTool(name="tool", description=text, parameters={"type": "object", "title": text})
    config = SessionConfig(
        instructions=text,
        tools=(tool,),
        voice=text,
        transcription=Transcription(model="gpt-transcribe", keywords=(text,)),
    )
    for dialect in DIALECTS.values():
        session: Any = orjson.loads(orjson.dumps(dialect.session(dialect.adapted(config))))
        assert session["instructions"] == text


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "base_url": base_url,
    "address": address,
    "tool_arguments": tool_arguments,
    "listing": listing,
    "refusal": refusal,
    "outgoing": outgoing,
}
