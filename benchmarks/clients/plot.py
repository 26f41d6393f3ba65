"""What do the clients look like side by side? A panel for each of the most telling columns."""

from collections.abc import Sequence

from benchmarks.charts import Bar, BarPanel, bars
from benchmarks.clients.environments import OURS
from benchmarks.clients.measures import Column, Measure, column
from benchmarks.clients.results import Result

_SHOWN = (Measure.ALONE, Measure.BURST, Measure.WSS, Measure.CPU_IN, Measure.CPU_OUT, Measure.SESSION)


def plot(results: Sequence[Result]) -> str:
    """Return the picture; shorter bars are better in all of it."""
    return bars([_panel(column(measure), results) for measure in _SHOWN])


def _panel(shown: Column, results: Sequence[Result]) -> BarPanel:
    return BarPanel(
        title=f"{shown.title}, {shown.unit} (median; less is better)", bars=[_bar(shown, result) for result in results]
    )


def _bar(shown: Column, result: Result) -> Bar:
    value = result.figure(shown.measure).median
    return Bar(
        label=result.contestant.title.partition(":")[0],
        value=value,
        figure=f"{value:.{shown.digits}f}",
        own=result.contestant is OURS,
    )
