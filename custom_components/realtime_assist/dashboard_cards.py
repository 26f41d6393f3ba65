"""What the dashboard shows of an agent, in Home Assistant's own cards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .insight import BudgetPeriod

type Card = dict[str, Any]
type Text = Callable[[str], str]

_FALLBACKS = ("fallbacks_model", "fallbacks_voice", "fallbacks_agent", "fallbacks_stt", "fallbacks_tts", "errors")
_WEEK_HOURS = 7 * 24
_NEAR_LIMIT = Decimal("0.8")
# Of half the width of a phone, these names would show their beginnings alone, which are the same.
_LONG_NAMES = frozenset(
    {
        "budget_left_day",
        "budget_left_month",
        "cost_projected",
        "cost_last_turn",
        "first_audio_median",
        "first_audio_p95",
        "response_time_average",
    }
)
_SPENT_BY_PERIOD = {BudgetPeriod.DAY: "cost_today", BudgetPeriod.MONTH: "cost_month"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entity that is there, and its name without the device's."""

    entity_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """An agent on the dashboard. Entities that are disabled are not among `entities`; cards of none are left out."""

    id: str
    """Of its subentry."""
    name: str
    entities: Mapping[str, Shown]
    """By the key that their unique ids end with."""
    limits: Mapping[BudgetPeriod, Decimal] = field(default_factory=dict)
    """In USD."""
    account: Sequence[Shown] = ()
    """What there is of its account's budgets, with the account in their names."""

    def to_view(self, text: Text) -> Card:
        """Return the agent's view; `text` returns the words of a key in the house's language."""
        # What stands in one section is one column: speed and reliability together are about as long as spend.
        sections = (
            _headed(text("dashboard_spend"), "mdi:cash-multiple", self._spend(text)),
            [
                *_headed(text("dashboard_speed"), "mdi:timer-outline", self._speed(text)),
                *_headed(text("dashboard_reliability"), "mdi:stairs-down", self._reliability(text)),
            ],
            _headed(text("dashboard_in_use"), "mdi:head-cog-outline", self._in_use(text)),
        )
        return {
            "type": "sections",
            "title": self.name,
            "path": f"agent-{self.id.lower()}",
            "icon": "mdi:account-voice",
            "max_columns": 4,
            "sections": [{"type": "grid", "cards": cards} for cards in sections if cards],
        }

    def _spend(self, text: Text) -> list[Card]:
        """Return what is spent, against the budgets that are set, and day by day and month by month."""
        against = [
            self._against_limit(key, self.limits[period]) if period in self.limits else self._tile(key)
            for period, key in _SPENT_BY_PERIOD.items()
        ]
        return _there(
            *against,
            *(self._tile(key) for key in ("budget_left_day", "budget_left_month", "cost_projected", "cost_last_turn")),
            *(_tile(shown, wide=True) for shown in self.account),
            self._statistics(text("dashboard_by_day"), ["cost_total"], days=30, period="day", change=True),
            self._statistics(text("dashboard_by_month"), ["cost_total"], days=365, period="month", change=True),
        )

    def _speed(self, text: Text) -> list[Card]:
        """Return how long answers take, now and over time."""
        latencies = ["first_audio_median", "first_audio_p95"]
        return _there(
            *(self._tile(key) for key in (*latencies, "response_time_average")),
            self._statistics(text("dashboard_latency"), latencies, days=7, period="hour", change=False),
        )

    def _reliability(self, text: Text) -> list[Card]:
        """Return what was fallen back from, and what went wrong."""
        return _there(
            *(self._tile(key) for key in ("fallback_rate", "errors")),
            self._statistics(text("dashboard_incidents"), _FALLBACKS, days=30, period="day", change=True),
        )

    def _in_use(self, text: Text) -> list[Card]:
        """Return what answers, with which voice, and how often it is asked."""
        names = ["model_in_use", "voice_in_use"]
        return _there(
            *(self._tile(key) for key in (*names, "session_status", "turns")),
            self._history(text("dashboard_models"), names),
            self._statistics(text("dashboard_turns"), ["turns"], days=30, period="day", change=True),
        )

    def _tile(self, key: str) -> Card | None:
        """Return a tile of one entity."""
        return None if (shown := self.entities.get(key)) is None else _tile(shown, wide=key in _LONG_NAMES)

    def _against_limit(self, key: str, limit: Decimal) -> Card | None:
        """Return a gauge that turns yellow near a limit, and red at it."""
        if (shown := self.entities.get(key)) is None:
            return None
        return {
            "type": "gauge",
            **_row(shown),
            "min": 0,
            "max": float(limit),
            "severity": {"green": 0, "yellow": float(limit * _NEAR_LIMIT), "red": float(limit)},
            "grid_options": {"columns": 6, "rows": "auto"},
        }

    def _statistics(self, title: str, keys: Sequence[str], *, days: int, period: str, change: bool) -> Card | None:
        """Return long-term statistics: how sums have grown in each period, or what a figure was in it."""
        rows = self._rows(keys)
        return rows and {
            "type": "statistics-graph",
            "title": title,
            "entities": rows,
            "days_to_show": days,
            "period": period,
            "stat_types": ["change" if change else "mean"],
            "chart_type": "bar" if change else "line",
            # The title says what a single one is.
            "hide_legend": len(rows) == 1,
        }

    def _history(self, title: str, keys: Sequence[str]) -> Card | None:
        """Return the states of a week."""
        rows = self._rows(keys)
        return rows and {"type": "history-graph", "title": title, "entities": rows, "hours_to_show": _WEEK_HOURS}

    def _rows(self, keys: Sequence[str]) -> Any:
        """Return the entities that are there, as a graph lists them; None for none."""
        return [_row(self.entities[key]) for key in keys if key in self.entities] or None


def _tile(shown: Shown, *, wide: bool) -> Card:
    """Return a tile, which is half as wide as its section unless it is `wide`."""
    return {"type": "tile", **_row(shown), **({"grid_options": {"columns": "full"}} if wide else {})}


def _row(shown: Shown) -> Card:
    """Return an entity with its name: the device's name stands over all of them."""
    return {"entity": shown.entity_id, "name": shown.name}


def _headed(heading: str, icon: str, cards: list[Card]) -> list[Card]:
    """Return cards under a heading; none at all where there are no cards."""
    return [{"type": "heading", "heading": heading, "icon": icon}, *cards] if cards else []


def _there(*cards: Card | None) -> list[Card]:
    """Return the cards that have something to show."""
    return [card for card in cards if card]
