"""Whether a piece of JSON has the shape that the wire wants."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from local_server.wire.errors import WireError

type Check = Callable[[Any, str], None]
"""Looks at a value at a dotted path; raises WireError where it is not as it must be."""

_KINDS: Mapping[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def invalid(path: str, message: str) -> WireError:
    """Return the error for a value that cannot be used."""
    return WireError("invalid_value", message, param=path)


def _wrong_kind(value: Any, path: str, wanted: str) -> WireError:
    got = _KINDS.get(type(value), "something else")
    return invalid(path, f"Invalid type for '{path}': expected {wanted}, but got {got} instead.")


def anything(_value: Any, _path: str) -> None:
    """Accept every value."""


def boolean(value: Any, path: str) -> None:
    """Accept true and false."""
    if not isinstance(value, bool):
        raise _wrong_kind(value, path, "a boolean")


def text(max_length: int | None = None) -> Check:
    """Accept a string of at most `max_length` characters."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str):
            raise _wrong_kind(value, path, "a string")
        if max_length is not None and len(value) > max_length:
            message = (
                f"Invalid '{path}': string too long. Expected a string with maximum length {max_length}, "
                f"but got a string with length {len(value)} instead."
            )
            raise WireError("string_above_max_length", message, param=path)

    return check


def choice(*options: str) -> Check:
    """Accept one of the strings."""

    def check(value: Any, path: str) -> None:
        if value not in options:
            supported = ", ".join(f"'{option}'" for option in options)
            raise invalid(path, f"Invalid value: '{value}'. Supported values are: {supported}.")

    return check


def number(low: float, high: float, *, integer: bool = False) -> Check:
    """Accept a number within the bounds, both included."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int if integer else int | float):
            raise _wrong_kind(value, path, "an integer" if integer else "a number")
        if not low <= value <= high:
            raise invalid(
                path, f"Invalid '{path}': expected a value between {low} and {high}, but got {value} instead."
            )

    return check


def nullable(check: Check) -> Check:
    """Accept null besides."""

    def check_unless_null(value: Any, path: str) -> None:
        if value is not None:
            check(value, path)

    return check_unless_null


def either(*checks: Check) -> Check:
    """Accept what one of the checks accepts; the last one words the refusal."""

    def check(value: Any, path: str) -> None:
        for one in checks[:-1]:
            try:
                one(value, path)
            except WireError:
                continue
            return
        checks[-1](value, path)

    return check


def array(check: Check, max_items: int | None = None) -> Check:
    """Accept a list whose members pass `check`."""

    def check_all(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise _wrong_kind(value, path, "an array")
        if max_items is not None and len(value) > max_items:
            raise invalid(
                path, f"Invalid '{path}': expected at most {max_items} members, but got {len(value)} instead."
            )
        for index, member in enumerate(value):
            check(member, f"{path}[{index}]")

    return check_all


def mapping(check: Check, max_items: int, max_key: int) -> Check:
    """Accept an object with free keys whose values pass `check`."""

    def check_all(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _wrong_kind(value, path, "an object")
        if len(value) > max_items:
            raise invalid(path, f"Invalid '{path}': expected at most {max_items} keys, but got {len(value)} instead.")
        for key, member in value.items():
            text(max_key)(key, path)
            check(member, f"{path}.{key}")

    return check_all


def table(fields: Mapping[str, Check], required: Collection[str] = ()) -> Check:
    """Accept an object with these fields and no others."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _wrong_kind(value, path, "an object")
        prefix = f"{path}." if path else ""
        for name in required:
            if name not in value:
                message = f"Missing required parameter: '{prefix}{name}'."
                raise WireError("missing_required_parameter", message, param=f"{prefix}{name}")
        for name, member in value.items():
            if name not in fields:
                message = f"Unknown parameter: '{prefix}{name}'."
                raise WireError("unknown_parameter", message, param=f"{prefix}{name}")
            fields[name](member, f"{prefix}{name}")

    return check


def by_field(name: str, shapes: Mapping[str, Check]) -> Check:
    """Accept an object that has the shape that its field `name` tells."""
    known = choice(*shapes)

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _wrong_kind(value, path, "an object")
        prefix = f"{path}." if path else ""
        if name not in value:
            message = f"Missing required parameter: '{prefix}{name}'."
            raise WireError("missing_required_parameter", message, param=f"{prefix}{name}")
        known(value[name], f"{prefix}{name}")
        shapes[value[name]](value, path)

    return check
