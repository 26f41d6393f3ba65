"""The function tools that were offered, and the arguments that each accepts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .engine import FunctionCall

type JsonSchema = Mapping[str, Any]


class UnfitArgumentError(ValueError):
    """A value that a tool's schema does not admit."""


@dataclass(frozen=True, kw_only=True)
class Toolbox:
    """The tools of one session."""

    tools: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def _by_short_name(self) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for tool in self.tools:
            if tool.get("type", "function") == "function" and tool.get("name"):
                found.setdefault(short_name(tool["name"]), tool)
        return found

    def __contains__(self, short: object) -> bool:
        """Return whether a tool of this short name was offered."""
        return short in self._by_short_name

    @property
    def short_names(self) -> tuple[str, ...]:
        """All names without their prefixes."""
        return tuple(self._by_short_name)

    def properties(self, short: str) -> JsonSchema:
        """Return the schema of each argument that a tool declares."""
        parameters = self._by_short_name[short].get("parameters") or {}
        declared: JsonSchema = parameters.get("properties") or {}
        return declared

    def required(self, short: str) -> tuple[str, ...]:
        """Return the arguments that a tool cannot do without."""
        parameters = self._by_short_name[short].get("parameters") or {}
        return tuple(parameters.get("required") or ())

    def call(self, short: str, arguments: Mapping[str, Any]) -> FunctionCall | None:
        """Return the call with its arguments as the schema wants them, or None if it cannot be made.

        Arguments that the tool does not know, or does not admit, are left out.
        """
        if short not in self:
            return None
        fitting: dict[str, Any] = {}
        for name, schema in self.properties(short).items():
            if arguments.get(name) is None:
                continue
            try:
                fitting[name] = fit(schema, arguments[name])
            except UnfitArgumentError:
                continue
        if any(name not in fitting for name in self.required(short)):
            return None
        return FunctionCall(name=self._by_short_name[short]["name"], arguments=fitting)


def short_name(name: str) -> str:
    """Return a tool's name without the prefixes of its integration and API."""
    return name.rpartition("__")[2]


def fit(schema: JsonSchema, value: Any) -> Any:
    """Return the value in the type that the schema names; raise UnfitArgumentError if there is none."""
    for part in schema.get("allOf", ()):
        value = fit(part, value)
    if alternatives := (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        value = _first_fit(alternatives, value)
    value = _typed(schema, value)
    _within_bounds(schema, value)
    return value


def _first_fit(alternatives: Sequence[JsonSchema], value: Any) -> Any:
    for alternative in alternatives:
        try:
            return fit(alternative, value)
        except UnfitArgumentError:
            continue
    raise UnfitArgumentError(value)


def _typed(schema: JsonSchema, value: Any) -> Any:
    try:
        match schema.get("type"):
            case "integer":
                return round(float(value))
            case "number":
                number = float(value)
                return int(number) if number.is_integer() else number
            case "string":
                return str(value)
            case "boolean":
                return value if isinstance(value, bool) else str(value).casefold() in {"true", "yes", "on", "1"}
            case "array":
                items = value if isinstance(value, list | tuple) else [value]
                return [fit(schema.get("items") or {}, item) for item in items]
            case _:
                return value
    except TypeError, ValueError:
        raise UnfitArgumentError(value) from None


def _within_bounds(schema: JsonSchema, value: Any) -> None:
    if "enum" in schema and value not in schema["enum"]:
        raise UnfitArgumentError(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        if not low <= value <= high:
            raise UnfitArgumentError(value)
