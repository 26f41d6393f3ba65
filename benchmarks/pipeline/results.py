"""What have all runs of a row come to? Those that failed are counted beside those that were measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.pipeline.kinds import KINDS, Kind, Output, Way
from benchmarks.pipeline.run import Measured, Moment


@dataclass(slots=True, kw_only=True)
class Row:
    """All runs of one kind."""

    kind: Kind
    runs: list[Measured] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Why there is no figure."""

    @property
    def count(self) -> int:
        """How often it was tried."""
        return len(self.runs) + len(self.failures)

    def milliseconds(self, moment: Moment) -> list[float]:
        """Return a moment of all runs, in ms after the end of speech."""
        return [run.after_speech[moment] * 1000 for run in self.runs]

    def add(self, found: Measured | str) -> None:
        """Take in a run, or why it failed."""
        if isinstance(found, str):
            self.failures.append(found)
        else:
            self.runs.append(found)


@dataclass(slots=True, kw_only=True)
class Results:
    """All that was measured; `alone` are the runs of a row beside which nobody else spoke."""

    rows: Mapping[Kind, Row] = field(default_factory=lambda: {kind: Row(kind=kind) for kind in KINDS})
    alone: Row

    def spoken(self) -> list[Row]:
        """Return the rows whose answers are heard, those that were measured at all."""
        return [row for row in self.rows.values() if row.kind.way is not Way.TEXT and row.runs]

    def written(self) -> list[Row]:
        """Return the rows that are asked in writing."""
        return [row for row in self.rows.values() if row.kind.output is Output.NONE and row.runs]
