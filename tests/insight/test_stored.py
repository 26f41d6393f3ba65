"""Stored figures that nothing of ours has written."""

from typing import Any

import pytest

from custom_components.realtime_assist.insight import Reader, TurnRecord, UnreadableRecord

from .turns import turn


@pytest.mark.parametrize(
    ("key", "absurd"),
    [
        ("started_at", 1e300),
        ("started_at", -1e12),
        ("connect_seconds", 1e308),
        ("retries", 2**63),
        ("retries", 2**64 - 1),
        ("cost", {"text_output": "NaN"}),
        ("cost", {"text_output": "-Infinity"}),
        ("cost", {"text_output": "1e999999"}),
        ("cost", {"text_output": "-0.01"}),
        ("errors", {"server_error": 2**62}),
    ],
)
def test_a_figure_that_cannot_be_reckoned_with_is_refused(key: str, absurd: Any):
    """It would break the sums, or the writing down of them, long after it was read."""
    stored = {**turn().to_dict(), key: absurd}
    with pytest.raises(UnreadableRecord, match=key if key in {"started_at", "retries"} else "turn"):
        TurnRecord.from_dict(stored)


def test_figures_at_the_edge_are_taken():
    reader = Reader.of("here", {"count": 2**53, "number": 0, "cost": "0"})
    assert reader.count("count") == 2**53
    assert reader.number("number") == 0.0
