"""Responses out of band: several may run beside the default conversation's one, told apart by our own tags."""


class SideResponses:
    """The tags that are asked for, the response ids that the server gave them, and which of them nobody wants."""

    def __init__(self) -> None:
        self._response_ids: dict[str, str | None] = {}
        self._given_up: set[str] = set()

    def request(self, tag: str) -> None:
        """Take note of a request."""
        self._response_ids[tag] = None

    def started(self, tag: str, response_id: str) -> None:
        """Take note of the id under which the server runs it."""
        self._response_ids[tag] = response_id

    def __contains__(self, tag: object) -> bool:
        """Return whether the tag is asked for and not over."""
        return tag in self._response_ids

    def wants(self, tag: str) -> bool:
        """Return whether the tag is asked for, not over, and not given up."""
        return tag in self and tag not in self._given_up

    def find(self, response_id: str | None) -> str | None:
        """Return the tag of a running response."""
        if response_id is None:
            return None
        return next((tag for tag, known in self._response_ids.items() if known == response_id), None)

    def give_up(self, tag: str) -> str | None:
        """Take note that nobody wants it any more, of which only the end is waited for; return its response id."""
        self._given_up.add(tag)
        return self._response_ids[tag]

    def forget(self, tag: str) -> None:
        """Drop a request."""
        self._response_ids.pop(tag, None)
        self._given_up.discard(tag)
