"""What does the same talk cost on each model? The catalog's prices times what a real server once counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
import sys
from typing import Any

from custom_components.realtime_assist.realtime import Usage
from custom_components.realtime_assist.realtime.catalog import model
from custom_components.realtime_assist.realtime.pricing import Cost, cost

BEFORE = "gpt-4o-realtime-preview"
"""What the others are compared with."""
AFTER: Sequence[str] = (
    "gpt-realtime",
    "gpt-realtime-1.5",
    "gpt-realtime-2",
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
)
COMMANDS_A_DAY = 30
DAYS = 30

RECORDED: Mapping[str, Any] = {
    "total_tokens": 205,
    "input_tokens": 41,
    "output_tokens": 164,
    "input_token_details": {
        "text_tokens": 14,
        "audio_tokens": 27,
        "image_tokens": 0,
        "cached_tokens": 0,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 28, "audio_tokens": 136},
}
"""The usage of one spoken question and its spoken answer, as gpt-realtime reported it; the tests hold the recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What one model asks for the talk, in USD, and how much less that is than before; a share of 0.2 is 20 %."""

    model: str
    answer: Decimal
    month: Decimal
    saved: Decimal


def usage() -> Usage:
    """Return what was recorded."""
    read = Usage.from_wire(RECORDED)
    assert read is not None
    return read


def answer_cost(model_id: str) -> Cost:
    """Return what the recorded answer costs on a model's card."""
    return cost(usage(), model(model_id).prices)


def comparisons() -> Iterator[Comparison]:
    """Yield the old model and then those that may follow it."""
    before = _total(BEFORE)
    for model_id in (BEFORE, *AFTER):
        answer = _total(model_id)
        yield Comparison(
            model=model_id, answer=answer, month=answer * COMMANDS_A_DAY * DAYS, saved=(before - answer) / before
        )


def table() -> str:
    """Return the comparison as a Markdown table."""
    rows = [
        f"| `{each.model}` | ${each.answer:.6f} | ${each.month:.2f} | {_less(each.saved)} |" for each in comparisons()
    ]
    head = (
        f"| model | one answer | {COMMANDS_A_DAY} a day, {DAYS} days | less than before |",
        "| --- | --- | --- | --- |",
    )
    return "\n".join((*head, *rows))


def worked(model_id: str) -> str:
    """Return one model's sum, kind by kind, in millionths of a dollar."""
    amounts = answer_cost(model_id).by_kind.items()
    parts = [f"{kind.value.replace('_', ' ')} {_millionths(amount)}" for kind, amount in amounts if amount is not None]
    return f"{model_id}: {' + '.join(parts)} = {_millionths(_total(model_id))} millionths of a dollar"


def main() -> int:
    """Print the table and the two sums behind its first comparison."""
    counted = usage()
    print(
        f"One spoken question and its spoken answer: {counted.input.audio} tokens of audio and {counted.input.text} of "
        f"text in, {counted.output.audio} of audio and {counted.output.text} of text out.\n"
    )
    print(table())
    print(f"\n{worked(BEFORE)}\n{worked(AFTER[0])}")
    return 0


def _total(model_id: str) -> Decimal:
    total = answer_cost(model_id).total
    if total is None:
        raise LookupError(f"the catalog has no price for {model_id}")
    return total


def _less(share: Decimal) -> str:
    return f"{share * 100:.1f} %" if share else "-"


def _millionths(amount: Decimal) -> str:
    return f"{(amount * 1_000_000).normalize():f}"


if __name__ == "__main__":
    sys.exit(main())
