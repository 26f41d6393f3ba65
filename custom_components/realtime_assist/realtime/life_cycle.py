"""How long a model is served, and what takes its place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

LISTING = "GET /v1/models"
"""The source of a date that the server itself has announced."""

type ShutdownDates = Mapping[str, date | None]
"""What a server has announced, by model id; None says that no shutdown is announced."""


class Stage(StrEnum):
    """Where a model is in its life, in OpenAI's words."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeCycle:
    """When a model shuts down, and what the source names in its place.

    `shutdown_date` is the first day without the model; None where nothing is announced. `confirmed` is False where the
    date rests on a single third party; a replacement is never more than a recommendation.
    """

    shutdown_date: date | None = None
    replacement: str | None = None
    source: str | None = None
    confirmed: bool = True

    def stage(self, today: date) -> Stage:
        """Return where the model is in its life on a day."""
        if self.shutdown_date is None:
            return Stage.ACTIVE
        return Stage.RETIRED if self.is_retired(today) else Stage.DEPRECATED

    def is_retired(self, today: date) -> bool:
        """Whether the model is no longer served on a day."""
        return self.shutdown_date is not None and self.shutdown_date <= today

    def retires_within(self, days: int, today: date) -> bool:
        """Whether the model is retired on a day, or will be within so many days of it."""
        return self.shutdown_date is not None and self.shutdown_date - today <= timedelta(days=days)

    def overruled(self, shutdown_date: date | None) -> Self:
        """Return the life cycle with the date that the server has announced, or with none."""
        if shutdown_date == self.shutdown_date:
            return self
        return replace(self, shutdown_date=shutdown_date, source=LISTING, confirmed=True)


ACTIVE = LifeCycle()


def shutdown_dates(listing: Any) -> dict[str, date | None]:
    """Read the answer of `GET /v1/models`.

    A model whose entry has no `shutdown_date` at all is left out, as its server does not tell; so is one whose date
    cannot be read. Never raises.
    """
    entries = listing.get("data") if isinstance(listing, Mapping) else None
    announced: dict[str, date | None] = {}
    for entry in entries if isinstance(entries, list) else ():
        match entry:
            case {"id": str(model_id), "shutdown_date": None}:
                announced[model_id] = None
            case {"id": str(model_id), "shutdown_date": str(day)} if (parsed := _day(day)) is not None:
                announced[model_id] = parsed
            case _:
                pass
    return announced


def _day(text: str) -> date | None:
    """Read `YYYY-MM-DD`; None where it is something else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
