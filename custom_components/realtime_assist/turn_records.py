"""What is remembered of a turn: its stamps, usage and outcome, with what they cost on the account's price cards."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .insight import Fallback, FallbackKind, Rung, Timings, ToolCalls, TurnRecord
from .realtime import Usage
from .realtime.catalog import PriceCard, TranscriptionCard
from .realtime.pricing import FREE, Cost, cost, transcription_cost
from .session import Descent, Stamp, Turn

CANCELLED = "cancelled"
"""The code of a turn that was given up on purpose; nothing went wrong in it."""


class Prices(Protocol):
    """Whose price cards are in force."""

    def prices(self, model_id: str) -> PriceCard:
        """Return what a model's tokens cost."""
        ...

    def transcription_prices(self, model_id: str) -> TranscriptionCard:
        """Return what a transcription model's work costs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnContext:
    """What a turn does not know of itself."""

    agent_id: str
    started_at: float
    """Seconds since the epoch, UTC."""
    wanted_model: str
    """The model on top of the ladder."""
    transcription_model: str
    language: str | None = None
    satellite: str | None = None
    rung: Rung | None = None
    """What answered in the end where it was none of the models."""
    cancelled: bool = False


def turn_record(turn: Turn, context: TurnContext, prices: Prices, fallbacks: Sequence[Fallback] = ()) -> TurnRecord:
    """Return the record of a turn that is over; `fallbacks` are those below the models, which the turn has not seen."""
    timings = turn.timings
    return TurnRecord(
        started_at=context.started_at,
        agent_id=context.agent_id,
        language=context.language,
        satellite=context.satellite,
        model=None if turn.rung is None else turn.rung.model,
        voice=None if turn.rung is None else turn.rung.voice,
        rung=context.rung or _rung(turn, context.wanted_model),
        connect_seconds=timings.connect,
        connections_tried=turn.connections_tried,
        connections_failed=turn.connections_failed,
        session_age=timings.session_age,
        timings=_timings(turn),
        usage=sum(turn.meter.usage.values(), start=Usage()) if turn.meter.usage else None,
        transcription_model=None if turn.transcription is None else context.transcription_model,
        transcription=turn.transcription,
        cost=turn_cost(turn, prices, context.transcription_model),
        retries=turn.retries,
        errors=_errors(turn),
        fallbacks=(*fallbacks_of(turn.descents), *fallbacks),
        tool_calls=_tool_calls(turn),
        cancelled=context.cancelled,
    )


def turn_cost(turn: Turn, prices: Prices, transcription_model: str) -> Cost:
    """Return what a turn cost: each model's tokens on its own card, and what was written down of the speech.

    Where something was made of which the server has never said what it used, the cost is unknown.
    """
    costs = [cost(usage, prices.prices(model_id)) for model_id, usage in turn.meter.usage.items()]
    if turn.meter.unreported:
        costs.append(cost(None, PriceCard()))
    costs.append(transcription_cost(turn.transcription, prices.transcription_prices(transcription_model)))
    return sum(costs, start=FREE)


def fallbacks_of(descents: Iterable[Descent]) -> tuple[Fallback, ...]:
    """Return the steps down the ladder: what a model and what a voice was replaced by."""
    return tuple(
        Fallback(kind=kind, from_=left, to=taken, reason=descent.reason)
        for descent in descents
        for kind, left, taken in (
            (FallbackKind.MODEL, descent.left.model, descent.taken.model),
            (FallbackKind.VOICE, descent.left.voice, descent.taken.voice),
        )
        if left != taken
    )


def _rung(turn: Turn, wanted_model: str) -> Rung:
    """Return which of the models answered, if any."""
    # What fails after the last words was heard all the same.
    if turn.rung is None or (turn.error is not None and turn.error.code != CANCELLED and not turn.returned):
        return Rung.NONE
    return Rung.PRIMARY if turn.rung.model == wanted_model else Rung.FALLBACK_MODEL


def _timings(turn: Turn) -> Timings:
    """Return the seconds since the end of speech; words that were there before it took none."""
    seconds: Callable[[Stamp], float | None] = turn.timings.since_speech

    def since(stamp: Stamp) -> float | None:
        return None if (passed := seconds(stamp)) is None else max(passed, 0.0)

    return Timings(
        transcript=since(Stamp.TRANSCRIPT),
        first_text=since(Stamp.FIRST_TEXT),
        first_audio=since(Stamp.FIRST_AUDIO),
        total=since(Stamp.FINISHED),
        tools=tuple((outcome.name, outcome.seconds) for outcome in turn.tools),
    )


def _errors(turn: Turn) -> Mapping[str, int]:
    """Return how often something went wrong, by code; what ended the turn is among it."""
    errors = {code: count for code, count in turn.errors.items() if code != CANCELLED}
    if turn.error is not None and turn.error.code != CANCELLED:
        errors.setdefault(turn.error.code, 1)
    return errors


def _tool_calls(turn: Turn) -> ToolCalls:
    """Return how many tools the model has called, and whose fault it was where one failed."""
    invalid = sum(outcome.invalid for outcome in turn.tools)
    failed = sum(outcome.error and not outcome.invalid for outcome in turn.tools)
    return ToolCalls(made=len(turn.tools), failed=failed, invalid=invalid)
