"""How models compare: how fast each was, what it cost, and what its tokens would have cost on another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..realtime import Usage
from ..realtime.catalog import Model
from ..realtime.pricing import cost, costs_elsewhere
from .counts import NO_USAGE
from .records import Rung, TurnRecord
from .rolling import Spread

_BY_A_MODEL = (Rung.PRIMARY, Rung.FALLBACK_MODEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of a model, over the turns that it has answered and that nobody has cancelled."""

    model: str
    turns: int
    first_audio: Spread
    response: Spread
    cost_per_turn: Decimal | None
    """The mean in USD of the turns whose cost is known, transcription included; None where there was none."""
    usage: Usage
    """Of all the turns."""

    @classmethod
    def of(cls, model: str, records: Sequence[TurnRecord]) -> Measured:
        """Measure a model by its turns."""
        costs = [amount for record in records if (amount := record.cost.total) is not None]
        return cls(
            model=model,
            turns=len(records),
            first_audio=Spread.of(record.timings.first_audio for record in records),
            response=Spread.of(record.timings.total for record in records),
            cost_per_turn=sum(costs, start=Decimal(0)) / len(costs) if costs else None,
            usage=sum((record.usage for record in records if record.usage is not None), start=NO_USAGE),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The model that an agent uses, and the one that it used before."""

    since: float
    """When the newer one answered first, in seconds since the epoch."""
    before: Measured
    after: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What tokens would have cost on another model, in USD; None where its prices are not known."""

    model: str
    cost: Decimal | None
    difference: float | None
    """How much more (less, where negative) was really paid, as a part of that cost."""


def measured(records: Iterable[TurnRecord]) -> list[Measured]:
    """Return what was measured of each model, the one with most turns first."""
    turns: dict[str, list[TurnRecord]] = {}
    for record in _answered(records, _BY_A_MODEL):
        turns.setdefault(record.model or "", []).append(record)
    return sorted((Measured.of(model, answered) for model, answered in turns.items()), key=lambda one: -one.turns)


def latest_change(records: Iterable[TurnRecord]) -> Change | None:
    """Return the last change of one agent's primary model; None where no turn has seen one.

    Turns that a fallback model has answered say nothing of what the agent was set to, and are not looked at.
    """
    turns = sorted(_answered(records, (Rung.PRIMARY,)), key=lambda record: record.started_at)
    if not turns:
        return None
    used = turns[-1].model
    before = next((record.model for record in reversed(turns) if record.model != used), None)
    if used is None or before is None:
        return None
    last_of_before = max(index for index, record in enumerate(turns) if record.model == before)
    return Change(
        since=turns[last_of_before + 1].started_at,
        before=Measured.of(before, [record for record in turns if record.model == before]),
        after=Measured.of(used, [record for record in turns if record.model == used]),
    )


def elsewhere(usage: Usage, model: Model, others: Iterable[Model]) -> list[Elsewhere]:
    """Return what a model's tokens would have cost on others, and how that compares with its own price."""
    own = cost(usage, model.prices).total
    totals = {name: one.total for name, one in costs_elsewhere(usage, others).items() if name != model.id}
    return [Elsewhere(model=name, cost=total, difference=relative(own, total)) for name, total in totals.items()]


def relative[N: (float, Decimal)](value: N | None, base: N | None) -> float | None:
    """Return how much more a value is than another one, as a part of that; None where either is unknown or zero."""
    return None if value is None or not base else float(value / base - 1)


def _answered(records: Iterable[TurnRecord], rungs: Sequence[Rung]) -> Iterable[TurnRecord]:
    """Return the turns that a model on some rungs has answered."""
    return (record for record in records if not record.cancelled and record.rung in rungs and record.model is not None)
