"""The function calls of one response: each is run once, under a time limit, and always yields an output."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
import logging
from typing import Any, Protocol

import orjson

from ..realtime import FunctionCall, FunctionCallOutput, encoded

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutcome:
    """What a tool returned, or the error in its place, which the model can explain."""

    data: Mapping[str, Any] = field(repr=False)
    error: bool = False
    invalid: bool = False
    """Whether the tool is unknown, or its schema refuses the arguments: the model's fault, not the house's."""
    ends_turn: bool = False
    """Whether nothing needs to be said after it, where something was said already."""
    name: str = field(default="", compare=False)
    """The tool's; whoever runs tools need not fill it in."""
    seconds: float = field(default=0.0, compare=False)
    """How long the tool took."""

    def output(self, call: FunctionCall) -> FunctionCallOutput:
        """Return the item that tells the model."""
        return FunctionCallOutput(call_id=call.call_id, output=encoded(self.data, default=str).decode())


class ToolFailed(Exception):
    """A tool could not do what was asked; name and text are for the model."""

    def __init__(self, name: str, text: str = "", *, invalid: bool = False) -> None:
        """Keep what the model is to be told; `invalid` as in ToolOutcome."""
        super().__init__(name)
        self.name = name
        self.text = text
        self.invalid = invalid


class ToolExecutor(Protocol):
    """Who runs the tools."""

    async def call_tool(self, call_id: str, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        """Run one tool. Raises ToolFailed with what the model may know; anything else is told as unexpected."""
        ...


class ToolRun:
    """The calls of one response, running side by side."""

    def __init__(self, executor: ToolExecutor, time_limit: float) -> None:
        self._executor = executor
        self._time_limit = time_limit
        self._tasks: dict[str, asyncio.Task[ToolOutcome]] = {}
        self.calls: list[FunctionCall] = []

    def start(self, call: FunctionCall) -> bool:
        """Run a call in the background; return False for one that is known, which never runs again."""
        if call.call_id in self._tasks:
            return False
        self.calls.append(call)
        self._tasks[call.call_id] = asyncio.create_task(self._timed(call), name=f"realtime tool {call.name}")
        return True

    async def outcome(self, call: FunctionCall) -> ToolOutcome:
        """Wait for the outcome of a call that was started."""
        return await self._tasks[call.call_id]

    def cancel(self) -> None:
        """Stop what still runs."""
        for task in self._tasks.values():
            task.cancel()

    async def _timed(self, call: FunctionCall) -> ToolOutcome:
        """Run one call and take its time."""
        clock = asyncio.get_running_loop()
        begun = clock.time()
        outcome = await self._outcome(call)
        return replace(outcome, name=call.name, seconds=clock.time() - begun)

    async def _outcome(self, call: FunctionCall) -> ToolOutcome:
        """Run one call and turn every way of failing into an outcome."""
        try:
            return await self._call(call)
        except ToolFailed as err:
            return _failure(err.name, err.text, invalid=err.invalid)
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            # The tool gave up by itself, as what waits for a task that somebody else has cancelled.
            return _failure("CancelledError", "The tool was interrupted")
        except Exception as err:
            # Whatever a tool raises, the model must hear of it, and the turn must go on.
            _LOGGER.exception("Unexpected error in the tool %s", call.name)
            return _failure(type(err).__name__, "The tool failed unexpectedly")

    async def _call(self, call: FunctionCall) -> ToolOutcome:
        """Run one call under the time limit, and make sure that the model can be told what it returned."""
        arguments = parse_arguments(call)
        try:
            async with asyncio.timeout(self._time_limit) as limit:
                outcome = await self._executor.call_tool(call.call_id, call.name, arguments)
        except TimeoutError:
            if not limit.expired():
                raise
            _LOGGER.warning("The tool %s took longer than %s seconds", call.name, self._time_limit)
            raise ToolFailed("TimeoutError", f"The tool did not answer within {self._time_limit:g} seconds") from None
        outcome.output(call)
        return outcome


def parse_arguments(call: FunctionCall) -> dict[str, Any]:
    """Return the call's arguments. Raises ToolFailed where the model wrote no JSON object."""
    try:
        arguments = orjson.loads(call.arguments or "{}")
    except orjson.JSONDecodeError:
        arguments = None
    if not isinstance(arguments, dict):
        raise ToolFailed("InvalidArguments", "The arguments are not a JSON object", invalid=True)
    return arguments


def _failure(name: str, text: str, *, invalid: bool = False) -> ToolOutcome:
    """Return the outcome that says what went wrong."""
    data = {"error": name, "error_text": text} if text else {"error": name}
    return ToolOutcome(data=data, error=True, invalid=invalid)
