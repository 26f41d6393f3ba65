"""What is to be sent, under which ids, and which of it the server may still refuse."""

import logging
from typing import Any

from .wire_values import encoded

_LOGGER = logging.getLogger(__name__)

# Client events are answered within moments or never; the oldest of these is long accepted.
_REMEMBERED = 64


class Outbox:
    """Client events in order, with the ids that a refusal will name."""

    def __init__(self) -> None:
        self._messages: list[bytes] = []
        self._serial = 0
        self._refusable: dict[str, str] = {}

    def new_id(self, kind: str) -> str:
        """Return an id that is new in this session; the server takes up to 32 characters."""
        self._serial += 1
        return f"{kind}_{self._serial}"

    def add(self, event_type: str, *, refusable: str | None = None, **fields: Any) -> None:
        """Add an event; `refusable` is what `refused` will return if the server says no."""
        event_id = self.new_id("event")
        if refusable is not None:
            if len(self._refusable) >= _REMEMBERED:
                del self._refusable[next(iter(self._refusable))]
            self._refusable[event_id] = refusable
        message = encoded({"type": event_type, "event_id": event_id, **fields})
        _LOGGER.debug("> %s %s [%d bytes]", event_type, event_id, len(message))
        self._messages.append(message)

    def add_message(self, message: bytes) -> None:
        """Add an event that is bytes already and that nobody will refuse by id."""
        self._messages.append(message)

    def take(self) -> list[bytes]:
        """Return what has been added since the last call."""
        messages, self._messages = self._messages, []
        return messages

    def refused(self, event_id: str | None, meant: str | None = None) -> str | None:
        """Return what the refused event stood for, once; None where the error is about none of these.

        Where the server does not say which event is refused, it is the oldest that stands for what is `meant`.
        """
        if event_id is None:
            event_id = next((known for known, stands_for in self._refusable.items() if stands_for == meant), None)
        return None if event_id is None else self._refusable.pop(event_id, None)
