"""How a value is read from an object of the wire, as what it must be or not at all, and how objects are written."""

from collections.abc import Callable, Mapping
import json
from typing import Any

import orjson


def text(data: Mapping[str, Any], key: str) -> str:
    """Return a text that must be there. Raises KeyError where it is missing, TypeError where it is something else."""
    if not isinstance(value := data[key], str):
        raise TypeError(f"{key} is no text")
    return value


def number(data: Mapping[str, Any], key: str) -> float:
    """Return a number that must be there. Raises KeyError where it is missing, TypeError where it is something else."""
    if not isinstance(value := data[key], int | float) or isinstance(value, bool):
        raise TypeError(f"{key} is no number")
    return float(value)


def optional_text(data: Mapping[str, Any], key: str) -> str | None:
    """Return a text; None where it is missing or something else."""
    return value if isinstance(value := data.get(key), str) else None


def encoded(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """Return JSON in UTF-8; half a pair of surrogates, as some devices' names have it, becomes a question mark.

    `default` returns what stands for a value that JSON does not know; without it such a value raises TypeError.
    """
    try:
        return orjson.dumps(value, default=default, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(value, default=default, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def mapping(value: Any) -> Mapping[str, Any]:
    """Return the value where it is an object, an empty one otherwise; some servers send a string in its place."""
    return value if isinstance(value, dict) else {}
