"""Which part of `docs/performance.md` is one benchmark's own? Only that is written anew, all else stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

from demo.home_assistant import REPOSITORY
from demo.processes import DemoError

DOCS = REPOSITORY / "docs"
PAGE = "performance.md"
PICTURES = "performance"
"""The folder of the pictures, beside the page."""
_WIDTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page between two markers, and the command that writes it."""

    name: str
    command: str

    @property
    def begin(self) -> str:
        """Return the line before it."""
        return f"<!-- {self.name}: written by {self.command} -->"

    @property
    def end(self) -> str:
        """Return the line after it."""
        return f"<!-- {self.name}: end -->"

    def marked(self, lines: Iterable[str]) -> str:
        """Return lines between the markers."""
        return "\n".join((self.begin, "", *lines, "", self.end))

    def replaced(self, page: str, written: str) -> str:
        """Return the page with this section, markers and all, written anew. Raises ValueError for one without the markers."""
        before, begin, rest = page.partition(self.begin)
        _, end, after = rest.partition(self.end)
        if not begin or not end:
            raise ValueError(f"The page must have the lines {self.begin} and {self.end}")
        return before + written + after

    def write(self, docs: Path, written: str, pictures: Mapping[str, str]) -> None:
        """Write the section and its pictures, by their file names, into a folder. Raises DemoError without the page there."""
        page = docs / PAGE
        try:
            page.write_text(self.replaced(page.read_text(), written))
        except (FileNotFoundError, ValueError) as err:
            raise DemoError(f"{page} cannot be written: {err}") from None
        for name, picture in pictures.items():
            (docs / PICTURES).mkdir(exist_ok=True)
            (docs / PICTURES / name).write_text(picture)


def wrapped(text: str, hanging: str = "") -> str:
    """Return a paragraph in lines as long as the page's; those after the first begin with `hanging`."""
    return fill(text, _WIDTH, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)


def points(text: str, **values: object) -> Iterable[str]:
    """Yield each paragraph of a text as a point of a list, with values put into its braces."""
    for paragraph in text.strip().split("\n\n"):
        yield wrapped(f"- {' '.join(paragraph.format(**values).split())}", hanging="  ")


def picture_link(name: str, alternative: str) -> str:
    """Return a picture of the page, with what is read out in its place."""
    return f"![{alternative}]({PICTURES}/{name})"
