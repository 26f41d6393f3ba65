"""What does the catalog say to somebody who moves from a preview model? As Markdown, for docs/migration.md."""

from collections.abc import Callable, Mapping
import sys

from custom_components.realtime_assist.realtime.catalog import (
    KNOWN_MODELS,
    VOICES,
    Benchmark,
    Model,
    Rates,
    model,
    side_by_side,
)
from demo import cost_example

PREVIEWS = ("gpt-4o-realtime-preview", "gpt-4o-mini-realtime-preview")
PRODUCTION = (
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
    "gpt-realtime-2",
    "gpt-realtime-1.5",
    "gpt-realtime",
    "gpt-realtime-mini",
)
COMPARED = (
    ("gpt-4o-realtime-preview-2025-06-03", "gpt-realtime"),
    ("gpt-4o-realtime-preview-2024-12-17", "gpt-realtime"),
    ("gpt-realtime-1.5", "gpt-realtime-2"),
)
"""Pairs that were published in the same test; a figure of another test never stands beside it."""
NOT_PUBLISHED = "not published"


def life_cycles() -> str:
    """Return each model that is gone or going, its last day, and what takes its place."""
    rows = [
        _row(
            f"`{each.id}`",
            f"{each.life_cycle.shutdown_date}{_doubt(confirmed=each.life_cycle.confirmed)}",
            f"`{each.life_cycle.replacement}`",
        )
        for each in KNOWN_MODELS
        if each.life_cycle.shutdown_date is not None
    ]
    return _table(("model", "first day without it", "named in its place"), rows)


def prices() -> str:
    """Return the price of a million tokens on every model, in USD."""
    rows = [
        _row(_name(each), *map(_rates, (each.prices.text, each.prices.audio, each.prices.image))) for each in _all()
    ]
    return _table(("model", "text in / cached / out", "audio in / cached / out", "images in / cached"), rows)


def voices() -> str:
    """Return which voices the previews and the production models have."""
    before, after = model(PREVIEWS[0]), model(PRODUCTION[0])
    marks = {True: "yes", False: "-"}
    rows = [_row(voice, marks[before.has_voice(voice)], marks[after.has_voice(voice)]) for voice in VOICES]
    return _table(("voice", "previews", "production"), rows)


def capabilities() -> str:
    """Return what each model can do."""
    rows = []
    for each in _all():
        can = each.capabilities
        flags = ("yes" if flag else "-" for flag in (can.reasoning, can.parallel_tools, can.image_input))
        rows.append(_row(f"`{each.id}`", *flags, f"{can.context:,}", f"{can.max_output:,}"))
    return _table(("model", "thinks", "tools side by side", "sees images", "context", "longest answer"), rows)


def benchmarks() -> str:
    """Return the published figures of each pair, test by test."""
    rows = []
    for before, after in COMPARED:
        for line in side_by_side(model(before).benchmarks, model(after).benchmarks):
            sides = (_figures(line.first), _figures(line.second))
            rows.append(_row(f"{line.test}, {line.publisher}", f"`{before}`: {sides[0]}", f"`{after}`: {sides[1]}"))
    return _table(("test", "before", "after"), rows)


def sources() -> str:
    """Return where prices, dates and benchmarks were read, and when."""
    found: dict[str, None] = {}
    for each in KNOWN_MODELS:
        found |= dict.fromkeys((f"<{each.prices.source}>, read {each.prices.as_of}",))
    for each in KNOWN_MODELS:
        found |= {_linked(part): None for part in (each.life_cycle.source or "").split("; ") if part}
    for before, after in COMPARED:
        found |= {_linked(figure.source): None for name in (before, after) for figure in model(name).benchmarks}
    return "\n".join(f"- {each}" for each in found)


TABLES: Mapping[str, Callable[[], str]] = {
    "life-cycles": life_cycles,
    "voices": voices,
    "prices": prices,
    "cost-example": cost_example.table,
    "capabilities": capabilities,
    "benchmarks": benchmarks,
    "sources": sources,
}
"""By the name that stands before each in the document."""


def filled(document: str) -> str:
    """Return the document with every table between its two marks as the catalog has it now."""
    for name, made in TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = document.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise LookupError(f"the document has no place for {name}: it stands between {begin} and {end}")
        document = f"{before}{begin}\n\n{made()}\n\n{end}{after}"
    return document


def main() -> int:
    """Fill the document on standard input and print it."""
    sys.stdout.write(filled(sys.stdin.read()))
    return 0


def _all() -> tuple[Model, ...]:
    return tuple(model(name) for name in (*PRODUCTION, *PREVIEWS))


def _name(each: Model) -> str:
    return f"`{each.id}`{_doubt(confirmed=each.prices.confirmed)}"


def _doubt(*, confirmed: bool) -> str:
    return "" if confirmed else " \\*"


def _rates(rates: Rates) -> str:
    amounts = [rates.input, rates.cached, *([] if rates.output is None else [rates.output])]
    return " / ".join(str(amount) for amount in amounts if amount is not None) or "-"


def _figures(figures: tuple[Benchmark, ...]) -> str:
    return ", ".join(_figure(figure) for figure in figures) or NOT_PUBLISHED


def _figure(figure: Benchmark) -> str:
    effort = f" (effort {figure.effort})" if figure.effort else ""
    return f"{figure.score:g}{effort}{_doubt(confirmed=figure.confirmed)}"


def _linked(source: str) -> str:
    return f"<{source}>" if source.startswith("https://") else source


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _table(head: tuple[str, ...], rows: list[str]) -> str:
    return "\n".join((_row(*head), _row(*("---" for _ in head)), *rows))


if __name__ == "__main__":
    sys.exit(main())
