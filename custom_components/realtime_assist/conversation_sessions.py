"""Which session a conversation has, for how long, and by which options it goes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.chat_session import ChatSession, current_session

from .idle_sessions import IdleSessions
from .model_options import AgentOptions
from .session import RealtimeSession, SessionPool, TooManySessions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """What a conversation's session was begun with."""

    options: AgentOptions
    frugal: bool


class ConversationSessions:
    """The sessions of one agent's conversations, and those that are lent for a single text or a single turn.

    `new_session` makes a session with a voice, the agent's own one for None; `is_frugal` says whether the economy model
    is wanted now, and `forget` is told of a conversation that is over.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        new_session: Callable[[str | None], RealtimeSession],
        options: AgentOptions,
        *,
        paid_by_time: bool,
        is_frugal: Callable[[], bool],
        forget: Callable[[str], None],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._new_session = new_session
        self._options = options
        self._paid_by_time = paid_by_time
        self._is_frugal = is_frugal
        self._forget = forget
        self.pool = SessionPool(lambda: new_session(None), spare=self._wants_spare, max_sessions=options.max_sessions)
        self._idle = IdleSessions(hass, is_busy=self.pool.is_busy, close=self._close)
        self._begun: dict[str, _Begun] = {}
        self._spare_is_frugal = False
        self._lone: set[RealtimeSession] = set()

    @property
    def conversation_ids(self) -> tuple[str, ...]:
        """The conversations that have begun and are not over."""
        return tuple(self._begun)

    def options_of(self, conversation_id: str | None) -> AgentOptions:
        """Return what a conversation goes by: what the agent was set to when its session was made."""
        begun = self._begun.get(conversation_id or "")
        return self._options if begun is None else begun.options

    @callback
    def configure(self, options: AgentOptions) -> None:
        """Take over what the agent is set to; conversations that have begun keep what they began with."""
        self._options = options
        self._renew_spare()

    @callback
    def turn_begins(self) -> None:
        """Give the present conversation another session where its own is dearer, or poorer, than the next turn may be.

        What was said is told to the new one. To be called where a turn begins, and nowhere in the middle of one.
        """
        chat_session = current_session.get()
        if chat_session is None or (begun := self._begun.get(chat_session.conversation_id)) is None:
            return
        if begun.frugal != self._is_frugal():
            self._close(chat_session.conversation_id)

    @callback
    def session(self, chat_session: ChatSession) -> RealtimeSession:
        """Return a conversation's session, which lives no longer than the conversation. Raises TooManySessions."""
        conversation_id = chat_session.conversation_id
        if self._paid_by_time:
            self._idle.used(conversation_id)
        # Whichever session is asked for, the pool may make a spare one.
        if self._is_frugal() != self._spare_is_frugal:
            self._renew_spare()
        if conversation_id in self.pool:
            return self.pool.session(conversation_id)
        session = self.pool.session(conversation_id)

        @callback
        def over() -> None:
            self._begun.pop(conversation_id, None)
            self._forget(conversation_id)
            self._close(conversation_id)

        if conversation_id not in self._begun:
            chat_session.async_on_cleanup(over)
        self._begun[conversation_id] = _Begun(options=self._options, frugal=self._is_frugal())
        return session

    @asynccontextmanager
    async def lend(self, voice: str | None) -> AsyncGenerator[RealtimeSession]:
        """Lend the present conversation's session; where there is none, or it has another voice, one for this once.

        Raises TooManySessions.
        """
        session = self._present(voice)
        if session is not None:
            yield session
            return
        session = self._new_session(voice)
        self._lone.add(session)
        try:
            yield session
        finally:
            self._lone.discard(session)
            await asyncio.shield(session.close())

    async def close_all(self) -> None:
        """Close what is open."""
        self._idle.forget_all()
        await self.pool.close_all()
        for session in list(self._lone):
            await session.close()

    @callback
    def _present(self, voice: str | None) -> RealtimeSession | None:
        """Return the present conversation's session, if there is one and it has the voice. Raises TooManySessions."""
        if (chat_session := current_session.get()) is None:
            return None
        try:
            session = self.session(chat_session)
        except TooManySessions:
            if voice is None:
                raise
            # Conversations are limited. What is only read aloud is none, and may say that there are too many.
            return None
        return session if voice in {None, session.config.voice} else None

    @property
    def _wants_spare(self) -> bool:
        """Whether a session is kept warm: not where it is paid for while it waits."""
        return self._options.warm_spare and not self._paid_by_time

    @callback
    def _renew_spare(self) -> None:
        """Have the session that waits for the next conversation made of what holds now."""
        self._spare_is_frugal = self._is_frugal()
        self.pool.configure(spare=self._wants_spare, max_sessions=self._options.max_sessions)

    @callback
    def _close(self, conversation_id: str) -> None:
        """Close a conversation's session; the next one is told what was said."""
        self._idle.forget(conversation_id)
        self._entry.async_create_background_task(
            self._hass, self.pool.close(conversation_id), f"realtime session of {conversation_id} closing"
        )
