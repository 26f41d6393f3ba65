"""What is spent of a budget, and what of that is told."""

from datetime import date
from decimal import Decimal

import pytest

from custom_components.realtime_assist.insight import (
    Budget,
    BudgetBook,
    BudgetKey,
    BudgetPeriod,
    Counts,
    DayKey,
    Reader,
    UnreadableRecord,
    spent_between,
)
from custom_components.realtime_assist.realtime.pricing import Cost, CostKind

TODAY = date(2026, 11, 22)
KEY = BudgetKey(agent_id="agent", period=BudgetPeriod.DAY, begin=TODAY)


def budget(spent: str, limit: str = "1", key: BudgetKey = KEY) -> Budget:
    """Return a budget."""
    return Budget(key=key, limit=Decimal(limit), spent=Decimal(spent))


@pytest.mark.parametrize(
    ("spent", "percent", "left", "reached", "threshold"),
    [
        ("0", "0", "1", False, 0),
        ("0.799999999999", "79.9999999999", "0.200000000001", False, 0),
        ("0.8", "80", "0.2", False, 80),
        ("0.999999999999", "99.9999999999", "0.000000000001", False, 80),
        ("1", "100", "0", True, 100),
        ("1.5", "150", "0", True, 100),
    ],
)
def test_a_budget_is_exact_at_its_thresholds(
    spent: str, percent: str, left: str, reached: bool, threshold: int
) -> None:
    """A trillionth of a dollar decides, and nothing is ever left below zero."""
    it = budget(spent)
    assert (it.percent, it.left) == (Decimal(percent), Decimal(left))
    assert (it.reached, it.threshold) == (reached, threshold)


def test_a_period_begins_on_the_calendar() -> None:
    """With the day itself, or with the first of its month."""
    assert BudgetPeriod.DAY.begin(TODAY) == TODAY
    assert BudgetPeriod.MONTH.begin(TODAY) == date(2026, 11, 1)


def test_only_the_days_of_the_period_are_spent() -> None:
    """Of all the sums that are given; what a wrong clock has put into the future is not among them."""

    def counts(amount: str) -> Counts:
        return Counts(cost=Cost(by_kind={CostKind.TEXT_INPUT: Decimal(amount)}))

    def days(agent: str) -> dict[DayKey, Counts]:
        return {
            DayKey(day=date(2026, 10, 31), agent_id=agent): counts("1"),
            DayKey(day=date(2026, 11, 1), agent_id=agent): counts("0.1"),
            DayKey(day=TODAY, agent_id=agent): counts("0.01"),
            DayKey(day=TODAY, agent_id=agent, model="parrot"): counts("0.001"),
            DayKey(day=date(2026, 11, 23), agent_id=agent): counts("5"),
        }

    assert spent_between([days("a")], date(2026, 11, 1), TODAY) == Decimal("0.111")
    assert spent_between([days("a"), days("b")], TODAY, TODAY) == Decimal("0.022")
    assert spent_between([], TODAY, TODAY) == 0


def test_each_threshold_is_told_once() -> None:
    """Both of them in order where one turn crosses both."""
    book, told = BudgetBook().tell(budget("0.79"))
    assert told == ()
    book, told = book.tell(budget("0.8"))
    assert told == (80,)
    assert book.tell(budget("0.9")) == (book, ())
    assert book.tell(budget("1"))[1] == (100,)
    assert BudgetBook().tell(budget("2"))[1] == (80, 100)


def test_a_raised_limit_is_told_when_it_is_reached_as_well() -> None:
    """What is not reached any more is as if it had never been; what is still reached is not told again."""
    book, _ = BudgetBook().tell(budget("1"))
    book, told = book.tell(budget("1", limit="1.2"))
    assert told == ()
    book, told = book.tell(budget("1.2", limit="1.2"))
    assert told == (100,)


def test_budgets_are_told_apart() -> None:
    """By whose they are, by period, and by the day on which the period begins."""
    others = (
        BudgetKey(agent_id=None, period=BudgetPeriod.DAY, begin=TODAY),
        BudgetKey(agent_id="agent", period=BudgetPeriod.MONTH, begin=TODAY),
        BudgetKey(agent_id="agent", period=BudgetPeriod.DAY, begin=date(2026, 11, 23)),
    )
    book, _ = BudgetBook().tell(budget("1"))
    for key in others:
        book, told = book.tell(budget("1", key=key))
        assert told == (80, 100)
        book = book.allow(key)
    assert book.allowed == set(others)


def test_a_book_is_read_as_it_was_written() -> None:
    """What was told and what was allowed, and an empty book as well."""
    book, _ = BudgetBook().tell(budget("1"))
    book = book.allow(BudgetKey(agent_id=None, period=BudgetPeriod.MONTH, begin=date(2026, 11, 1)))
    for each in (book, BudgetBook()):
        assert BudgetBook.from_reader(Reader.of("budgets", each.to_dict())) == each
    assert BudgetBook.from_reader(Reader.of("budgets", {})) == BudgetBook()


@pytest.mark.parametrize("begin", ["yesterday", None])
def test_a_book_that_was_tampered_with_is_refused(begin: str | None) -> None:
    """With where it is wrong."""
    data = {"allowed": [{"period": "day", "begin": begin}]}
    with pytest.raises(UnreadableRecord, match=r"budgets\.allowed\.begin"):
        BudgetBook.from_reader(Reader.of("budgets", data))


def test_what_is_long_over_is_forgotten() -> None:
    """Two months later; a clock that is set back a month finds everything."""
    book, _ = BudgetBook().tell(budget("1"))
    book = book.allow(KEY)
    assert book.without_old(date(2027, 1, 22)) is book
    assert book.without_old(date(2026, 10, 22)) is book
    assert book.without_old(date(2027, 1, 25)) == BudgetBook()
