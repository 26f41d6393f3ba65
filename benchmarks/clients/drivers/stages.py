"""Where does the time of an answer's first sound go? Ours and the floor, with a stopwatch at their doors.

`python -m benchmarks.clients.drivers.stages NAME` obeys as every driver does, and to `stages` as well.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
import sys
import time
from typing import Any, override

from benchmarks.clients.drivers.driver import Driver, run
from benchmarks.clients.stages import Stage
from benchmarks.clients.stamps import sent_at

_OURS = "custom_components.realtime_assist"

# Where each piece of what the socket brings comes in, and who takes how long over it: module, name, stage.
_ENTRANCES: Mapping[str, tuple[str, str]] = {
    "ours": (f"{_OURS}.session.socket", "Socket.data_received"),
    "floor": ("websockets.asyncio.client", "ClientConnection.data_received"),
}
_DOORS: Mapping[str, Sequence[tuple[str, str, Stage]]] = {
    "ours": (
        (f"{_OURS}.session.socket", "Socket._read", Stage.FRAMES),
        (f"{_OURS}.realtime.protocol", "parse_server_event", Stage.VALUES),
        (f"{_OURS}.realtime.protocol", "RealtimeProtocol.receive_message", Stage.STATES),
        (f"{_OURS}.session.link", "Link._deliver", Stage.OWNERS),
    ),
    "floor": (
        ("websockets.protocol", "Protocol.receive_data", Stage.FRAMES),
        ("orjson", "loads", Stage.VALUES),
        ("benchmarks.clients.drivers.floor", "a2b_base64", Stage.VALUES),
    ),
}


class Stopwatch:
    """Nanoseconds in each stage since the last piece came; what happens within another stage is not counted twice."""

    def __init__(self) -> None:
        self.begun = 0
        self.spent: dict[Stage, int] = defaultdict(int)
        self._within: list[Stage] = []
        self._since = 0

    def entrance(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Begin anew with each call."""

        def entered(*arguments: Any) -> Any:
            self.spent.clear()
            self.begun = time.monotonic_ns()
            return function(*arguments)

        return entered

    def door(self, function: Callable[..., Any], stage: Stage) -> Callable[..., Any]:
        """Count the time of each call."""

        def entered(*arguments: Any) -> Any:
            self._count()
            self._within.append(stage)
            try:
                return function(*arguments)
            finally:
                self._count()
                self._within.pop()

        return entered

    def _count(self) -> None:
        now = time.monotonic_ns()
        if self._within:
            self.spent[self._within[-1]] += now - self._since
        self._since = now


class StagedDriver(Driver):
    """A driver that also tells where the time went."""

    def __init__(self, name: str) -> None:
        super().__init__(import_module(f"benchmarks.clients.drivers.{name}").make)
        self._stopwatch = watch = Stopwatch()
        _replace(*_ENTRANCES[name], watch.entrance)
        for module, door, stage in _DOORS[name]:
            _replace(module, door, partial(watch.door, stage=stage))

    @override
    async def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        match command:
            case {"command": "stages", "count": count}:
                return {"stages": [await self._answer() for _ in range(count)]}
        return await super().obey(command)

    async def _answer(self) -> dict[Stage, float]:
        """Return the microseconds of each stage until an answer's first sound is there."""
        found: dict[Stage, float] = {}

        def on_pcm(pcm: bytes | memoryview) -> None:
            now, watch = time.monotonic_ns(), self._stopwatch
            if (sent := sent_at(pcm)) is not None:
                spent = {
                    stage: watch.spent[stage] for stage in (Stage.FRAMES, Stage.VALUES, Stage.STATES, Stage.OWNERS)
                }
                rest = now - watch.begun - sum(spent.values())
                whole = {Stage.WIRE: watch.begun - sent, **spent, Stage.LOOP: rest}
                found.update({stage: ns / 1000 for stage, ns in whole.items()})

        await self._clients[0].respond(on_pcm)
        # What the answer has left to do is no part of the next one's time.
        await asyncio.sleep(0.005)
        return found


def _replace(module: str, name: str, wrapped: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put something in the place of a function or a method."""
    owner: Any = import_module(module)
    *classes, function = name.split(".")
    for each in classes:
        owner = getattr(owner, each)
    setattr(owner, function, wrapped(getattr(owner, function)))


if __name__ == "__main__":
    run(StagedDriver(sys.argv[1]), 0.0)
