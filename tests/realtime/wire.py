"""Both directions of a protocol's wire as plain objects, and the clock that it is told."""

from typing import Any

import orjson

from custom_components.realtime_assist.realtime import (
    Limits,
    ProtocolEvent,
    RealtimeProtocol,
    ResponseCreated,
    ResponseDone,
    ResponseState,
    ResponseStatus,
    TimeLimitReached,
    Waiting,
)
from custom_components.realtime_assist.realtime.dialects import GA, Dialect

from .server_messages import Message, response_created, response_done, text_delta

DEFAULT_LIMITS = Limits()
SILENT = TimeLimitReached(waiting=Waiting.RESPONSE)


def done(response_id: str | None = "resp_1", **fields: Any) -> ResponseDone:
    """Return the end of a response that completed, unless `fields` say otherwise."""
    given = {"request": None, "reason": None, "error_type": None, "error_code": None, "usage": None, **fields}
    return ResponseDone(**{"response_id": response_id, "status": ResponseStatus.COMPLETED, **given})


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

    def begin_response(self) -> str:
        """Ask for a response and let it begin; return the id of the event that asked."""
        event_id = self.create_response()
        assert self.hear(response_created()) == [ResponseCreated(response_id="resp_1", request=None)]
        return event_id

    def cancel_response(self) -> dict[str, Any]:
        """Cancel the response; return what is sent of it."""
        assert self.protocol.cancel_response()
        [sent] = self.sent()
        assert sent["type"] == "response.cancel"
        return sent

    def answers_again(self) -> bool:
        """Return whether the next question is answered as if nothing had been before."""
        self.create_response()
        told = self.hear(response_created("resp_next"), text_delta("Yes.", "resp_next"), response_done("resp_next"))
        return len(told) == 3 and self.protocol.response_state is ResponseState.IDLE and self.protocol.deadline is None

    def create_side_response(self, response: dict[str, Any] | None = None) -> str:
        """Ask for a side response; return its tag."""
        return self.protocol.create_side_response(response or {}, self.now)
