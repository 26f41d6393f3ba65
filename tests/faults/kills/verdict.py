"""Is what was stored what was billed, but for the last moments before the kill? Sentences say where it is not."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .bill import Bill, Used
from .shelf import Shelf, Totals

THRESHOLDS = (80, 100)
"""The percents of a budget that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """What was known when Home Assistant was killed."""

    at: float
    """On the monotonic clock, as everything here."""
    ended: Mapping[int, float]
    """When a client saw a turn end, by its number."""
    longest_loss: float
    """What may be lost, in seconds before the kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A threshold of a budget that automations were told of."""

    period: str
    percent: int
    seconds: float
    """How long before the kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What a kill has cost."""

    turns: int
    """Turns whose end a client had seen."""
    seconds: float
    """How long before the kill the first of them had ended; 0 where there is none."""
    unfinished: int
    """Turns that were billed, and whose end nobody had seen."""


def faults(now: Shelf, before: Shelf, bill: Bill) -> Iterator[str]:
    """Yield what is wrong with a storage file by itself, beside what it was before and the server's account."""
    billed = bill.used
    for used, count in now.kept.items():
        if count > 1:
            yield f"a turn is stored {count} times: {used}"
        if used not in billed:
            yield f"a turn is stored that nobody has billed: {used}"
    if gone := before.kept - now.kept:
        yield f"{gone.total()} turns are gone that had been stored: {', '.join(map(str, gone))}"
    if now.history != before.history:
        yield f"what was counted earlier was {before.history} and is {now.history}"
    if now.broken.turns < before.broken.turns:
        yield f"of {before.broken.turns} broken turns that had been stored {now.broken.turns} are left"
    expected = totals(now.kept)
    if now.kept_totals != expected:
        yield f"the turns stored come to {expected} and are stored as {now.kept_totals}"
    stored = now.kept_totals.cost + now.broken.cost
    if stored > bill.cost:
        yield f"{stored} USD are stored, and {bill.cost} were billed"


def totals(kept: Iterable[Used]) -> Totals:
    """Return what turns come to."""
    return sum((Totals.of(used) for used in kept), start=Totals())


def lost_turns(now: Shelf, bill: Bill) -> set[int]:
    """Return the numbers of the turns that were billed and are not stored."""
    return {number for number, used in bill.turns.items() if used not in now.kept}


def loss(lost: Collection[int], kill: Kill) -> Loss:
    """Return what a kill has cost, of the turns that were lost in it."""
    seen = [kill.ended[number] for number in lost if number in kill.ended]
    seconds = max((kill.at - ended for ended in seen), default=0.0)
    return Loss(turns=len(seen), seconds=seconds, unfinished=len(lost) - len(seen))


def too_much(lost: Loss, kill: Kill) -> Iterator[str]:
    """Yield a sentence where a kill has cost more than it may."""
    if lost.seconds > kill.longest_loss:
        yield f"a turn is lost that had ended {lost.seconds:.2f} s before the kill; at most {kill.longest_loss:.1f} s may be"


def untold(now: Shelf, limits: Mapping[str, Decimal]) -> Iterator[str]:
    """Yield where the thresholds that are stored as told are not those that the stored turns have crossed."""
    for period, limit in limits.items():
        crossed = max((percent for percent in THRESHOLDS if now.spent(period) * 100 >= limit * percent), default=0)
        if (stored := _highest(now, period)) != crossed:
            yield f"{now.spent(period)} USD of {limit} for the {period} are stored, and {stored} % as told"


def repeated(told: Iterable[Told], before: Shelf) -> Iterator[str]:
    """Yield thresholds that were told in a life though they had been stored as told before it."""
    for each in told:
        if each.percent <= _highest(before, each.period):
            yield f"{each.percent} % of the {each.period}'s budget were told again"


def forgotten(told: Iterable[Told], now: Shelf, at_once: float) -> Iterator[str]:
    """Yield thresholds that are not stored as told, though there was time for what is done at once, in seconds."""
    for each in told:
        if each.seconds > at_once and each.percent > _highest(now, each.period):
            yield f"{each.percent} % of the {each.period}'s budget were told {each.seconds:.1f} s before the kill, in vain"


def _highest(shelf: Shelf, period: str) -> int:
    return max((percent for name, percent in shelf.told if name == period), default=0)
