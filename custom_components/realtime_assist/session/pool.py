"""A session for each conversation."""

from collections.abc import Callable

from .session import RealtimeSession


class SessionPool:
    """The open sessions, by conversation id."""

    def __init__(self, factory: Callable[[], RealtimeSession], *, spare: bool = False, max_sessions: int = 16) -> None:
        self._factory = factory
        self._spare_wanted = spare
        self._max_sessions = max_sessions
        self._sessions: dict[str, RealtimeSession] = {}

    def __len__(self) -> int:
        """Return how many sessions are kept."""
        return len(self._sessions)

    def __contains__(self, conversation_id: object) -> bool:
        """Return whether a conversation has a session."""
        return conversation_id in self._sessions

    def session(self, conversation_id: str) -> RealtimeSession:
        """Return the conversation's session, a new one where it has none."""
        if (session := self._sessions.get(conversation_id)) is None:
            session = self._sessions[conversation_id] = self._factory()
        return session

    async def close(self, conversation_id: str) -> None:
        """End a conversation's session; one that is unknown is passed by."""
        if (session := self._sessions.pop(conversation_id, None)) is not None:
            await session.close()

    async def close_all(self) -> None:
        """End every session."""
        for conversation_id in list(self._sessions):
            await self.close(conversation_id)
