"""What does one command cost in a house, with the instructions and tools that are read along? By the catalog's prices."""

from collections.abc import Sequence
from decimal import Decimal

from custom_components.realtime_assist.realtime import TokenCounts, TranscriptionUsage, Usage
from custom_components.realtime_assist.realtime.catalog import DEFAULT_TRANSCRIPTION_MODEL, model, transcription_model
from custom_components.realtime_assist.realtime.pricing import cost, transcription_cost

MODELS: Sequence[str] = ("gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime-1.5")
COMMANDS_A_DAY = 30
DAYS = 30

# A house of middling size; speech is 10 tokens a second when it is heard and 20 when it is made.
PROMPT = 4_000
"""Tokens of instructions and tools."""
SECONDS_HEARD = 3
HEARD = 10 * SECONDS_HEARD
CALL = 30
"""Tokens of the call of one tool; text."""
RESULT = 100
SPOKEN = 20 * 4
WORDS = 20
"""Tokens of the answer's words, which are written down beside the sound."""

FIRST: Sequence[Usage] = (
    Usage(input=TokenCounts(text=PROMPT, audio=HEARD), output=TokenCounts(text=CALL)),
    Usage(
        input=TokenCounts(text=PROMPT + CALL + RESULT, audio=HEARD),
        cached=TokenCounts(text=PROMPT),
        output=TokenCounts(text=WORDS, audio=SPOKEN),
    ),
)
"""The two responses of the first command in a conversation: the call, and the answer. The second reads the prompt out
of the cache."""

_TOLD = TokenCounts(text=PROMPT + CALL + RESULT + WORDS, audio=HEARD + SPOKEN)
"""What the conversation holds by the second command."""

NEXT: Sequence[Usage] = (
    Usage(input=_TOLD + TokenCounts(audio=HEARD), cached=_TOLD, output=TokenCounts(text=CALL)),
    Usage(
        input=_TOLD + TokenCounts(text=CALL + RESULT, audio=HEARD),
        cached=_TOLD,
        output=TokenCounts(text=WORDS, audio=SPOKEN),
    ),
)
"""Those of a second command in the same conversation, which finds all of the first one in the cache."""


def command_cost(model_id: str, responses: Sequence[Usage]) -> Decimal:
    """Return what a command costs in USD, its transcription included."""
    card, ears = model(model_id).prices, transcription_model(DEFAULT_TRANSCRIPTION_MODEL).prices
    parts = [cost(usage, card) for usage in responses]
    parts.append(transcription_cost(TranscriptionUsage(seconds=SECONDS_HEARD), ears))
    totals = [part.total for part in parts]
    if None in totals:
        raise LookupError(f"the catalog has no price for {model_id}")
    return sum((total for total in totals if total is not None), start=Decimal(0))


def table() -> str:
    """Return what commands cost on each model, as a Markdown table."""
    rows = []
    for model_id in MODELS:
        first, following = (command_cost(model_id, responses) for responses in (FIRST, NEXT))
        month = first * COMMANDS_A_DAY * DAYS
        rows.append(f"| `{model_id}` | ${first:.4f} | ${following:.4f} | ${month:.2f} |")
    head = (
        f"| model | first command of a conversation | the next one | {COMMANDS_A_DAY} first ones a day, {DAYS} days |",
        "| --- | --- | --- | --- |",
    )
    return "\n".join((*head, *rows))
