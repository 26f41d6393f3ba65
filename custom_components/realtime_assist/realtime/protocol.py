"""The realtime protocol's core: it is fed messages and commands, and asked for events and messages; it never waits.

After every call of `receive_message`, of a command or of `handle_timeout` you must send `messages_to_send()` in order,
process `events_received()`, and call `handle_timeout(now)` once `deadline` has passed. Times are seconds of any clock
that only goes forward.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import logging
from typing import Any

from .client_events import input_audio_buffer_append
from .conversation_items import ConversationItem
from .dialects import GA, Dialect
from .input_events import InputAudioBufferCommitted
from .outbox import Outbox
from .response_events import ResponseCreated, ResponseDone
from .server_events import (
    Anomaly,
    AnomalyKind,
    ErrorEvent,
    RateLimitsUpdated,
    ServerEvent,
    SessionCreated,
    parse_server_event,
)
from .session_config import SessionConfig, changed_fields
from .side_responses import SideResponses
from .state import (
    BufferState,
    BufferTrigger,
    ResponseState,
    ResponseTrigger,
    SessionState,
    SessionTrigger,
    buffer_machine,
    response_machine,
    session_machine,
)

_LOGGER = logging.getLogger(__name__)

# The code of a response.create that came while a response that nobody asked for was starting: that one is the answer.
_ALREADY_ACTIVE = "conversation_already_has_active_response"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long the server may be silent, in seconds."""

    first_event: float = 10.0
    """From the upgrade to `session.created`, and from `response.create` to `response.created`."""
    silence: float = 15.0
    """Between two events of a response."""


class Waiting(StrEnum):
    """What the server was waited for."""

    SESSION = "session"
    RESPONSE = "response"
    SIDE_RESPONSE = "side_response"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimitReached:
    """The server was silent for too long. The core has given up what it waited for."""

    waiting: Waiting
    request: str | None = None
    """The tag of the side response that was waited for."""


class Command(StrEnum):
    """A command that the server may refuse."""

    UPDATE_SESSION = "session.update"
    COMMIT_AUDIO = "input_audio_buffer.commit"
    CREATE_RESPONSE = "response.create"
    CANCEL_RESPONSE = "response.cancel"
    CREATE_SIDE_RESPONSE = "side_response"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused:
    """The server said no to a command of ours; the core has taken it back."""

    command: Command
    error_type: str | None
    code: str | None
    request: str | None = None
    """The tag of the side response that was refused."""


type ProtocolEvent = ServerEvent | TimeLimitReached | CommandRefused


class RealtimeProtocol:
    """One session on one socket.

    The default conversation runs at most one response at a time; side responses are out of band, run beside it, and
    are told apart by their request tag.
    """

    def __init__(self, *, now: float, dialect: Dialect = GA, limits: Limits = Limits()) -> None:
        self._dialect = dialect
        self._limits = limits
        self._session = session_machine()
        self._response = response_machine()
        self._buffer = buffer_machine()
        self._known_session: dict[str, Any] | None = None
        self._active_response: str | None = None
        self._side = SideResponses()
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
    def committing(self) -> bool:
        """Return whether a commit is out that the server has not confirmed."""
        return self._buffer.state is BufferState.COMMITTING

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
        event = parse_server_event(message, self._dialect.event_names)
        if isinstance(event, Anomaly):
            self._count(event)
        if event is None or isinstance(event, Anomaly):
            self._show_life(now)
            return
        _LOGGER.debug("< %s [%d bytes]", type(event).__name__, len(message))
        if (anomaly := self._advance(event, now)) is not None:
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
        session = self._dialect.session(config)
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
        self._outbox.add("input_audio_buffer.commit", refusable=Command.COMMIT_AUDIO)

    def clear_audio(self) -> None:
        """Forget the buffered audio."""
        self._buffer.fire(BufferTrigger.CLEAR)
        self._outbox.add("input_audio_buffer.clear")

    def create_item(self, item: ConversationItem, *, after: str | None = None) -> str:
        """Add an item and return its id; `after` is the id that it follows, `root` is the beginning."""
        item_id = self._outbox.new_id("item")
        fields: dict[str, Any] = {"item": item.to_wire(item_id)}
        if after is not None:
            fields["previous_item_id"] = after
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
            response={**response, "conversation": "none", "metadata": {"request": tag}},
            refusable=tag,
        )
        self._deadlines[tag] = now + self._limits.first_event
        return tag

    def cancel_side_response(self, tag: str) -> None:
        """Stop a side response; a tag that is over is passed by."""
        self._deadlines.pop(tag, None)
        if (response_id := self._side.forget(tag)) is not None:
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
                if not self._buffer.observe(BufferTrigger.COMMITTED):
                    return Anomaly(AnomalyKind.UNEXPECTED, "input_audio_buffer.committed")
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
        self._keep_waiting(now)
        self._events.append(event)
        return None

    def _side_response_created(self, event: ResponseCreated, tag: str, now: float) -> Anomaly | None:
        if tag not in self._side:
            # It was given up before it had an id to be cancelled by. It must not pass for the answer to a user.
            self._outbox.add("response.cancel", response_id=event.response_id)
            return Anomaly(AnomalyKind.UNEXPECTED, "response.created")
        self._side.started(tag, event.response_id)
        self._deadlines[tag] = now + self._limits.silence
        self._events.append(event)
        return None

    def _response_output(self, event: ServerEvent, response_id: str, now: float) -> Anomaly | None:
        if response_id == self._active_response:
            self._keep_waiting(now)
            if self._response.state is ResponseState.CANCELLING:
                return None  # Trailing output of a cancelled answer is nobody's.
        elif (tag := self._side.find(response_id)) is not None:
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
        refused = self._outbox.refused(event.client_event_id)
        if refused is None or (refused == Command.CREATE_RESPONSE and event.code == _ALREADY_ACTIVE):
            self._events.append(event)
            return
        command, request = (Command(refused), None) if refused in Command else (Command.CREATE_SIDE_RESPONSE, refused)
        if command is Command.UPDATE_SESSION:
            self._known_session = None
        elif command is Command.COMMIT_AUDIO:
            self._buffer.observe(BufferTrigger.REFUSED)
        elif request is not None:
            self._side.forget(request)
            self._deadlines.pop(request, None)
        elif self._is_settled_by(command) and self._response.observe(ResponseTrigger.REFUSED):
            self._active_response = None
            self._deadlines.pop(Waiting.RESPONSE, None)
        self._events.append(
            CommandRefused(command=command, error_type=event.error_type, code=event.code, request=request)
        )

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
        self.anomalies[f"{anomaly.kind} {anomaly.event_type}".rstrip()] += 1
        _LOGGER.debug("! %s %s", anomaly.kind, anomaly.event_type)
