"""Tools that remember how they were called."""

import asyncio
from collections.abc import Mapping
from typing import Any

from custom_components.realtime_assist.session import ToolFailed, ToolOutcome


class Tools:
    """Runs tools by name: each yields its outcome, raises its error, or waits for `release`."""

    def __init__(
        self, outcomes: Mapping[str, ToolOutcome | BaseException] | None = None, *, wait: bool = False
    ) -> None:
        self._outcomes = outcomes or {}
        self._wait = wait
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Name and arguments, in the order in which they began."""
        self.finished: list[str] = []
        self.cancelled: list[str] = []
        self.started = asyncio.Event()
        self.stopped = asyncio.Event()
        self.release = asyncio.Event()
        self._waiting = asyncio.Condition()

    async def call_tool(self, call_id: str, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        self.calls.append((name, arguments))
        self.started.set()
        async with self._waiting:
            self._waiting.notify_all()
        if self._wait:
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                self.cancelled.append(name)
                self.stopped.set()
                raise
        self.finished.append(name)
        match self._outcomes.get(name):
            case ToolOutcome() as outcome:
                return outcome
            case BaseException() as error:
                raise error
        if name.startswith("Unknown"):
            raise ToolFailed("ToolNotFound", f"There is no tool {name}")
        return ToolOutcome(data={"done": name})

    async def began(self, count: int) -> None:
        """Return when so many calls have begun."""
        async with self._waiting:
            await self._waiting.wait_for(lambda: len(self.calls) >= count)
