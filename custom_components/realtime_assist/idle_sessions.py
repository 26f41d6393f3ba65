"""When is a session closed that nobody uses, where a server is paid for each minute that one is open."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

# A follow-up comes within moments; a new socket that is told the conversation takes less than a second.
IDLE_SECONDS = 30.0


class IdleSessions:
    """Watches the sessions of conversations.

    `is_busy` says whether one is in use though nobody has asked for it lately; `close` is to close one.
    """

    def __init__(self, hass: HomeAssistant, is_busy: Callable[[str], bool], close: Callable[[str], None]) -> None:
        self._hass = hass
        self._is_busy = is_busy
        self._close = close
        self._timers: dict[str, CALLBACK_TYPE] = {}

    @callback
    def used(self, conversation_id: str) -> None:
        """Take note that a conversation's session has been asked for just now."""
        self.forget(conversation_id)

        @callback
        def due(_: datetime) -> None:
            del self._timers[conversation_id]
            if self._is_busy(conversation_id):
                self.used(conversation_id)
            else:
                self._close(conversation_id)

        job = HassJob(due, cancel_on_shutdown=True)
        self._timers[conversation_id] = async_call_later(self._hass, IDLE_SECONDS, job)

    @callback
    def forget(self, conversation_id: str) -> None:
        """Watch a conversation no more; one that is not watched is passed by."""
        if (cancel := self._timers.pop(conversation_id, None)) is not None:
            cancel()

    @callback
    def forget_all(self) -> None:
        """Watch nothing any more."""
        for conversation_id in list(self._timers):
            self.forget(conversation_id)
