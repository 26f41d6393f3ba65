"""Charts show every figure in its place."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from benchmarks.charts import OWN_COLOUR, Bar, BarPanel, LinePanel, Series, bars, lines, ticks

_SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_values_and_ticks_stand_on_the_same_scale():
    panel = BarPanel(
        title="Time & more",
        bars=[
            Bar(label="ours", value=50, figure="50 ms", own=True, tick=100),
            Bar(label="<other>", value=25, figure="25 ms"),
        ],
    )
    (group,) = ET.fromstring(bars([panel])).findall(f"{_SVG}g")

    ours, other = group.findall(f"{_SVG}rect")
    assert float(ours.attrib["width"]) == 2 * float(other.attrib["width"])
    assert ours.attrib["fill"] == OWN_COLOUR != other.attrib["fill"]
    (tick,) = group.findall(f"{_SVG}path")
    left = float(ours.attrib["x"])
    assert tick.attrib["d"].startswith(f"M{left + float(ours.attrib['width']):.1f} ")
    assert f"H{left + 2 * float(ours.attrib['width']):.1f}" in tick.attrib["d"]
    texts = [text.text for text in group.findall(f"{_SVG}text")]
    assert texts == ["Time & more", "ours", "50 ms", "<other>", "25 ms"]


def test_lines_go_through_their_points_and_are_named():
    panel = LinePanel(
        title="Growth",
        x_title="satellites",
        y_title="ms",
        series=[
            Series(name="p50", points=[(0, 0), (50, 10)]),
            Series(name="p99", points=[(0, 5), (50, 20)]),
        ],
    )
    (group,) = ET.fromstring(lines([panel])).findall(f"{_SVG}g")

    first, second = (
        [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        for line in group.findall(f"{_SVG}polyline")
    )
    assert first[0][0] == second[0][0] < first[1][0] == second[1][0]
    # Further up is less in SVG.
    assert first[0][1] - first[1][1] == pytest.approx((first[0][1] - second[1][1]) / 2)
    texts = [text.text for text in group.findall(f"{_SVG}text")]
    assert {"Growth", "satellites", "ms", "p50", "p99", "0", "50", "20"} <= set(texts)


@pytest.mark.parametrize("largest", [0.0, 0.003, 0.7, 1, 49, 50, 51, 1999, 123456])
def test_ticks_are_even_reach_the_largest_and_are_few(largest: float):
    found = ticks(largest)

    assert found[0] == 0
    assert found[-1] >= largest * 0.999
    assert 2 <= len(found) <= 7
    assert len({round((after - before) / found[1], 6) for before, after in pairwise(found)}) == 1
