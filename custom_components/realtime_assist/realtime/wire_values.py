"""How one value is read from an object of the wire: as what it must be, or not at all."""

from collections.abc import Mapping
from typing import Any


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


def mapping(value: Any) -> Mapping[str, Any]:
    """Return the value where it is an object, an empty one otherwise; some servers send a string in its place."""
    return value if isinstance(value, dict) else {}
