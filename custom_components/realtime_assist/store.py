"""Where an account's figures are kept while Home Assistant is not running: one file, written a little late."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from math import inf
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN, LOGGER
from .insight import BudgetBook, Reader, UnreadableRecord
from .ledger import Ledger

STORAGE_VERSION = 1

# A flash card is not written at every turn; after a kill this much is lost at most.
SAVE_DELAY = 30.0


def local_date(epoch: float) -> date:
    """Return the day of a moment, in seconds since the epoch, in Home Assistant's time zone."""
    return dt_util.as_local(dt_util.utc_from_timestamp(epoch)).date()


class LedgerStore:
    """The ledgers of an account's agents, and what was told of budgets: all that a restart must not lose."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._hass = hass
        # Weeks of turns take long to write down: that is done in another thread, which a ledger allows. And nobody could
        # count them again: the file is on the card before it takes the older one's place, so a power cut leaves either.
        self._store = Store[dict[str, Any]](
            hass,
            STORAGE_VERSION,
            f"{DOMAIN}.{entry_id}",
            private=True,
            atomic_writes=True,
            serialize_in_event_loop=False,
        )
        self._ledgers: dict[str, Ledger] = {}
        self._budgets = BudgetBook()
        self._unsaved = False
        self._writes = False
        self._closed = False

    async def async_load(self) -> None:
        """Take over what was kept. What cannot be used is put aside and left to its owner; counting begins anew."""
        try:
            stored = await self._store.async_load()
        except UnsupportedStorageVersionError as err:
            # Somebody went back to an older version of this integration, and may go forward again.
            kept = await self._async_put_aside("newer")
            LOGGER.warning(
                "The turns in storage were written by a newer version (%s, this one writes %s); they were kept as %s, "
                "and counting begins anew. Install that version again and rename the file to get them back",
                err.found_version,
                STORAGE_VERSION,
                kept,
            )
            return
        except (AttributeError, KeyError, NotImplementedError, TypeError) as err:
            # Home Assistant looks at JSON alone, and not at whether it is a file of storage.
            kept = await self._async_put_aside("unreadable")
            LOGGER.warning(
                "What is stored as turns is no file of storage (%s); it was kept as %s, and counting begins anew",
                type(err).__name__,
                kept,
            )
            return
        if stored is None:
            return
        try:
            read = Reader.of("storage", stored)
            budgets = BudgetBook.from_reader(read.part("budgets"))
            agents = read.part("agents").data
            self._ledgers = {key: Ledger.from_dict(key, data, local_date) for key, data in agents.items()}
            self._budgets = budgets
        except UnreadableRecord as err:
            kept = await self._async_put_aside("unreadable")
            LOGGER.warning(
                "The turns in storage cannot be read (%s); they were kept as %s, and counting begins anew", err, kept
            )

    @callback
    def ledger(self, agent_id: str) -> Ledger:
        """Return an agent's ledger; for a new one counting begins now."""
        if (ledger := self._ledgers.get(agent_id)) is None:
            ledger = self._ledgers[agent_id] = Ledger(agent_id=agent_id, since=dt_util.utcnow().timestamp())
            self.changed()
        return ledger

    @callback
    def close_all_but(self, agent_ids: Collection[str]) -> None:
        """Keep of agents that are gone the sums of their days: nobody asks for their turns one by one any more."""
        for agent_id, ledger in self._ledgers.items():
            if agent_id not in agent_ids and ledger.close_before(inf, local_date):
                self.changed()

    @property
    def ledgers(self) -> Mapping[str, Ledger]:
        """The ledgers by agent id; those of agents that are gone are among them, as what they spent is spent."""
        return self._ledgers

    @property
    def budgets(self) -> BudgetBook:
        """What was told of budgets, and allowed."""
        return self._budgets

    @callback
    def keep_budgets(self, budgets: BudgetBook) -> None:
        """Keep what was told and allowed, and write it down at once: automations act on it once only."""
        self._budgets = budgets
        self.write()

    @callback
    def write(self) -> None:
        """Have everything written down at once; call it after what not even a kill may take back."""
        if not self._closed:
            self._unsaved = True
            self._store.async_delay_save(self._data_to_save, 0)

    @callback
    def changed(self) -> None:
        """Have the ledgers written down soon; call it after every other change."""
        # Each call of `async_delay_save` would put the write off again, without end in a busy house.
        if not (self._unsaved or self._closed):
            self._unsaved = True
            self._store.async_delay_save(self._data_to_save, SAVE_DELAY)

    async def async_close(self) -> None:
        """Write down what is not yet, and nothing from here on; safe to call twice."""
        self._closed = True
        if self._unsaved or self._writes:
            # Another thread may be writing still: the next to load the file must not come before the end of that.
            self._writes = False
            await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()

    def _data_to_save(self) -> dict[str, Any]:
        """Return what is written. Runs in another thread; what changes from here on asks for a write of its own."""
        self._writes = True
        return self._data()

    def _data(self) -> dict[str, Any]:
        """Return all that is kept."""
        self._unsaved = False
        agents = {agent_id: ledger.to_dict() for agent_id, ledger in list(self._ledgers.items())}
        return {"agents": agents, "budgets": self._budgets.to_dict()}

    async def _async_put_aside(self, why: str) -> str:
        """Rename the file, so that nothing overwrites it, and return its new name."""
        path = Path(self._store.path)
        kept = path.with_name(f"{path.name}.{why}.{dt_util.utcnow():%Y%m%dT%H%M%S}")
        rename: Callable[[Path], Path] = path.rename
        await self._hass.async_add_executor_job(rename, kept)
        return kept.name
