"""What do figures look like? Bars and lines, as SVG that is written by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
import math

OWN_COLOUR, OTHER_COLOUR = "#0b6e99", "#9aa5ad"
_COLOURS = (OWN_COLOUR, "#c8553d", "#588157", "#8d5a97", "#b58900", "#52616b")
_AXIS, _GRID = "#52616b", "#e3e7ea"
_PANELS_PER_LINE = 2
_TITLE = 22

_ROW, _GAP = 18, 26
_LABELS, _BARS, _FIGURES = 210, 250, 60

_LINES_WIDTH, _LINES_HEIGHT = 520, 280
_LEFT, _RIGHT, _BOTTOM = 64, 20, 44
_LEGEND = 20
_TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a panel."""

    label: str
    value: float
    figure: str
    """The value as it is to be read."""
    own: bool = False
    """Whether it stands out."""
    tick: float | None = None
    """A second value on the same scale, such as a percentile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPanel:
    """Bars of one scale."""

    title: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line: pairs of x and y."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePanel:
    """Lines of one scale, which begins at 0 on both axes."""

    title: str
    x_title: str
    y_title: str
    series: Sequence[Series]


def bars(panels: Sequence[BarPanel]) -> str:
    """Return panels of bars, two beside each other."""
    height = _TITLE + _ROW * max(len(panel.bars) for panel in panels) + _GAP
    return _picture([_bar_panel(panel) for panel in panels], _LABELS + _BARS + _FIGURES, height)


def lines(panels: Sequence[LinePanel]) -> str:
    """Return panels of lines, two beside each other."""
    return _picture([_line_panel(panel) for panel in panels], _LINES_WIDTH, _LINES_HEIGHT)


def ticks(largest: float) -> list[float]:
    """Return round numbers from 0 to the first that is not less than the largest, about five of them."""
    rough = max(largest, 1e-9) / _TICKS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough * 0.999)
    count = math.ceil(max(largest, 1e-9) / step - 1e-9)
    return [number * step for number in range(count + 1)]


def _picture(panels: Sequence[Iterable[str]], width: int, height: int) -> str:
    per_line = min(_PANELS_PER_LINE, len(panels))
    rows = -(-len(panels) // per_line)
    size = f'viewBox="0 0 {per_line * width} {rows * height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        row, place = divmod(number, per_line)
        parts += [f'<g transform="translate({place * width} {row * height})">', *panel, "</g>"]
    return "\n".join((*parts, "</svg>", ""))


def _bar_panel(panel: BarPanel) -> Iterable[str]:
    largest = max(1e-9, *(max(bar.value, bar.tick or 0.0) for bar in panel.bars))
    yield f'<text x="{_LABELS}" y="{_TITLE - 6}" font-weight="bold">{escape(panel.title)}</text>'
    for number, bar in enumerate(panel.bars):
        y = _TITLE + number * _ROW
        width = max(1.0, max(bar.value, 0.0) / largest * _BARS)
        colour = OWN_COLOUR if bar.own else OTHER_COLOUR
        yield f'<text x="{_LABELS - 6}" y="{y + 12}" text-anchor="end">{escape(bar.label)}</text>'
        yield f'<rect x="{_LABELS}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 4}" fill="{colour}"/>'
        end = width
        if bar.tick is not None:
            at = max(bar.tick, 0.0) / largest * _BARS
            end = max(end, at)
            yield (
                f'<path d="M{_LABELS + width:.1f} {y + 9}H{_LABELS + at:.1f}M{_LABELS + at:.1f} {y + 4}v10" '
                f'stroke="{_AXIS}" fill="none"/>'
            )
        yield f'<text x="{_LABELS + end + 4:.1f}" y="{y + 12}">{escape(bar.figure)}</text>'


def _line_panel(panel: LinePanel) -> Iterable[str]:
    xs = ticks(max(x for series in panel.series for x, _ in series.points))
    ys = ticks(max(y for series in panel.series for _, y in series.points))
    top, bottom = _TITLE + _LEGEND, _LINES_HEIGHT - _BOTTOM
    right = _LINES_WIDTH - _RIGHT

    def x_of(value: float) -> float:
        return _LEFT + value / xs[-1] * (right - _LEFT)

    def y_of(value: float) -> float:
        return bottom - max(value, 0.0) / ys[-1] * (bottom - top)

    yield f'<text x="{_LEFT}" y="{_TITLE - 6}" font-weight="bold">{escape(panel.title)}</text>'
    for y in ys:
        yield f'<path d="M{_LEFT} {y_of(y):.1f}H{right}" stroke="{_GRID if y else _AXIS}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y_of(y) + 4:.1f}" text-anchor="end">{y:g}</text>'
    for x in xs:
        yield f'<path d="M{x_of(x):.1f} {bottom}v4" stroke="{_AXIS}"/>'
        yield f'<text x="{x_of(x):.1f}" y="{bottom + 17}" text-anchor="middle">{x:g}</text>'
    yield f'<text x="{(_LEFT + right) / 2:.0f}" y="{bottom + 34}" text-anchor="middle">{escape(panel.x_title)}</text>'
    middle = (top + bottom) / 2
    yield (
        f'<text transform="translate(14 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(panel.y_title)}</text>'
    )
    yield from _legend(panel.series)
    for number, series in enumerate(panel.series):
        colour = _COLOURS[number % len(_COLOURS)]
        way = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in series.points)
        yield f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in series.points:
            yield f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3" fill="{colour}"/>'


def _legend(series: Sequence[Series]) -> Iterable[str]:
    """Name the lines, side by side under the title."""
    room = (_LINES_WIDTH - _LEFT - _RIGHT) / max(len(series), 1)
    for number, one in enumerate(series):
        x, colour = _LEFT + number * room, _COLOURS[number % len(_COLOURS)]
        yield f'<path d="M{x:.0f} {_TITLE + 6}h14" stroke="{colour}" stroke-width="3"/>'
        yield f'<text x="{x + 18:.0f}" y="{_TITLE + 10}">{escape(one.name)}</text>'
