"""Which other documents hold figures of the benchmark? Each between two marks, written by the same run."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.cost.commands import COMMANDS
from benchmarks.cost.measuring import Measured
from benchmarks.cost.page import command_table, worked_table
from benchmarks.cost.results import Results
from demo.home_assistant import REPOSITORY
from demo.processes import DemoError

SHOWN = ("gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime-1.5")
WORKED = COMMANDS[0]
"""The command whose bill is shown line by line."""
DOCUMENTS: Mapping[Path, Iterable[str]] = {
    REPOSITORY / "README.md": ("command-cost",),
    REPOSITORY / "docs/privacy-and-cost.md": ("command-cost", "worked-command"),
}
"""With the names of the marks in each."""


def tables(results: Results) -> Mapping[str, str]:
    """Return what stands between the marks, by their name."""
    shown: list[tuple[str, Measured]] = [(name, results.models[name]) for name in SHOWN]
    worked = results.recommended.fresh[COMMANDS.index(WORKED)]
    return {"command-cost": command_table(shown), "worked-command": worked_table(worked)}


def filled(document: str, name: str, table: str) -> str:
    """Return a document with a table between its marks. Raises DemoError for one without them."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise DemoError(f"a document has no place for {name}: it stands between {begin} and {end}")
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


def write(results: Results) -> None:
    """Write the tables. Raises DemoError where one has no place."""
    made = tables(results)
    for path, names in DOCUMENTS.items():
        text = path.read_text()
        for name in names:
            text = filled(text, name, made[name])
        path.write_text(text)
