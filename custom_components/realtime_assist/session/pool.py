"""A session for each conversation, one more that is warm, and no more than there may be."""

import asyncio
from collections.abc import Callable

from .exceptions import TooManySessions
from .session import RealtimeSession


class SessionPool:
    """The open sessions, by conversation id.

    With `spare` a session that is connected and configured waits for the next conversation.
    """

    def __init__(self, factory: Callable[[], RealtimeSession], *, spare: bool = False, max_sessions: int = 16) -> None:
        self._factory = factory
        self._spare_wanted = spare
        self._max_sessions = max_sessions
        self._spare: RealtimeSession | None = None
        # Least recently used first.
        self._sessions: dict[str, RealtimeSession] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Return how many conversations have a session."""
        return len(self._sessions)

    def __contains__(self, conversation_id: object) -> bool:
        """Return whether a conversation has a session."""
        return conversation_id in self._sessions

    @property
    def has_spare(self) -> bool:
        """Return whether a session waits for the next conversation."""
        return self._spare is not None

    def is_busy(self, conversation_id: str) -> bool:
        """Return whether somebody uses the session that a conversation has."""
        session = self._sessions.get(conversation_id)
        return session is not None and session.busy

    def configure(self, *, spare: bool, max_sessions: int) -> None:
        """Take over what is wanted now; a spare of before is replaced, as the factory may make others now."""
        self._spare_wanted = spare
        self._max_sessions = max_sessions
        had_spare, self._spare = self._spare, None
        if had_spare is not None:
            self._close_later(had_spare)
            self.prepare()

    def prepare(self) -> None:
        """Connect a spare where one is wanted, none is there, and there is room; safe to call at any time."""
        if self._spare_wanted and self._spare is None and len(self._sessions) < self._max_sessions:
            self._spare = self._factory()
            self._spare.keep_ready()

    def session(self, conversation_id: str) -> RealtimeSession:
        """Return the conversation's session: its own, the spare, or a new one.

        Room is made by closing the idle session that was used longest ago. Raises TooManySessions where none is idle.
        """
        if (session := self._sessions.pop(conversation_id, None)) is None:
            self._make_room()
            session, self._spare = self._spare or self._factory(), None
        self._sessions[conversation_id] = session
        self.prepare()
        return session

    async def close(self, conversation_id: str) -> None:
        """End a conversation's session; one that is unknown is passed by. There may be room for a spare then."""
        if (session := self._sessions.pop(conversation_id, None)) is not None:
            await session.close()
            self.prepare()

    async def close_all(self) -> None:
        """End every session."""
        self._spare_wanted = False
        spare, self._spare = self._spare, None
        if spare is not None:
            await spare.close()
        for conversation_id in list(self._sessions):
            await self.close(conversation_id)
        if self._closing:
            await asyncio.wait(self._closing)

    def _make_room(self) -> None:
        """Close an idle session where there are as many as may be. Raises TooManySessions."""
        if len(self._sessions) < self._max_sessions:
            return
        idle = next((known for known, session in self._sessions.items() if not session.busy), None)
        if idle is None:
            raise TooManySessions
        self._close_later(self._sessions.pop(idle))

    def _close_later(self, session: RealtimeSession) -> None:
        """Close a session in the background."""
        closing = asyncio.create_task(session.close(), name="realtime session closing")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
