"""The migration guide holds the catalog's figures, and nothing that has changed since."""

from pathlib import Path
import re

import pytest

from custom_components.realtime_assist.realtime.catalog import (
    DEFAULT_FALLBACK_MODELS,
    DEFAULT_FALLBACK_VOICE,
    DEFAULT_MODEL,
    DEFAULT_VOICE,
    KNOWN_MODELS,
    VOICES,
    model,
)
from demo import cost_example
from demo.migration_tables import NOT_PUBLISHED, TABLES, benchmarks, filled, voices

DOCUMENT = Path(__file__).parents[2] / "docs" / "migration.md"


def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_table_is_as_the_catalog_has_it(name: str) -> None:
    assert f"<!-- {name} -->\n\n{TABLES[name]()}\n\n<!-- /{name} -->" in text()


def test_what_the_cost_example_prints_stands_in_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    cost_example.main()
    head, _, rest = capsys.readouterr().out.partition("\n\n")
    table, _, sums = rest.partition("\n\n")
    assert table in text()
    assert " ".join(head.partition(": ")[2].split()) in " ".join(text().split())
    assert "20.0 %" in table
    assert "20 % less" in text()
    assert "12590 millionths" in sums


def test_prices_in_the_sentences_are_those_of_the_cards() -> None:
    before, after = model("gpt-4o-realtime-preview").prices, model("gpt-realtime").prices
    assert (before.audio.input, before.audio.output) == (40, 80)
    assert (after.audio.input, after.audio.output) == (32, 64)
    assert before.text.input is not None
    assert before.text.output is not None
    assert (after.text.input, after.text.output) == (before.text.input * 4 / 5, before.text.output * 4 / 5)
    assert before.text.cached == before.text.input / 2
    assert after.text.input is not None
    assert after.text.cached == after.text.input / 10


def test_recommended_path_is_what_a_new_agent_gets() -> None:
    rows = dict(
        re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text().partition("### Auto")[2].partition("###")[0], re.MULTILINE)
    )
    assert rows["Model"] == f"`{DEFAULT_MODEL}`"
    assert rows["Fallback models"] == ", ".join(f"`{name}`" for name in DEFAULT_FALLBACK_MODELS)
    assert rows["Voice, fallback voice"] == f"`{DEFAULT_VOICE}`, `{DEFAULT_FALLBACK_VOICE}`"


def test_every_model_it_names_is_known() -> None:
    named = set(re.findall(r"`(gpt-[^`]+)`", text()))
    assert named <= {known.id for known in KNOWN_MODELS}


def test_no_path_leads_to_a_model_with_a_last_day() -> None:
    paths = text().partition("## Three paths")[2].partition("## Best practices")[0]
    advised = set(re.findall(r"`(gpt-realtime[^`]*)`", paths))
    assert {name for name in advised if model(name).life_cycle.shutdown_date} == set()


def test_missing_benchmark_is_not_published_and_no_tests_are_mixed() -> None:
    rows = benchmarks().splitlines()[2:]
    assert any(NOT_PUBLISHED in row for row in rows)
    assert not any("30.5" in row and "34.7" in row for row in rows)


def test_every_voice_has_a_row() -> None:
    assert [row.split(" | ")[0].strip("| ") for row in voices().splitlines()[2:]] == list(VOICES)


def test_document_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(LookupError, match="life-cycles: it stands between <!-- life-cycles -->"):
        filled("nothing")
