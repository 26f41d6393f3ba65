"""Both directions of a protocol's wire as plain objects, and the clock that it is told."""

from typing import Any

import orjson

from custom_components.realtime_assist.realtime import Limits, ProtocolEvent, RealtimeProtocol
from custom_components.realtime_assist.realtime.dialects import GA, Dialect

from .server_messages import Message

DEFAULT_LIMITS = Limits()


class Wire:
    """A protocol on a socket that has just opened at second 0."""

    def __init__(self, *, dialect: Dialect = GA, limits: Limits = DEFAULT_LIMITS) -> None:
        self.now = 0.0
        self.protocol = RealtimeProtocol(now=self.now, dialect=dialect, limits=limits)

    def hear(self, *messages: Message | bytes) -> list[ProtocolEvent]:
        """Let the server say something; return what has happened."""
        for message in messages:
            raw = message if isinstance(message, bytes) else orjson.dumps(message)
            self.protocol.receive_message(raw, self.now)
        return self.protocol.events_received()

    def sent(self) -> list[dict[str, Any]]:
        """Return what the protocol has sent since the last call."""
        return [orjson.loads(message) for message in self.protocol.messages_to_send()]

    def wait(self, seconds: float) -> list[ProtocolEvent]:
        """Let time pass; return what has happened."""
        self.now += seconds
        self.protocol.handle_timeout(self.now)
        return self.protocol.events_received()

    # Commands that ask for an answer need the clock.

    def create_response(self) -> str:
        """Ask for a response; return the id of the event that does."""
        self.protocol.create_response(self.now)
        return str(self.sent()[-1]["event_id"])

    def create_side_response(self, response: dict[str, Any] | None = None) -> str:
        """Ask for a side response; return its tag."""
        return self.protocol.create_side_response(response or {}, self.now)
