"""How the server says no to an event and keeps the session."""

from typing import Any, override


class WireError(Exception):
    """A client event that is refused; the session lives on.

    `code`, `param` and `type` are the fields of the `error` event; `param` is a dotted path such as `session.type`.
    """

    def __init__(
        self, code: str, message: str, *, param: str | None = None, error_type: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.error_type = error_type

    @override
    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def as_dict(self, client_event_id: str | None) -> dict[str, Any]:
        """Return the `error` field; `client_event_id` is the `event_id` of the event that is refused."""
        return {
            "type": self.error_type,
            "code": self.code,
            "message": self.message,
            "param": self.param,
            "event_id": client_event_id,
        }
