"""Rows: one for each turn, the same columns in both formats, and nothing that a spreadsheet would run."""

import csv
import io
import json
from pathlib import Path

from hypothesis import given, strategies as st

from custom_components.realtime_assist.insight import COLUMNS, WRITERS, ExportFormat, Fallback, FallbackKind, TurnRecord

from .turns import patient, turn, turns

HEADER = [column.name for column in COLUMNS]
DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "metrics.md"


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@patient
@given(st.lists(turns, max_size=4))
def test_both_formats_have_a_row_for_each_turn(records: list[TurnRecord]) -> None:
    """With the same columns; a header stands there even for no turn at all."""
    text = WRITERS[ExportFormat.CSV](records)
    assert text.splitlines()[0].split(",") == HEADER
    table, objects = read_csv(text), json.loads(WRITERS[ExportFormat.JSON](records))
    assert len(table) == len(objects) == len(records)
    assert all(list(row) == HEADER for row in (*table, *objects))


def test_a_row_is_what_the_turn_was() -> None:
    """Money to the last digit, time as a date, flags as 1 and 0, nothing for what is not known."""
    fallback = Fallback(kind=FallbackKind.MODEL, from_="a", to="b", reason="model_not_found")
    record = turn(cost="0.000012", model="b", errors={"model_not_found": 2}, fallbacks=(fallback,), cancelled=True)

    [row] = read_csv(WRITERS[ExportFormat.CSV]([record]))

    assert row["started_at"] == "2026-11-22T12:00:00.000+00:00"
    assert (row["cost_usd"], row["text_output_usd"], row["audio_input_usd"]) == ("0.000012", "0.000012", "")
    assert (row["cancelled"], row["language"], row["text_input_tokens"]) == ("1", "", "")
    assert (row["errors"], row["fallbacks"]) == ("model_not_found: 2", "model: a > b (model_not_found)")
    [same] = json.loads(WRITERS[ExportFormat.JSON]([record]))
    assert (same["cost_usd"], same["cancelled"], same["language"]) == (0.000012, True, None)


def test_what_looks_like_a_formula_is_a_text() -> None:
    """Names of models come from servers."""
    [row] = read_csv(WRITERS[ExportFormat.CSV]([turn(model='=HYPERLINK("x")', voice="@marin")]))
    assert (row["model"], row["voice"]) == ('\'=HYPERLINK("x")', "'@marin")


def test_every_column_is_explained() -> None:
    """In the order in which they stand."""
    _, _, section = DOCUMENT.read_text().partition("## `realtime_assist.export_metrics`\n")
    table, _, _ = section.partition("\n## ")
    explained = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert [name for name in explained if name in HEADER] == HEADER
