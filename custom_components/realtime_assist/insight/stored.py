"""How figures look in storage, and how they are read back: as what they must be, or with a clear error."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Self

from ..realtime import TokenCounts, TranscriptionUsage, Usage
from ..realtime.pricing import Cost, CostKind

# What is stored is far below: epochs of the next three thousand years, counts that any JSON keeps exactly, and amounts
# that can be added up without a thought. Beyond, something else than this integration has written.
_NUMBERS = (-1e9, 1e11)
_MOST = 2**53
_DEAREST = Decimal("1e12")


class UnreadableRecord(ValueError):
    """What was stored is not what this version writes; the message says where and what was expected."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one stored object. `where` is its place, for errors; a missing optional value is as if it were empty."""

    where: str
    data: Mapping[str, Any]

    @classmethod
    def of(cls, where: str, data: Any) -> Self:
        """Return a reader of a value that must be an object. Raises UnreadableRecord."""
        if not isinstance(data, Mapping):
            raise UnreadableRecord(f"{where} is no object")
        return cls(where, data)

    @classmethod
    def of_version(cls, where: str, data: Any, version: int) -> Self:
        """Return a reader of an object that must be of a version. Raises UnreadableRecord."""
        reader = cls.of(where, data)
        if (found := reader.data.get("version")) != version:
            raise UnreadableRecord(f"{where} has version {found!r} where {version} was expected")
        return reader

    def text(self, key: str) -> str:
        """Return a text that must be there."""
        if not isinstance(value := self.data.get(key), str):
            raise self._refusal(key, "a text")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text that may be missing."""
        return None if self.data.get(key) is None else self.text(key)

    def one_of[E: StrEnum](self, key: str, kinds: type[E]) -> E:
        """Return a member of an enum."""
        try:
            return kinds(self.text(key))
        except UnreadableRecord:
            raise
        except ValueError as error:
            raise self._refusal(key, f"one of {', '.join(kinds)}") from error

    def number(self, key: str) -> float:
        """Return a number that must be there."""
        value = self.data.get(key)
        least, most = _NUMBERS
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise self._refusal(key, "a number")
        return float(value)

    def optional_number(self, key: str) -> float | None:
        """Return a number that may be missing."""
        return None if self.data.get(key) is None else self.number(key)

    def count(self, key: str) -> int:
        """Return a count; a missing one is zero."""
        value = self.data.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
            raise self._refusal(key, "a count")
        return value

    def flag(self, key: str) -> bool:
        """Return a flag; a missing one is False."""
        if not isinstance(value := self.data.get(key, False), bool):
            raise self._refusal(key, "true or false")
        return value

    def part(self, key: str) -> Reader:
        """Return the reader of an object inside; a missing one is empty."""
        return Reader.of(f"{self.where}.{key}", self.data.get(key, {}))

    def optional_part(self, key: str) -> Reader | None:
        """Return the reader of an object inside; None where it is missing."""
        return None if self.data.get(key) is None else self.part(key)

    def items(self, key: str) -> list[Any]:
        """Return a list; a missing one is empty."""
        if not isinstance(value := self.data.get(key, []), list):
            raise self._refusal(key, "a list")
        return value

    def counts(self) -> dict[str, int]:
        """Return an object whose values are all counts."""
        return {key: self.count(key) for key in self.data}

    def amounts(self) -> dict[str, Decimal | None]:
        """Return an object whose values are all decimals as text, or null."""
        return {key: self._amount(key) for key in self.data}

    def _amount(self, key: str) -> Decimal | None:
        """Return a decimal."""
        if (text := self.optional_text(key)) is None:
            return None
        try:
            amount = Decimal(text)
        except InvalidOperation as error:
            raise self._refusal(key, "a decimal") from error
        if not amount.is_finite() or not 0 <= amount <= _DEAREST:
            raise self._refusal(key, "a decimal")
        return amount

    def _refusal(self, key: str, expected: str) -> UnreadableRecord:
        """Return the error for a value; the value itself is not repeated."""
        return UnreadableRecord(f"{self.where}.{key} is not {expected}")


def compact(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without its missing values, zero counts and empty parts; a measured 0.0 is not empty."""
    return {
        key: value for key, value in data.items() if value is not None and (value or isinstance(value, float | str))
    }


def counts_to_dict(counts: Any) -> dict[str, Any]:
    """Return the shape of a dataclass of counts."""
    return compact({part.name: getattr(counts, part.name) for part in fields(counts)})


def usage_to_dict(usage: Usage | None) -> dict[str, Any] | None:
    """Return the shape of a response's usage; one that has counted nothing is not the same as none."""
    if usage is None:
        return None
    rest = {"cached": counts_to_dict(usage.cached), "output": counts_to_dict(usage.output)}
    return {"input": counts_to_dict(usage.input), **compact({**rest, "reasoning": usage.reasoning})}


def usage_from(reader: Reader | None) -> Usage | None:
    """Read `usage_to_dict`'s shape."""
    if reader is None:
        return None
    return Usage(
        input=_tokens_from(reader.part("input")),
        cached=_tokens_from(reader.part("cached")),
        output=_tokens_from(reader.part("output")),
        reasoning=reader.count("reasoning"),
    )


def transcription_to_dict(usage: TranscriptionUsage | None) -> dict[str, Any] | None:
    """Return the shape of a transcription's usage."""
    if usage is None:
        return None
    return {
        "input": counts_to_dict(usage.input),
        **compact({"seconds": usage.seconds, "output_tokens": usage.output_tokens}),
    }


def transcription_from(reader: Reader | None) -> TranscriptionUsage | None:
    """Read `transcription_to_dict`'s shape."""
    if reader is None:
        return None
    return TranscriptionUsage(
        seconds=reader.optional_number("seconds"),
        input=_tokens_from(reader.part("input")),
        output_tokens=reader.count("output_tokens"),
    )


def cost_to_dict(cost: Cost) -> dict[str, str | None]:
    """Return the shape of a cost: USD as text by kind, null where unknown."""
    return {kind.value: None if amount is None else str(amount) for kind, amount in cost.by_kind.items()}


def cost_from(reader: Reader) -> Cost:
    """Read `cost_to_dict`'s shape."""
    kinds = {kind.value: kind for kind in CostKind}
    amounts = reader.amounts()
    if strange := amounts.keys() - kinds.keys():
        raise UnreadableRecord(f"{reader.where} has costs of unknown kinds: {', '.join(sorted(strange))}")
    return Cost(by_kind={kinds[name]: amount for name, amount in amounts.items()})


def _tokens_from(reader: Reader) -> TokenCounts:
    """Read token counts."""
    return TokenCounts(text=reader.count("text"), audio=reader.count("audio"), image=reader.count("image"))
