"""How one option is read that was stored: as what it must be, or as if it were not set.

Forms store nothing that cannot be read. A later version, an editor or a disk that fails may have.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from .const import LOGGER

type Reader = Callable[[Any], Any]
"""Returns an option's value out of JSON. Raises TypeError or ValueError for what is none."""

_NOT_SET: tuple[Any, ...] = (None, "", [])
_MOST = 1e9


def read_options(readers: Mapping[str, Reader], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return by its name each option that is set and can be read."""
    found = {}
    for name, reader in readers.items():
        if (value := data.get(name)) in _NOT_SET:
            continue
        try:
            found[name] = reader(value)
        except TypeError, ValueError:
            _tell(name)
    return found


def text(value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """Return a list of texts."""
    if not isinstance(value, list | tuple):
        raise TypeError("no list")
    return tuple(text(each) for each in value)


def texts_by_name(value: Any) -> dict[str, str]:
    """Return texts by name."""
    if not isinstance(value, Mapping):
        raise TypeError("no object")
    return {text(name): text(each) for name, each in value.items()}


def flag(value: Any) -> bool:
    """Return a flag."""
    if not isinstance(value, bool):
        raise TypeError("no flag")
    return value


def number(value: Any) -> float:
    """Return a number that is not below zero."""
    if isinstance(value, bool) or not 0 <= (amount := float(value)) <= _MOST:
        raise ValueError("no number of a sane size")
    return amount


def whole(value: Any) -> int:
    """Return a whole number that is not below one."""
    if (amount := int(number(value))) < 1:
        raise ValueError("no number of a sane size")
    return amount


def dollars(value: Any) -> Decimal:
    """Return an amount of USD that is more than zero."""
    if not number(value):
        raise ValueError("no amount")
    # A float's text is what the user has typed; its binary value is not.
    return Decimal(str(value))


@cache
def _tell(name: str) -> None:
    """Say once of an option that it is left aside."""
    LOGGER.warning("The option %s is stored as something that this version cannot read; save the form again", name)
