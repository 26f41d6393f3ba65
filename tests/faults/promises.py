"""What is promised of each fault at each moment? The tables of `docs/faults.md`, read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
import re
from typing import Self

import pytest

from tests.faults.moments import MOMENTS
from tests.versions import IS_OLDEST

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_CELL = re.compile(r"(?P<ending>[a-z ]+?)(: (?P<reason>[a-z_]+))?( \((?P<codes>[\w, ]+)\))?")


class Ending(StrEnum):
    """How a story ends for the user; the page's legend says what each means."""

    ANSWERED = "answered"
    AGAIN = "again"
    SORRY = "sorry"
    SHOWN = "shown"
    CUT_SHORT = "cut short"
    NOT_HEARD = "not heard"
    NO_WORDS = "no words"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One cell of a table, and what came of one story."""

    ending: Ending
    reason: str | None = None
    """The key of the sentence that stands in for the answer, or for the rest of it."""
    codes: frozenset[str] = frozenset()
    """What the turn's record counts, once each."""

    @classmethod
    def of(cls, cell: str) -> Self:
        """Read a cell. Raises ValueError for anything that the legend does not know."""
        if (read := _CELL.fullmatch(cell)) is None:
            raise ValueError(f"No promise: {cell!r}")
        codes = frozenset((read["codes"] or "").split(", ")) - {""}
        return cls(ending=Ending(read["ending"]), reason=read["reason"], codes=codes)

    def __str__(self) -> str:
        """Return the cell as the page writes it."""
        reason = f": {self.reason}" if self.reason else ""
        codes = f" ({', '.join(sorted(self.codes))})" if self.codes else ""
        return f"{self.ending}{reason}{codes}"


@cache
def promises() -> Mapping[tuple[str, str], str]:
    """Return the cells of all tables, by fault and moment."""
    cells: dict[tuple[str, str], str] = {}
    columns: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        match row:
            case []:
                columns = []
            case ["fault", *moments]:
                columns = moments
            case [fault, *promised] if columns and fault.strip("- "):
                cells |= {(fault, moment): cell for moment, cell in zip(columns, promised, strict=True)}
    return cells


def every_moment(faults: Iterable[str]) -> pytest.MarkDecorator:
    """Run a test for each of the faults at each moment: it gets the fault's name, the moment and the promise.

    A cell that the page lacks is run as well, with an empty promise, which no story keeps.
    """
    return pytest.mark.parametrize(
        ("fault", "moment", "promise"),
        [
            pytest.param(
                fault,
                moment,
                promises().get((fault, moment.name), ""),
                id=f"{fault}-{moment.name}",
                marks=pytest.mark.skipif(
                    # All sound goes through an ffmpeg there, which cannot be halted in the middle of it.
                    IS_OLDEST and moment.in_sound,
                    reason="This Home Assistant's ffmpeg keeps the sound back",
                ),
            )
            for fault in faults
            for moment in MOMENTS.values()
        ],
    )
