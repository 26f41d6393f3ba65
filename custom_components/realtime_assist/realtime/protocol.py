"""The realtime protocol's core: it is fed messages and commands, and asked for events and messages; it never waits.

After every call of `receive_message`, of a command or of `handle_timeout` you must send `messages_to_send()` in order,
process `events_received()`, and call `handle_timeout(now)` once `deadline` has passed. Times are seconds of any clock
that only goes forward.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
import logging
from typing import Any

from .anomalies import count
from .arrivals import Arrivals
from .audio import WIRE, silence
from .client_events import input_audio_buffer_append
from .conversation_items import ConversationItem
from .dialects import GA, Dialect
from .input_events import InputAudioBufferCommitted
from .outbox import Outbox
from .protocol_events import Command, CommandRefused, Limits, ProtocolEvent, TimeLimitReached, Waiting
from .response_events import ResponseCreated, ResponseDone, ResponseOutputItemAdded, ResponseOutputItemDone
from .server_events import (
    Anomaly,
    AnomalyKind,
    ErrorEvent,
    Ping,
    RateLimitsUpdated,
    ServerEvent,
    SessionCreated,
    parse_server_event,
)
from .session_config import SessionConfig
from .session_shapes import changed_fields
from .side_responses import SideResponses
from .state import (
    AnswerState,
    AnswerTrigger,
    BufferState,
    BufferTrigger,
    ResponseState,
    ResponseTrigger,
    SessionState,
    SessionTrigger,
    answer_machine,
    buffer_machine,
    response_machine,
    session_machine,
)

_LOGGER = logging.getLogger(__name__)

# The code of a response.create that came while a response that nobody asked for was starting: that one is the answer.
_ALREADY_ACTIVE = "conversation_already_has_active_response"
# What is refused where the error does not name the event: these codes are about one command alone.
_COMMANDS_BY_CODE = {
    _ALREADY_ACTIVE: Command.CREATE_RESPONSE,
    "input_audio_buffer_commit_empty": Command.COMMIT_AUDIO,
    "response_cancel_not_active": Command.CANCEL_RESPONSE,
}
DEFAULT_LIMITS = Limits()
# What a server's own turn detection takes for the end of speech, whatever it is set to.
_END_OF_SPEECH = silence(1.5, WIRE)


class RealtimeProtocol:
    """One session on one socket.

    The default conversation runs at most one response at a time; side responses are out of band, run beside it, and
    are told apart by their request tag.
    """

    def __init__(self, *, now: float, dialect: Dialect = GA, limits: Limits = DEFAULT_LIMITS) -> None:
        self._dialect = dialect
        self._limits = limits
        self._session = session_machine()
        self._response = response_machine()
        self._buffer = buffer_machine()
        self._known_session: dict[str, Any] | None = None
        self._active_response: str | None = None
        self._side = SideResponses()
        self._arrivals = Arrivals()
        self._detects_turns = False
        self._answer = answer_machine()
        self._outbox = Outbox()
        self._events: list[ProtocolEvent] = []
        self._deadlines: dict[str, float] = {Waiting.SESSION: now + limits.first_event}
        self.anomalies: Counter[str] = Counter()
        """How often each odd message came, by kind and event type."""

    # What is asked

    @property
    def dialect(self) -> Dialect:
        """Return the server's way of saying things, and what it cannot do."""
        return self._dialect

    @property
    def session_state(self) -> SessionState:
        """Return where the session is."""
        return self._session.state

    @property
    def response_state(self) -> ResponseState:
        """Return where the default conversation's response is."""
        return self._response.state

    @property
    def commits(self) -> bool:
        """Return whether a commit ends the user's speech; where not, the server's own turn detection has the word."""
        return self._dialect.commits and (self._dialect.commits_under_turn_detection or not self._detects_turns)

    @property
    def committing(self) -> bool:
        """Return whether a commit is out that the server has not confirmed."""
        return self._buffer.state in {BufferState.COMMITTING, BufferState.REFILLING}

    @property
    def _clear_would_cancel(self) -> bool:
        """Return whether the server takes a clear for the wish not to be answered."""
        if self._answer.state is AnswerState.GIVEN:
            return self._response.state is not ResponseState.IDLE
        return self._answer.state is AnswerState.OWED

    @property
    def deadline(self) -> float | None:
        """Return when `handle_timeout` wants to be called."""
        return min(self._deadlines.values(), default=None)

    def events_received(self) -> list[ProtocolEvent]:
        """Return what has happened since the last call."""
        events, self._events = self._events, []
        return events

    def messages_to_send(self) -> list[bytes]:
        """Return the messages to send since the last call, in order."""
        return self._outbox.take()

    # What is fed

    def receive_message(self, message: bytes, now: float) -> None:
        """Take in one WebSocket message."""
        event = parse_server_event(message, self._dialect.event_names, self._dialect.readings)
        if isinstance(event, Anomaly):
            self._count(event)
        if event is None or isinstance(event, Anomaly):
            self._show_life(now)
            return
        if isinstance(event, Ping):
            return  # The server's clock has sent it: it keeps no response alive that hangs.
        _LOGGER.debug("< %s [%d bytes]", type(event).__name__, len(message))
        for each in self._arrivals.ordered(event):
            if (anomaly := self._advance(each, now)) is not None:
                self._count(anomaly)

    def handle_timeout(self, now: float) -> None:
        """Give up what has been waited for too long."""
        for name in [name for name, deadline in self._deadlines.items() if deadline <= now]:
            del self._deadlines[name]
            if name == Waiting.SESSION:
                self._session.observe(SessionTrigger.CLOSED)
                self._events.append(TimeLimitReached(waiting=Waiting.SESSION))
            elif name == Waiting.RESPONSE:
                # The session must be replaced: whether this response still runs over there is unknown.
                self._events.append(TimeLimitReached(waiting=Waiting.RESPONSE))
            else:
                self._side.forget(name)
                self._events.append(TimeLimitReached(waiting=Waiting.SIDE_RESPONSE, request=name))

    def receive_close(self) -> None:
        """Take note that the socket is gone; there is nothing left to wait for."""
        self._session.observe(SessionTrigger.CLOSED)
        self._deadlines.clear()

    # Commands

    def update_session(self, config: SessionConfig) -> bool:
        """Make the session what the configuration says; return whether there was anything to say."""
        adapted = self._dialect.adapted(config)
        session = self._dialect.session(adapted)
        self._detects_turns = adapted.turn_detection is not None
        changed = changed_fields(session, self._known_session)
        self._known_session = session
        if changed:
            self._outbox.add("session.update", refusable=Command.UPDATE_SESSION, session=changed)
        return bool(changed)

    def append_audio(self, pcm: bytes) -> None:
        """Append PCM16 at 24 kHz to the input audio buffer."""
        self._buffer.fire(BufferTrigger.APPEND)
        self._outbox.add_message(input_audio_buffer_append(pcm))

    def commit_audio(self) -> None:
        """Make the buffered audio a user message; the server wants at least 100 ms of it."""
        self._buffer.fire(BufferTrigger.COMMIT)
        self._speech_committed()
        if self.commits:
            self._outbox.add("input_audio_buffer.commit", refusable=Command.COMMIT_AUDIO)
        else:
            # It waits for a pause that the stream does not have.
            self._outbox.add_message(input_audio_buffer_append(_END_OF_SPEECH))

    def clear_audio(self) -> None:
        """Forget the buffered audio."""
        self._buffer.fire(BufferTrigger.CLEAR)
        if not self._clear_would_cancel:
            self._outbox.add("input_audio_buffer.clear")

    def create_item(self, item: ConversationItem, *, after: str | None = None) -> str:
        """Add an item and return its id; `after` is the id that it follows, `root` is the beginning."""
        item_id = self._outbox.new_id("item")
        fields: dict[str, Any] = {"item": self._dialect.item(item.to_wire(item_id))}
        if after is not None:
            fields["previous_item_id"] = after
        self._answer.observe(AnswerTrigger.TOLD)
        self._outbox.add("conversation.item.create", **fields)
        return item_id

    def delete_item(self, item_id: str) -> None:
        """Remove an item from the conversation."""
        self._outbox.add("conversation.item.delete", item_id=item_id)

    def truncate_item(self, item_id: str, *, audio_end_ms: int) -> None:
        """Shorten a spoken answer to what was heard of it."""
        self._outbox.add("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=audio_end_ms)

    def create_response(self, now: float) -> None:
        """Ask for an answer in the default conversation."""
        self._response.fire(ResponseTrigger.CREATE)
        if self._answer.state is AnswerState.GIVEN:
            self._answer.observe(AnswerTrigger.TOLD)
            self._outbox.add("input_audio_buffer.clear")
        if self._answer.state is AnswerState.FREE:
            self._outbox.add("response.create", refusable=Command.CREATE_RESPONSE)
        self._deadlines[Waiting.RESPONSE] = now + self._limits.first_event

    def cancel_response(self) -> bool:
        """Stop the answer of the default conversation; return False where there is none to stop."""
        if not self._response.allows(ResponseTrigger.CANCEL):
            return False
        self._response.fire(ResponseTrigger.CANCEL)
        # Without an id the server cancels whatever runs, which may be the next response already.
        fields = {} if self._active_response is None else {"response_id": self._active_response}
        self._outbox.add("response.cancel", refusable=Command.CANCEL_RESPONSE, **fields)
        return True

    def create_side_response(self, response: Mapping[str, Any], now: float) -> str:
        """Ask for an answer out of band; return the request tag that its `response.created` and `.done` will carry."""
        tag = self._outbox.new_id("side")
        self._side.request(tag)
        self._outbox.add(
            "response.create",
            response={**self._dialect.response(response), "conversation": "none", "metadata": {"request": tag}},
            refusable=tag,
        )
        self._deadlines[tag] = now + self._limits.first_event
        return tag

    def cancel_side_response(self, tag: str) -> None:
        """Stop a side response; of what it still brings only the end is told. A tag that is over is passed by."""
        self._deadlines.pop(tag, None)
        if self._side.wants(tag) and (response_id := self._side.give_up(tag)) is not None:
            self._outbox.add("response.cancel", response_id=response_id)

    # How an event moves the states

    def _advance(self, event: ServerEvent, now: float) -> Anomaly | None:
        """Move the states by an event and pass it on; return what was odd about it."""
        match event:
            case SessionCreated():
                self._deadlines.pop(Waiting.SESSION, None)
                if not self._session.observe(SessionTrigger.CREATED):
                    return Anomaly(AnomalyKind.UNEXPECTED, "session.created")
            case InputAudioBufferCommitted():
                if self._buffer.state is BufferState.EMPTY and not self._detects_turns:
                    return Anomaly(AnomalyKind.UNEXPECTED, "input_audio_buffer.committed")
                if not self.committing:
                    self._speech_committed()
                self._buffer.observe(BufferTrigger.COMMITTED)
            case ResponseCreated():
                return self._response_created(event, now)
            case ResponseDone():
                return self._response_done(event)
            case ErrorEvent():
                self._error(event)
                return None
            case RateLimitsUpdated():
                self._show_life(now)
            case _ if (response_id := getattr(event, "response_id", None)) is not None:
                return self._response_output(event, response_id, now)
        self._events.append(event)
        return None

    def _response_created(self, event: ResponseCreated, now: float) -> Anomaly | None:
        if event.request is not None:
            return self._side_response_created(event, event.request, now)
        if not self._response.observe(ResponseTrigger.CREATED):
            return Anomaly(AnomalyKind.UNEXPECTED, "response.created")
        self._active_response = event.response_id
        self._answer.observe(AnswerTrigger.ANSWERED)
        self._keep_waiting(now)
        self._events.append(event)
        return None

    def _side_response_created(self, event: ResponseCreated, tag: str, now: float) -> Anomaly | None:
        if tag in self._side:
            self._side.started(tag, event.response_id)
        if not self._side.wants(tag):
            # It was given up before it had an id to be cancelled by. It must not pass for the answer to a user.
            self._outbox.add("response.cancel", response_id=event.response_id)
            return Anomaly(AnomalyKind.UNEXPECTED, "response.created")
        self._deadlines[tag] = now + self._limits.silence
        self._events.append(event)
        return None

    def _response_output(self, event: ServerEvent, response_id: str, now: float) -> Anomaly | None:
        if response_id == self._active_response:
            self._keep_waiting(now)
            about_items = isinstance(event, ResponseOutputItemAdded | ResponseOutputItemDone)
            if self._response.state is ResponseState.CANCELLING and not about_items:
                return None  # Trailing output of a cancelled answer is nobody's; its items are in the conversation.
        elif (tag := self._side.find(response_id)) is not None:
            if not self._side.wants(tag):
                return None
            self._deadlines[tag] = now + self._limits.silence
        else:
            return Anomaly(AnomalyKind.UNEXPECTED, "response output")
        self._events.append(event)
        return None

    def _response_done(self, event: ResponseDone) -> Anomaly | None:
        tag = self._side.find(event.response_id) or (event.request if event.request in self._side else None)
        if tag is not None:
            self._side.forget(tag)
            self._deadlines.pop(tag, None)
            event = replace(event, request=tag)
        elif self._is_active(event) and self._response.observe(ResponseTrigger.DONE):
            self._active_response = None
            self._deadlines.pop(Waiting.RESPONSE, None)
        else:
            return Anomaly(AnomalyKind.UNEXPECTED, "response.done")
        self._events.append(event)
        return None

    def _is_active(self, event: ResponseDone) -> bool:
        """Return whether the event ends the default conversation's response, as one without an id does."""
        return event.request is None and event.response_id in {None, self._active_response}

    def _error(self, event: ErrorEvent) -> None:
        if event.code == "session_expired":
            self._session.observe(SessionTrigger.EXPIRED)
        refused = self._outbox.refused(event.client_event_id, _COMMANDS_BY_CODE.get(event.code or ""))
        if refused is None or (refused == Command.CREATE_RESPONSE and event.code == _ALREADY_ACTIVE):
            self._events.append(event)
            return
        command, request = (Command(refused), None) if refused in Command else (Command.CREATE_SIDE_RESPONSE, refused)
        if command is Command.UPDATE_SESSION:
            self._known_session = None
        elif command is Command.COMMIT_AUDIO:
            self._buffer.observe(BufferTrigger.REFUSED)
            self._answer.observe(AnswerTrigger.REFUSED)
        elif request is not None:
            self._side.forget(request)
            self._deadlines.pop(request, None)
        elif self._is_settled_by(command) and self._response.observe(ResponseTrigger.REFUSED):
            self._active_response = None
            self._deadlines.pop(Waiting.RESPONSE, None)
        self._events.append(
            CommandRefused(command=command, error_type=event.error_type, code=event.code, request=request)
        )

    def _speech_committed(self) -> None:
        """Take note that speech is an item now, or soon will be: some servers answer it without being asked."""
        if self._dialect.answers_commits:
            self._answer.observe(AnswerTrigger.COMMIT)

    def _is_settled_by(self, refused: Command) -> bool:
        """Return whether nothing more comes of the default conversation's response.

        A refused cancel says so only of a response that has begun: one that has not is a later request than the cancel
        was for, or one that the cancel was too early for.
        """
        return refused is Command.CREATE_RESPONSE or self._active_response is not None

    def _show_life(self, now: float) -> None:
        """Take what is no part of a response for a sign that one is being worked on."""
        if self._response.state is not ResponseState.IDLE:
            self._keep_waiting(now)

    def _keep_waiting(self, now: float) -> None:
        """Give the server another while: it has shown that it is at work."""
        limit = self._limits.first_event if self._active_response is None else self._limits.silence
        self._deadlines[Waiting.RESPONSE] = now + limit

    def _count(self, anomaly: Anomaly) -> None:
        _LOGGER.debug("! %s", count(self.anomalies, anomaly))
