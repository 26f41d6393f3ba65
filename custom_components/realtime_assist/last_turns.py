"""What a satellite was answered last, which ends when somebody speaks to it again."""

from homeassistant.core import callback

from .session import RealtimeSession, Turn


class LastTurns:
    """The last turn of each satellite, in whichever conversation that was."""

    def __init__(self) -> None:
        self._turns: dict[str, tuple[RealtimeSession, Turn]] = {}

    @callback
    def interrupt(self, satellite: str | None, session: RealtimeSession) -> None:
        """Stop what a satellite is being told in any other session than the one that begins a turn there.

        A session ends its own turns.
        """
        if satellite is None or (last := self._turns.get(satellite)) is None:
            return
        last_session, turn = last
        if last_session is not session:
            del self._turns[satellite]
            last_session.interrupt(turn)

    @callback
    def begun(self, satellite: str | None, session: RealtimeSession, turn: Turn) -> None:
        """Take note of a satellite's turn."""
        if satellite is not None:
            self._turns[satellite] = session, turn
