"""Where time comes from: the event loop's clock, or a test's."""

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is due."""

    def cancel(self) -> None:
        """Take the call back; safe to call twice."""
        ...


class Clock(Protocol):
    """Seconds that only go forward, and calls at a time; an event loop is one."""

    def time(self) -> float:
        """Return the present."""
        ...

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        """Call back at a time."""
        ...
