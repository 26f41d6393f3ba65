"""What do the clients look like side by side? Bars, as an SVG that is written by hand."""

from collections.abc import Iterable, Sequence
from html import escape

from benchmarks.clients.environments import OURS
from benchmarks.clients.measures import Column, Measure, column
from benchmarks.clients.results import Result

_SHOWN = (Measure.ALONE, Measure.BURST, Measure.WSS, Measure.CPU_IN, Measure.CPU_OUT, Measure.SESSION)
_ROW, _GAP, _TITLE = 18, 26, 22
_LABELS, _BARS, _FIGURES = 210, 250, 60
_PANELS_PER_LINE = 2
_OWN_COLOUR, _OTHER_COLOUR = "#0b6e99", "#9aa5ad"
_WIDTH = _PANELS_PER_LINE * (_LABELS + _BARS + _FIGURES)


def plot(results: Sequence[Result]) -> str:
    """Return the picture; shorter bars are better in all of it."""
    panel_height = _TITLE + _ROW * len(results) + _GAP
    lines = -(-len(_SHOWN) // _PANELS_PER_LINE)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {lines * panel_height}"'
    parts = [
        f'{head} font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for number, measure in enumerate(_SHOWN):
        line, place = divmod(number, _PANELS_PER_LINE)
        x, y = place * (_LABELS + _BARS + _FIGURES), line * panel_height
        parts += [f'<g transform="translate({x} {y})">', *_panel(column(measure), results), "</g>"]
    return "\n".join((*parts, "</svg>", ""))


def _panel(shown: Column, results: Sequence[Result]) -> Iterable[str]:
    medians = [result.figure(shown.measure).median for result in results]
    largest = max(*medians, 1e-9)
    title = f"{shown.title}, {shown.unit} (median; less is better)"
    yield f'<text x="{_LABELS}" y="{_TITLE - 6}" font-weight="bold">{escape(title)}</text>'
    for number, (result, value) in enumerate(zip(results, medians, strict=True)):
        y = _TITLE + number * _ROW
        width = max(1.0, max(value, 0.0) / largest * _BARS)
        colour = _OWN_COLOUR if result.contestant is OURS else _OTHER_COLOUR
        name = escape(result.contestant.title.partition(":")[0])
        yield f'<text x="{_LABELS - 6}" y="{y + 12}" text-anchor="end">{name}</text>'
        yield f'<rect x="{_LABELS}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 4}" fill="{colour}"/>'
        yield f'<text x="{_LABELS + width + 4:.1f}" y="{y + 12}">{value:.{shown.digits}f}</text>'
