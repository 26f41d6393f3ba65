"""What the process holds at a moment at which nobody does anything."""

import asyncio
from collections import Counter
from collections.abc import Sequence
import ctypes
from dataclasses import dataclass
import gc
import logging
import os
from pathlib import Path
import re
from typing import Any, override

_PAGE = os.sysconf("SC_PAGE_SIZE")
_NUMBERS = re.compile(r"gpt-\S+|sess_\w+|[0-9A-Z]{20,}|[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One look."""

    turns: int
    """How many were made by then."""
    rss: int
    """Resident bytes."""
    objects: int
    """Containers that the garbage collector knows."""
    descriptors: int
    tasks: int
    sockets: int
    """Open ones, as the server sees them."""
    sessions: int
    """In the pools, spares included."""
    chat_logs: int
    records: int
    storage: int
    """Bytes of the account's file."""


class Errors(logging.Handler):
    """What was logged as an error, which nothing in a soak is; `count` is how often each was."""

    EXPECTED = "homeassistant.components.tts"
    """Says why there is no sound where a voice has failed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count: Counter[str] = Counter()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.name != self.EXPECTED:
            self.count[f"{record.name}: {record.getMessage()}"[:300]] += 1


def resident() -> int:
    """Return the resident bytes of this process, without those that its allocator keeps for later."""
    if (give_back := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        give_back(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def collected() -> int:
    """Collect garbage, and return how many containers are left."""
    gc.collect()
    return len(gc.get_objects())


def descriptors() -> int:
    """Return how many files and sockets are open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def tasks() -> Counter[str]:
    """Return the tasks that there are, by name without what numbers them or names a model."""
    return Counter(_name(task) for task in asyncio.all_tasks() if not task.done())


def _name(task: asyncio.Task[Any]) -> str:
    """Return a task's name, or what it runs where nobody has given it one."""
    name = task.get_name()
    return _NUMBERS.sub("*", task.get_coro().__qualname__ if name.startswith("Task-") else name)


def slope(points: Sequence[tuple[int, int]]) -> float:
    """Return the rise over 1000 of the straight line through points that fits best."""
    count = len(points)
    mean_x, mean_y = (sum(values) / count for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return 1000 * sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
