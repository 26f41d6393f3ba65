"""What an account and its agents may spend, what of it is spent, and who is told when a threshold is crossed."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .account_options import AccountOptions
from .budget_options import limits
from .const import DOMAIN, EVENT_BUDGET, LOGGER, SUBENTRY_AGENT
from .insight import Budget, BudgetKey, BudgetPeriod, DaySums, spent_between
from .spending import SpendingAction
from .spending_issues import show_budgets
from .store import LedgerStore
from .turn_log import TurnLog

_DOLLAR_DIGITS = 6


class Budgets:
    """The budgets of one account and of its agents; days and months are those of Home Assistant's time zone.

    Everything is worked out anew from what is set and what is counted whenever somebody asks, so a limit that is raised
    and a day that begins hold at once. An agent is named by its subentry id, and the account by None.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, store: LedgerStore) -> None:
        self._hass = hass
        self._entry = entry
        self._store = store
        self._listeners: list[Callable[[], None]] = []
        self._spent: dict[tuple[str | None, BudgetPeriod], tuple[date, list[DaySums], Decimal]] = {}
        """What was added up last, of which sums, and on which day."""

    @callback
    def start(self, logs: Iterable[TurnLog]) -> CALLBACK_TYPE:
        """Look now, and whenever something is counted or an hour begins; return what ends that."""
        ends = [log.listen(self.look) for log in logs]
        self.look()

        @callback
        def stop() -> None:
            for end in ends:
                end()
            # An account that is not loaded is held to nothing; what still holds is shown again when it is.
            show_budgets(self._hass, self._entry, ())

        return stop

    @callback
    def listen(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back whenever a budget may have changed; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def owners(self) -> tuple[str | None, ...]:
        """Whoever may have a budget: the account, and each agent."""
        agents = (key for key, sub in self._entry.subentries.items() if sub.subentry_type == SUBENTRY_AGENT)
        return (None, *agents)

    def of(self, agent_id: str | None) -> dict[BudgetPeriod, Budget]:
        """Return the budgets that are set for the account or an agent, as they stand now."""
        subentry = None if agent_id is None else self._entry.subentries.get(agent_id)
        if agent_id is not None and subentry is None:
            return {}
        set_limits = limits(self._entry.options if subentry is None else subentry.data)
        return {period: self._budget(agent_id, period, limit) for period, limit in set_limits.items()}

    def is_allowed(self, budget: Budget) -> bool:
        """Return whether the owner lets things go on beyond a limit, until its period ends."""
        return budget.key in self._store.budgets.allowed

    def action(self, agent_id: str) -> SpendingAction | None:
        """Return what is wanted of an agent's next turn; None while neither its budget nor the account's is used up."""
        budgets = (*self.of(None).values(), *self.of(agent_id).values())
        if not any(budget.reached and not self.is_allowed(budget) for budget in budgets):
            return None
        return AccountOptions.from_entry(self._entry.options).at_limit

    @callback
    def allow(self, key: BudgetKey) -> None:
        """Let things go on beyond a limit until its period ends."""
        self._store.keep_budgets(self._store.budgets.allow(key))
        self.look()

    @callback
    def look(self) -> None:
        """Tell the thresholds that have been crossed, show what is used up, and wake whoever shows budgets."""
        budgets = [budget for owner in self.owners for budget in self.of(owner).values()]
        book = self._store.budgets.without_old(dt_util.now().date())
        crossed: list[tuple[Budget, int]] = []
        for budget in budgets:
            book, thresholds = book.tell(budget)
            crossed.extend((budget, threshold) for threshold in thresholds)
        if book != self._store.budgets:
            self._store.keep_budgets(book)
        for budget, threshold in crossed:
            self._fire(budget, threshold)
        used_up = [budget for budget in budgets if budget.reached and not self.is_allowed(budget)]
        show_budgets(self._hass, self._entry, used_up)
        for listener in list(self._listeners):
            listener()

    def _budget(self, agent_id: str | None, period: BudgetPeriod, limit: Decimal) -> Budget:
        """Return a budget as it stands now."""
        today = dt_util.now().date()
        key = BudgetKey(agent_id=agent_id, period=period, begin=period.begin(today))
        sums = [ledger.days for owner, ledger in self._store.ledgers.items() if agent_id in {None, owner}]
        # Every entity asks after every turn, while a ledger's days are other ones only once something is counted.
        known = self._spent.get((agent_id, period))
        if known is None or known[:2] != (today, sums):
            known = today, sums, spent_between(sums, key.begin, today)
            self._spent[agent_id, period] = known
        return Budget(key=key, limit=limit, spent=known[2])

    @callback
    def _fire(self, budget: Budget, threshold: int) -> None:
        """Tell automations that a threshold was crossed."""
        agent_id = budget.key.agent_id
        agent = None
        if agent_id is not None:
            unique_id = f"{agent_id}_{Platform.CONVERSATION}"
            agent = er.async_get(self._hass).async_get_entity_id(Platform.CONVERSATION, DOMAIN, unique_id)
        name = self._entry.title if agent_id is None else self._entry.subentries[agent_id].title
        LOGGER.info("%s has spent %d percent of its budget for the %s", name, threshold, budget.key.period)
        data = {
            "scope": "account" if agent_id is None else "agent",
            "name": name,
            "agent": agent,
            "entry_id": self._entry.entry_id,
            "period": budget.key.period.value,
            "limit": float(budget.limit),
            "spent": float(round(budget.spent, _DOLLAR_DIGITS)),
            "percent": threshold,
        }
        self._hass.bus.async_fire(EVENT_BUDGET, data)
