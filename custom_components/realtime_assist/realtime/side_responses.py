"""Responses out of band: several may run beside the default conversation's one, told apart by our own tags."""


class SideResponses:
    """The tags that are asked for, and the response ids that the server gave them."""

    def __init__(self) -> None:
        self._response_ids: dict[str, str | None] = {}

    def request(self, tag: str) -> None:
        """Take note of a request."""
        self._response_ids[tag] = None

    def started(self, tag: str, response_id: str) -> None:
        """Take note of the id under which the server runs it."""
        self._response_ids[tag] = response_id

    def __contains__(self, tag: object) -> bool:
        """Return whether the tag is asked for and not over."""
        return tag in self._response_ids

    def find(self, response_id: str | None) -> str | None:
        """Return the tag of a running response."""
        if response_id is None:
            return None
        return next((tag for tag, known in self._response_ids.items() if known == response_id), None)

    def forget(self, tag: str) -> str | None:
        """Drop a request; return its response id where it had one."""
        return self._response_ids.pop(tag, None)
