"""The cost example stands on a recording and on the catalog."""

from decimal import Decimal

import pytest

from demo import cost_example
from demo.cost_example import RECORDED, comparisons, main, worked
from tests.captures import capture


def test_usage_is_the_one_that_was_recorded() -> None:
    (done,) = [
        event
        for way, event in capture("openai_audio_in_server_vad")
        if way == "received" and event["type"] == "response.done"
    ]
    assert done["response"]["usage"] == RECORDED


def test_production_model_asks_a_fifth_less() -> None:
    saved = {each.model: each.saved for each in comparisons()}
    assert saved["gpt-4o-realtime-preview"] == 0
    assert saved["gpt-realtime"] == Decimal("0.2")
    # 10296 millionths where 12590 were asked.
    assert saved["gpt-realtime-2.1"] == 1 - Decimal(10296) / 12590


def test_month_is_thirty_answers_on_thirty_days() -> None:
    assert {each.model: each.month for each in comparisons()}["gpt-realtime"] == Decimal("9.0648")


def test_sum_is_shown_kind_by_kind() -> None:
    # 14 x 4.00; 27 x 32.00; 28 x 16.00; 136 x 64.00.
    assert worked("gpt-realtime") == (
        "gpt-realtime: text input 56 + audio input 864 + text output 448 + audio output 8704 "
        "= 10072 millionths of a dollar"
    )


def test_what_is_printed_names_the_tokens_and_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    printed = capsys.readouterr().out
    assert "27 tokens of audio and 14 of text in, 136 of audio and 28 of text out" in printed
    assert cost_example.table() in printed


def test_model_without_a_price_is_no_example() -> None:
    with pytest.raises(LookupError, match="no price for my-own"):
        worked("my-own")
