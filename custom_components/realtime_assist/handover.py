"""The open turn of a pipeline run, on its way from speech-to-text to conversation to text-to-speech.

That nobody will answer a turn is known when somebody else writes an answer into the chat log, when the run's task has
ended, when the conversation goes on with other words, and for sure after a while.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.components.conversation.chat_log import async_subscribe_chat_logs
from homeassistant.components.conversation.const import ChatLogEventType
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .insight import Fallback
from .session import SessionError, Turn
from .short_answers import has_sign

# A satellite asks for an answer's audio within moments; a pipeline that plays from its cache never does.
KEEP_SECONDS = 60


@dataclass(slots=True)
class _Entry:
    turn: Turn
    expire: CALLBACK_TYPE
    unclaimed: Callable[[], None] | None
    answered: bool = False
    text: str | None = None
    """What another engine has heard in place of ours."""
    fallback: Fallback | None = None

    def dropped(self) -> None:
        """Tell whoever offered the turn that nobody answers it."""
        if not self.answered and self.unclaimed is not None:
            self.unclaimed()


class Handover:
    """At most one turn for each conversation. To be closed at the end."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._entries: dict[str, _Entry] = {}
        self._unsubscribe: CALLBACK_TYPE | None = async_subscribe_chat_logs(hass, self._chat_log_changed)

    @callback
    def offer(self, conversation_id: str, turn: Turn, unclaimed: Callable[[], None] | None = None) -> None:
        """Leave a turn of the run that the present task is; one that was left before is forgotten.

        `unclaimed` is called as soon as it is known that nobody answers the turn.
        """
        self.forget(conversation_id)

        @callback
        def expire(_: object) -> None:
            self._entries.pop(conversation_id).dropped()

        cancel = async_call_later(self._hass, KEEP_SECONDS, HassJob(expire, cancel_on_shutdown=True))
        entry = self._entries[conversation_id] = _Entry(turn, cancel, unclaimed)
        if unclaimed is not None and (task := asyncio.current_task()) is not None:
            task.add_done_callback(lambda _: self._passed_by(conversation_id, entry))

    @callback
    def _passed_by(self, conversation_id: str, entry: _Entry) -> None:
        """Drop a turn that nobody will answer any more."""
        if not entry.answered and self._entries.get(conversation_id) is entry:
            self.forget(conversation_id)

    @callback
    def _chat_log_changed(self, conversation_id: str, event_type: ChatLogEventType, data: Mapping[str, Any]) -> None:
        """Drop a turn that somebody else answers: our agent claims a turn before it writes anything."""
        entry = self._entries.get(conversation_id)
        if entry is None or event_type is not ChatLogEventType.CONTENT_ADDED:
            return
        if data["content"]["role"] != "user":
            self._passed_by(conversation_id, entry)

    @callback
    def offer_failed(
        self, conversation_id: str, turn: Turn, unclaimed: Callable[[], None], *, text: str, fallback: Fallback
    ) -> None:
        """Leave a turn whose session has failed, with what another engine has heard of it."""
        self.offer(conversation_id, turn, unclaimed)
        self._entries[conversation_id].text = text
        self._entries[conversation_id].fallback = fallback

    @callback
    def claim_failed(self, conversation_id: str, text: str) -> tuple[Turn, Fallback] | None:
        """Take the failed turn that another engine has heard the text of, and how it came to that."""
        entry = self._entries.get(conversation_id)
        if entry is None or entry.answered or entry.fallback is None or entry.text != text:
            return None
        entry.answered = True
        return entry.turn, entry.fallback

    @callback
    def failure(self, conversation_id: str) -> SessionError | None:
        """Return why the session could not answer the present turn; None where it could, or is still at it."""
        entry = self._entries.get(conversation_id)
        return entry.turn.error if entry is not None and entry.answered else None

    @callback
    def has_speech(self, conversation_id: str, text: str) -> bool:
        """Return whether there is a spoken turn to claim whose transcript the text is."""
        entry = self._entries.get(conversation_id)
        return entry is not None and not entry.answered and not entry.turn.finished and _heard(entry.turn, text)

    @callback
    def claim_speech(self, conversation_id: str, text: str) -> Turn | None:
        """Take the spoken turn whose transcript the text is; None where somebody else heard it."""
        entry = self._entries.get(conversation_id)
        if entry is None or entry.answered:
            return None
        if not self.has_speech(conversation_id, text):
            self.forget(conversation_id)
            return None
        entry.answered = True
        return entry.turn

    @callback
    def claim_answer(self, conversation_id: str, text: str, *, whole: bool) -> Turn | None:
        """Take the turn whose answer the text is, or begins where it is not `whole`; None for anybody else's text.

        Only of a short answer the whole text is known: speech of a long one must start at its first words.
        """
        entry = self._entries.get(conversation_id)
        if entry is None or not entry.answered or not _says(entry.turn, text, whole=whole):
            return None
        self.forget(conversation_id)
        return entry.turn

    @callback
    def answer(self, conversation_id: str, turn: Turn) -> None:
        """Leave a turn that is being answered for whoever will speak it."""
        self.offer(conversation_id, turn)
        self._entries[conversation_id].answered = True

    @callback
    def forget(self, conversation_id: str) -> None:
        """Drop what a conversation has left; one that left nothing is passed by."""
        if (entry := self._entries.pop(conversation_id, None)) is not None:
            entry.expire()
            entry.dropped()

    @callback
    def close(self) -> None:
        """Drop everything, and listen to chat logs no more. Safe to call twice."""
        for conversation_id in list(self._entries):
            self.forget(conversation_id)
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None


def _heard(turn: Turn, text: str) -> bool:
    """Return whether a text is what the turn's speech was written down as."""
    transcript = turn.transcript
    return transcript.done() and transcript.exception() is None and transcript.result() == text


def _says(turn: Turn, text: str, *, whole: bool) -> bool:
    """Return whether a turn's answer is, or begins with, a text and can be heard.

    Blanks do not count, as the pipeline puts some between messages.
    """
    asked, said = "".join(text.split()), "".join(turn.answer_text.split())
    silent = turn.finished and not turn.audio.num_bytes
    if silent or not (asked or has_sign(text)):
        return False
    return said == asked if whole else said.startswith(asked)
