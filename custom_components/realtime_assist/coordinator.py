"""What an account keeps while it is loaded: its endpoint, and for each agent what its entities share."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
import logging

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.chat_session import ChatSession, current_session
from homeassistant.util import dt as dt_util
from homeassistant.util.ssl import get_default_context

from .account_options import AccountOptions
from .budget import Budgets
from .const import CONF_PROVIDER, LOGGER
from .conversation_sessions import ConversationSessions
from .end_of_speech import ListeningLimits
from .figures import Figures, figures
from .foresight import Foresight
from .handover import Handover
from .insight import Fallback, Rung
from .issues import show_failures
from .last_turns import LastTurns
from .model_options import AgentOptions
from .pipeline_run import find_pipeline_run
from .realtime import DIALECTS, Endpoint, SessionConfig, TranscriptionUsage, Usage
from .realtime.catalog import NO_SHUTDOWN_DATES, PriceCard, ShutdownDates, TranscriptionCard
from .realtime.pricing import cost, transcription_cost
from .realtime.providers import PROVIDERS, Provider
from .session import (
    Clock,
    Connection,
    ConnectionLost,
    Ladder,
    LadderExhausted,
    RealtimeSession,
    Rung as ModelRung,
    SessionError,
    SessionLimits,
    Stamp,
    Turn,
)
from .session_settings import new_session
from .session_watch import SessionWatch
from .speech_requests import speech_endpoint
from .spending import SpendingAction, economy_ladder
from .store import LedgerStore
from .turn_log import TurnLog
from .turn_records import TurnContext, turn_record

type RealtimeConfigEntry = ConfigEntry[RealtimeData]


class AgentCoordinator:
    """One agent: its sessions, and the turns on their way between its entities."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: RealtimeConfigEntry,
        subentry: ConfigSubentry,
        endpoint: Endpoint,
        store: LedgerStore,
        *,
        budgets: Budgets,
    ) -> None:
        self.hass = hass
        self.entry = entry
        self.subentry = subentry
        self.endpoint = endpoint
        self._speech = speech_endpoint(hass, endpoint)
        self.options = AgentOptions.from_subentry(subentry.data)
        self.limits = SessionLimits()
        self.anomalies: Counter[str] = Counter()
        """What servers did that nobody expected, and how often."""
        self.listening_limits = ListeningLimits()
        self.clock: Clock = hass.loop
        self._budgets = budgets
        self.ladder = Ladder(self.options.rungs(), hass.loop)
        self.handover = Handover(hass)
        self.foresight = Foresight(hass, subentry.subentry_id, DIALECTS[endpoint.dialect])
        self.last_turns = LastTurns()
        self._sessions = ConversationSessions(
            hass,
            entry,
            self._new_session,
            self.options,
            paid_by_time=PROVIDERS[Provider(entry.data[CONF_PROVIDER])].paid_by_time,
            is_frugal=lambda: self._is_frugal,
            forget=self._forget,
        )
        self.pool = self._sessions.pool
        self.turn_log = TurnLog(
            hass, subentry.subentry_id, store, record_days=lambda: self._account_options.record_days
        )
        self.session_watch = SessionWatch(self.clock, ended=self.turn_log.session_ended)
        self._listeners: list[Callable[[], None]] = []
        self._account_was_usable = True
        self._closed = False
        self._figures: tuple[tuple[int, ModelRung], Figures] | None = None

    @callback
    def apply(self, subentry: ConfigSubentry) -> None:
        """Take over what the agent is set to; conversations that have begun keep what they began with."""
        self.subentry = subentry
        options = AgentOptions.from_subentry(subentry.data)
        if options != self.options:
            self.options = options
            self.ladder = Ladder(options.rungs(), self.hass.loop)
            self._sessions.configure(options)
            self._show_failures()
        for listener in list(self._listeners):
            listener()

    @callback
    def listen(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back whenever the agent may have been changed; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def present_options(self) -> AgentOptions:
        """What the present conversation goes by: what the agent was set to when it began."""
        chat_session = current_session.get()
        return self._sessions.options_of(None if chat_session is None else chat_session.conversation_id)

    @property
    def busy(self) -> bool:
        """Whether somebody is being listened to or answered."""
        return self.session_watch.in_use or any(
            find_pipeline_run(self.hass, conversation_id) is not None
            for conversation_id in self._sessions.conversation_ids
        )

    def _new_session(self, voice: str | None) -> RealtimeSession:
        """Return a session that is connected when it is first needed; `voice` is the agent's own one for None."""
        session = RealtimeSession(
            self._dial,
            self._present_ladder,
            self.session_config(voice),
            adapt=self.options.adapt,
            clock=self.clock,
            limits=self.limits,
            dialect=DIALECTS[self.endpoint.dialect],
            speak=None if self._speech is None else self._speech.speak,
            used=lambda model, usage: self._read_aloud(session, model, usage),
            transcribed=partial(self._transcribed, self.present_options.transcription_model),
            anomalies=self.anomalies,
        )
        return session

    @callback
    def turn_begins(self) -> None:
        """Give the present conversation another session where its own is dearer, or poorer, than the next turn may be.

        What was said is told to the new one. To be called where a turn begins, and nowhere in the middle of one.
        """
        self._sessions.turn_begins()

    @callback
    def session(self, chat_session: ChatSession) -> RealtimeSession:
        """Return a conversation's session, which lives no longer than the conversation. Raises TooManySessions."""
        return self._sessions.session(chat_session)

    @callback
    def _forget(self, conversation_id: str) -> None:
        """Forget a conversation that is over."""
        self.handover.forget(conversation_id)
        self.foresight.forget(conversation_id)

    @asynccontextmanager
    async def present_session(self, voice: str | None = None) -> AsyncGenerator[RealtimeSession]:
        """Lend the present conversation's session; where there is none, or it has another voice, one for this once."""
        self.session_watch.lent()
        try:
            async with self._sessions.lend(voice) as session:
                yield session
        finally:
            self.session_watch.returned()

    @callback
    def _read_aloud(self, session: RealtimeSession, model: str, usage: Usage) -> None:
        """Count what a session has used for a text that is part of no turn."""
        self.turn_log.read_aloud(model, session.config.voice, usage, cost(usage, self.prices(model)))

    @callback
    def _transcribed(self, model: str, usage: TranscriptionUsage) -> None:
        """Count what it took to write down speech that was no turn's any more by then."""
        self.turn_log.transcribed(usage, transcription_cost(usage, self.transcription_prices(model)))

    def session_config(self, voice: str | None = None) -> SessionConfig:
        """Return the configuration of a session in which nothing has been said yet; `voice` is the agent's own one."""
        return new_session(self.hass, self.options, voice)

    def prices(self, model_id: str) -> PriceCard:
        """Return what a model's tokens cost this account, with the user's own prices."""
        return self._account_options.price_card(model_id, self.endpoint)

    def transcription_prices(self, model_id: str) -> TranscriptionCard:
        """Return what a transcription model's work costs this account, with the user's own prices."""
        return self._account_options.transcription_card(model_id, self.endpoint)

    @property
    def spending_action(self) -> SpendingAction | None:
        """What the owner wants of the next turn, as a budget is used up; None while none is."""
        return self._budgets.action(self.subentry.subentry_id)

    @property
    def _is_frugal(self) -> bool:
        """Whether the economy model is wanted."""
        return self.spending_action is SpendingAction.ECONOMY

    @property
    def _present_ladder(self) -> Ladder:
        """The ladder of a session that is made now: from the economy model down where that is what a budget leaves."""
        if not self._is_frugal:
            return self.ladder
        return economy_ladder(self.ladder, self.options, self._account_options.economy_model)

    @property
    def _account_options(self) -> AccountOptions:
        """Return what the account is set to now."""
        return AccountOptions.from_entry(self.entry.options)

    @callback
    def report(self, err: SessionError) -> None:
        """Take note of a failure: the log gets its code, and a refused key asks the user for another."""
        # What keeps the whole account from answering is said once, not with every turn.
        level = logging.WARNING if self._account_was_usable else logging.DEBUG
        LOGGER.log(level, "%s: the realtime session failed: %s", self.subentry.title, err.code)
        if err.reauth or (isinstance(err, LadderExhausted) and err.cause is not None and err.cause.reauth):
            self.entry.async_start_reauth(self.hass)
        self._show_failures()

    @callback
    def _show_failures(self, *, answered: bool = False) -> None:
        """Show among the repairs what the user has to look after, and take back what is well again."""
        show_failures(self.hass, self.entry, self.subentry, self.ladder, answered=answered)
        if self.account_usable == self._account_was_usable:
            return
        self._account_was_usable = self.account_usable
        if (error := self.ladder.account.error) is None:
            LOGGER.info("%s: its account may be used again", self.subentry.title)
        else:
            LOGGER.warning("%s: its account cannot be used (%s); fallbacks stand in", self.subentry.title, error.code)

    @callback
    def turn_ended(
        self,
        turn: Turn,
        *,
        conversation_id: str,
        language: str | None,
        satellite: str | None,
        fallbacks: Sequence[Fallback] = (),
        rung: Rung | None = None,
        cancelled: bool = False,
    ) -> None:
        """Take note of a turn that has ended, once for each, in whatever way it did.

        `fallbacks` are those below the models, and `rung` what answered where it was none of the models.
        """
        options = self._sessions.options_of(conversation_id)
        age = self.clock.time() - turn.timings.stamps[Stamp.BEGUN]
        context = TurnContext(
            agent_id=self.subentry.subentry_id,
            started_at=dt_util.utcnow().timestamp() - age,
            wanted_model=options.rungs()[0].model,
            transcription_model=options.transcription_model,
            language=language,
            satellite=satellite,
            rung=rung,
            cancelled=cancelled,
        )
        self.turn_log.turn_ended(turn_record(turn, context, self, fallbacks), conversation_id)
        self._show_failures(answered=rung is None and turn.rung is not None and turn.error is None and not cancelled)

    @callback
    def fell_back(self, fallback: Fallback, conversation_id: str | None) -> None:
        """Take note of a fallback that is part of no turn: of another speech-to-text or text-to-speech."""
        self.turn_log.fell_back(fallback, conversation_id)

    @property
    def figures(self) -> Figures:
        """What the agent's sensors show now; all of them look at the same."""
        wanted = self.ladder.rungs[0]
        key = (self.turn_log.num_changes, wanted)
        if self._figures is None or self._figures[0] != key:
            self._figures = key, figures(self.turn_log.ledger, dt_util.utcnow(), wanted)
        return self._figures[1]

    @property
    def account_usable(self) -> bool:
        """Whether nothing is known that would keep every model of the account from answering."""
        return self.ladder.account.error is None

    async def async_stop(self, _: Event) -> None:
        """Close what is open, as Home Assistant stops without unloading anything."""
        await self.async_shutdown()

    async def async_shutdown(self) -> None:
        """Close what is open, for good."""
        self._closed = True
        self.handover.close()
        await self._sessions.close_all()

    async def _dial(self, model: str) -> Connection:
        """Open a WebSocket to one of the agent's models. Raises SessionError."""
        if self._closed:
            # A run that is still going would have the reason why it broke off read aloud.
            raise ConnectionLost("closed")
        connection = await self.session_watch.dial(
            Connection.dial(self.endpoint, model, ssl_context=get_default_context(), time_limit=self.limits.connect)
        )
        self.entry.async_create_background_task(
            self.hass, self.session_watch.until_closed(connection), f"realtime session of {model} watched"
        )
        return connection


@dataclass(slots=True, kw_only=True)
class RealtimeData:
    """An account while it is loaded."""

    endpoint: Endpoint
    agents: dict[str, AgentCoordinator]
    """By subentry id."""
    budgets: Budgets
    store: LedgerStore
    """The agents' figures while Home Assistant is not running."""
    announced: ShutdownDates = NO_SHUTDOWN_DATES
    """What the account's server says of its models' ends."""
