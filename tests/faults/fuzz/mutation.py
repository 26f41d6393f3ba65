"""How good input becomes bad input that is still nearly good."""

from collections.abc import Callable
from random import Random
from typing import Any

import orjson

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    0.5,
    -1e308,
    1e308,
    2**53,
    2**63,
    2**64 - 1,
    "",
    "NaN",
    "-Infinity",
    "1e999999999",
    "\u202eothgir\x00\u2028",
    "<script>{{ 1 }}</script>",
    "x" * 5000,
    [],
    {},
    [[]],
    {"": {"": ""}},
    ["a", 1, None],
)
"""Values that are legal JSON, and hardly ever what is expected."""


def mutated(random: Random, data: bytes) -> bytes:
    """Return input with one to four things wrong with it: lines, values of JSON, or bytes."""
    lines = data.split(b"\n")
    for _ in range(random.randint(1, 4)):
        random.choice(_LINES)(random, lines)
    return b"\n".join(lines)


def _change_value(random: Random, lines: list[bytes]) -> None:
    """Put something else where a value of JSON stands, wherever in it that is."""
    place = random.randrange(len(lines))
    try:
        value = orjson.loads(lines[place])
    except orjson.JSONDecodeError:
        return _change_bytes(random, lines)
    lines[place] = orjson.dumps(_changed(random, value))
    return None


def _changed(random: Random, value: Any) -> Any:
    """Return JSON with one value changed, missing or added."""
    if isinstance(value, dict | list) and value and random.random() < 0.85:
        key = random.choice(list(value) if isinstance(value, dict) else range(len(value)))
        match random.random():
            case chance if chance < 0.1:
                del value[key]
            case chance if chance < 0.2 and isinstance(value, dict):
                value[random.choice(list(value))] = value[key]
            case chance if chance < 0.3 and isinstance(value, list):
                value.append(value[key])
            case _:
                value[key] = _changed(random, value[key])
        return value
    return random.choice(ODD)


def _change_bytes(random: Random, lines: list[bytes]) -> None:
    """Change, remove or repeat bytes of a line."""
    place = random.randrange(len(lines))
    line = bytearray(lines[place])
    at = random.randint(0, len(line))
    match random.randrange(3):
        case 0:
            line[at : at + 1] = bytes([random.randrange(256)])
        case 1:
            del line[at : at + random.randint(1, 8)]
        case _:
            line[at:at] = line[at : at + random.randint(1, 64)]
    lines[place] = bytes(line)


def _repeat(random: Random, lines: list[bytes]) -> None:
    """Let a line come again, somewhere else."""
    lines.insert(random.randint(0, len(lines)), random.choice(lines))


def _leave_out(random: Random, lines: list[bytes]) -> None:
    """Let a line not come."""
    if len(lines) > 1:
        del lines[random.randrange(len(lines))]


def _swap(random: Random, lines: list[bytes]) -> None:
    """Let two lines change places."""
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]


_LINES: tuple[Callable[[Random, list[bytes]], None], ...] = (
    _change_value,
    _change_value,
    _change_value,
    _change_bytes,
    _repeat,
    _leave_out,
    _swap,
)
