"""What becomes known of an agent's turns: they are counted, told on the bus, and shown to whoever listens."""

from collections.abc import Callable
from datetime import datetime, timedelta

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from .const import DOMAIN, EVENT_FALLBACK
from .insight import Counts, DayKey, DaySum, Fallback, Span, TurnRecord
from .realtime import TranscriptionUsage, Usage
from .realtime.pricing import FREE, Cost
from .store import LedgerStore, local_date


class TurnLog:
    """Keeps the ledger of one agent, by subentry id. `record_days` is for how long a turn has a record of its own."""

    def __init__(self, hass: HomeAssistant, agent_id: str, store: LedgerStore, record_days: Callable[[], int]) -> None:
        self._hass = hass
        self._agent_id = agent_id
        self._store = store
        self._record_days = record_days
        self._listeners: list[Callable[[], None]] = []
        self.num_changes = 0
        """How often the figures may have changed."""
        self.ledger = store.ledger(agent_id)

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Look at the clock every hour, from now on; return what ends that.

        Midnight is one of these hours, whatever the clocks do in that night, and turns leave the last 24 hours.
        """
        self._close_old()
        return async_track_time_change(self._hass, self._hour_began, minute=0, second=0)

    @callback
    def listen(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back whenever a figure may have changed; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def changed(self) -> None:
        """Tell the listeners."""
        self.num_changes += 1
        for listener in list(self._listeners):
            listener()

    @callback
    def turn_ended(self, record: TurnRecord, conversation_id: str) -> None:
        """Keep a turn, and tell its fallbacks."""
        self.ledger.add(record, local_date)
        self._store.changed()
        for fallback in record.fallbacks:
            self._fire(fallback, conversation_id)
        self.changed()

    @callback
    def fell_back(self, fallback: Fallback, conversation_id: str | None) -> None:
        """Count and tell a fallback that is part of no turn."""
        self.ledger.add_fallback(fallback, dt_util.now().date())
        self._store.changed()
        self._fire(fallback, conversation_id)
        self.changed()

    @callback
    def read_aloud(self, model: str, voice: str, usage: Usage, cost: Cost) -> None:
        """Count what it took to read a text aloud that is part of no turn; an unknown cost is in no sum."""
        self._count_apart(Counts(usage=usage, cost=_known(cost)), model=model, voice=voice)

    @callback
    def transcribed(self, usage: TranscriptionUsage, cost: Cost) -> None:
        """Count what it took to write down speech whose turn was counted without it; an unknown cost is in no sum."""
        self._count_apart(Counts(transcribed=Span.of(usage.seconds), cost=_known(cost)))

    def _count_apart(self, counts: Counts, *, model: str | None = None, voice: str | None = None) -> None:
        """Count what is part of no turn."""
        key = DayKey(day=dt_util.now().date(), agent_id=self._agent_id, model=model, voice=voice)
        self.ledger.add_row(DaySum(key=key, counts=counts))
        self._store.changed()
        self.changed()

    @callback
    def reset(self) -> None:
        """Count anew from now on."""
        self.ledger.reset(dt_util.utcnow().timestamp())
        self._store.write()
        self.changed()

    @callback
    def session_ended(self, seconds: float) -> None:
        """Count a session that has lived this long."""
        self.ledger.add_session(seconds)
        self._store.changed()
        self.changed()

    @callback
    def _hour_began(self, _now: datetime) -> None:
        """Show what an hour has made of the figures."""
        self._close_old()
        self.changed()

    @callback
    def _close_old(self) -> None:
        """Keep of turns that are old enough the sums of their days."""
        # A rolling day is made of records: there are never fewer than that.
        kept = timedelta(days=max(self._record_days(), 1))
        if self.ledger.close_before((dt_util.utcnow() - kept).timestamp(), local_date):
            self._store.changed()

    @callback
    def _fire(self, fallback: Fallback, conversation_id: str | None) -> None:
        """Tell automations what was replaced by what, and why."""
        unique_id = f"{self._agent_id}_{Platform.CONVERSATION}"
        agent = er.async_get(self._hass).async_get_entity_id(Platform.CONVERSATION, DOMAIN, unique_id)
        data = {**fallback.to_dict(), "conversation_id": conversation_id, "agent": agent}
        self._hass.bus.async_fire(EVENT_FALLBACK, data)


def _known(cost: Cost) -> Cost:
    """Return a cost where all of it is known."""
    return cost if cost.total is not None else FREE
