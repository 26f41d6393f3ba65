"""What a server may send, in any order and in any dialect, between any commands of ours."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import orjson

from custom_components.realtime_assist.realtime import DIALECTS, Dialect, RealtimeProtocol, UserMessage
from custom_components.realtime_assist.realtime.anomalies import MAX_NAMES
from custom_components.realtime_assist.realtime.exceptions import LocalProtocolError
from custom_components.realtime_assist.realtime.protocol_events import Command, CommandRefused, TimeLimitReached
from custom_components.realtime_assist.realtime.session_config import SessionConfig
from custom_components.realtime_assist.realtime.usage import MOST_TOKENS

DIALECT_NAMES = sorted(DIALECTS)
COMMAND = b"!"
"""A line that begins so is a command of ours; any other one is a message of the server."""


def _update(protocol: RealtimeProtocol, now: float) -> None:
    """Make the session another one each time."""
    protocol.update_session(SessionConfig(voice="marin", instructions=f"It is {now}."))


COMMANDS: Mapping[bytes, Callable[[RealtimeProtocol, float], object]] = {
    b"update": _update,
    b"append": lambda protocol, now: protocol.append_audio(bytes(480)),
    b"commit": lambda protocol, now: protocol.commit_audio(),
    b"clear": lambda protocol, now: protocol.clear_audio(),
    b"item": lambda protocol, now: protocol.create_item(UserMessage("hello")),
    b"delete": lambda protocol, now: protocol.delete_item("item_1"),
    b"respond": lambda protocol, now: protocol.create_response(now),
    b"cancel": lambda protocol, now: protocol.cancel_response(),
    b"side": lambda protocol, now: protocol.create_side_response({"instructions": "Say it."}, now),
    b"unside": lambda protocol, now: protocol.cancel_side_response("side_1"),
    b"late": lambda protocol, now: protocol.handle_timeout(now + 60.0),
    b"close": lambda protocol, now: protocol.receive_close(),
}


def script(dialect: str, *lines: bytes) -> bytes:
    """Return what `events` reads: the dialect's number, then lines."""
    return b"\n".join((bytes([DIALECT_NAMES.index(dialect)]), *lines))


def events(data: bytes) -> None:
    """Feed a protocol with messages and commands.

    No message may raise; a command may only say that it is illegal. What is odd is counted, under a bounded number of
    names; what is told and sent is readable, and no more than was fed.
    """
    number, _, rest = data.partition(b"\n")
    dialect = DIALECTS[DIALECT_NAMES[(number[0] if number else 0) % len(DIALECT_NAMES)]]
    protocol = RealtimeProtocol(now=0.0, dialect=dialect)
    for now, line in enumerate(rest.split(b"\n")):
        _feed(protocol, line, float(now))
        # One event may release what has waited for it, which is bounded itself.
        told = protocol.events_received()
        assert len(told) <= 64
        for event in told:
            _check_event(event, dialect)
        for message in protocol.messages_to_send():
            assert isinstance(orjson.loads(message)["type"], str)
        assert protocol.deadline is None or protocol.deadline <= now + 3600.0
    assert len(protocol.anomalies) <= MAX_NAMES + 4
    assert all(len(name) <= 100 for name in protocol.anomalies)


def _feed(protocol: RealtimeProtocol, line: bytes, now: float) -> None:
    """Take a line in."""
    if (command := COMMANDS.get(line.removeprefix(COMMAND))) is None or not line.startswith(COMMAND):
        protocol.receive_message(line, now)
        return
    with suppress(LocalProtocolError):
        command(protocol, now)


def _check_event(event: Any, dialect: Dialect) -> None:
    """Make sure that what is told can be used as it is."""
    if isinstance(event, CommandRefused):
        assert event.command in Command
    elif not isinstance(event, TimeLimitReached):
        for count in _counts(getattr(event, "usage", None)):
            assert 0 <= count <= MOST_TOKENS, dialect.name


def _counts(value: Any) -> Iterator[float]:
    """Yield the counts of a usage."""
    if isinstance(value, bool | str):
        return
    if isinstance(value, int | float):
        yield value
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _counts(getattr(value, name))
