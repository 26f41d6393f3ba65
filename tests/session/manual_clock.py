"""A clock that moves when a test says so."""

from collections.abc import Callable


class Due:
    """A call that waits for its time."""

    def __init__(self, when: float, callback: Callable[[], object]) -> None:
        self.when = when
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class ManualClock:
    """Seconds that stand still between two calls of `advance`."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._due: list[Due] = []

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], object], /) -> Due:
        due = Due(when, callback)
        self._due.append(due)
        return due

    def advance(self, seconds: float) -> None:
        """Move on, and make the calls that are due on the way at their own times."""
        until = self._now + seconds
        while waiting := [due for due in self._due if not due.cancelled and due.when <= until]:
            first = min(waiting, key=lambda due: due.when)
            self._due.remove(first)
            self._now = max(self._now, first.when)
            first.callback()
        self._now = until

    @property
    def waiting(self) -> int:
        """How many calls are still to come."""
        return sum(not due.cancelled for due in self._due)
