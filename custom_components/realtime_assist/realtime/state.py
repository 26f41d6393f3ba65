"""State machines of a realtime session: every transition is in a table here.

Rule: a state changes through `Machine.fire` alone. A trigger that is missing from the table is illegal. Where it was
ours, that is a bug on this side and raises LocalProtocolError; where it was the server's, it is counted and ignored,
since the API moves and a house must not fall silent over a surprise.
"""

from collections.abc import Mapping
from enum import StrEnum

from .exceptions import LocalProtocolError


class SessionState(StrEnum):
    """Where the session as a whole is."""

    OPENING = "opening"
    """The socket is open, `session.created` has not come yet."""
    READY = "ready"
    EXPIRED = "expired"
    """The server's limit was reached; it will close the socket."""
    CLOSED = "closed"


class SessionTrigger(StrEnum):
    """What moves a session."""

    CREATED = "session.created"
    EXPIRED = "session_expired"
    CLOSED = "closed"


class ResponseState(StrEnum):
    """Where the default conversation's response is; the server runs at most one."""

    IDLE = "idle"
    REQUESTED = "requested"
    """`response.create` is out, `response.created` has not come yet."""
    IN_PROGRESS = "in_progress"
    CANCELLING = "cancelling"
    """`response.cancel` is out; the response lives until its own `response.done`."""


class ResponseTrigger(StrEnum):
    """What moves a response."""

    CREATE = "response.create"
    CANCEL = "response.cancel"
    CREATED = "response.created"
    DONE = "response.done"
    REFUSED = "error"
    """The server refused our `response.create`, or our `response.cancel` came too late."""


class BufferState(StrEnum):
    """Where the input audio buffer is."""

    EMPTY = "empty"
    FILLED = "filled"
    COMMITTING = "committing"
    """`input_audio_buffer.commit` is out, `input_audio_buffer.committed` has not come yet."""
    REFILLING = "refilling"
    """The same, and the next speech is in the buffer already."""


class BufferTrigger(StrEnum):
    """What moves the input audio buffer."""

    APPEND = "input_audio_buffer.append"
    COMMIT = "input_audio_buffer.commit"
    CLEAR = "input_audio_buffer.clear"
    COMMITTED = "input_audio_buffer.committed"
    REFUSED = "error"
    """The server refused our commit; the audio stays where it was."""


class AnswerState(StrEnum):
    """Whether a server that answers speech as soon as it is committed has yet to do so."""

    FREE = "free"
    """It answers when it is asked."""
    OWED = "owed"
    """It is about to answer the speech; asking would get another answer."""
    GIVEN = "given"
    """It has answered the speech, and is deaf to requests until it has been told something else."""


class AnswerTrigger(StrEnum):
    """What moves it."""

    COMMIT = "input_audio_buffer.commit"
    ANSWERED = "response.created"
    TOLD = "conversation.item.create"
    """So does an `input_audio_buffer.clear`."""
    REFUSED = "error"


type Transitions[StateT: StrEnum, TriggerT: StrEnum] = Mapping[StateT, Mapping[TriggerT, StateT]]

SESSION_TRANSITIONS: Transitions[SessionState, SessionTrigger] = {
    SessionState.OPENING: {
        SessionTrigger.CREATED: SessionState.READY,
        SessionTrigger.EXPIRED: SessionState.EXPIRED,
        SessionTrigger.CLOSED: SessionState.CLOSED,
    },
    SessionState.READY: {
        SessionTrigger.EXPIRED: SessionState.EXPIRED,
        SessionTrigger.CLOSED: SessionState.CLOSED,
    },
    SessionState.EXPIRED: {SessionTrigger.CLOSED: SessionState.CLOSED},
    SessionState.CLOSED: {},
}

RESPONSE_TRANSITIONS: Transitions[ResponseState, ResponseTrigger] = {
    ResponseState.IDLE: {
        ResponseTrigger.CREATE: ResponseState.REQUESTED,
        # The server's own turn detection, or a gateway, may create a response that nobody asked for.
        ResponseTrigger.CREATED: ResponseState.IN_PROGRESS,
    },
    ResponseState.REQUESTED: {
        ResponseTrigger.CREATED: ResponseState.IN_PROGRESS,
        ResponseTrigger.CANCEL: ResponseState.CANCELLING,
        ResponseTrigger.REFUSED: ResponseState.IDLE,
    },
    ResponseState.IN_PROGRESS: {
        ResponseTrigger.CANCEL: ResponseState.CANCELLING,
        ResponseTrigger.DONE: ResponseState.IDLE,
    },
    ResponseState.CANCELLING: {
        # The cancel raced ahead of this `response.created`: it stays cancelled.
        ResponseTrigger.CREATED: ResponseState.CANCELLING,
        # Too late: the response had ended by itself, and its `response.done` has come or will never come.
        ResponseTrigger.REFUSED: ResponseState.IDLE,
        ResponseTrigger.DONE: ResponseState.IDLE,
    },
}

BUFFER_TRANSITIONS: Transitions[BufferState, BufferTrigger] = {
    BufferState.EMPTY: {
        BufferTrigger.APPEND: BufferState.FILLED,
        BufferTrigger.CLEAR: BufferState.EMPTY,
        # The server's own turn detection was faster than our clear.
        BufferTrigger.COMMITTED: BufferState.EMPTY,
    },
    BufferState.FILLED: {
        BufferTrigger.APPEND: BufferState.FILLED,
        BufferTrigger.CLEAR: BufferState.EMPTY,
        BufferTrigger.COMMIT: BufferState.COMMITTING,
        # The server's own turn detection commits without being asked.
        BufferTrigger.COMMITTED: BufferState.EMPTY,
    },
    BufferState.COMMITTING: {
        BufferTrigger.APPEND: BufferState.REFILLING,
        BufferTrigger.COMMITTED: BufferState.EMPTY,
        BufferTrigger.REFUSED: BufferState.FILLED,
    },
    BufferState.REFILLING: {
        BufferTrigger.APPEND: BufferState.REFILLING,
        BufferTrigger.CLEAR: BufferState.COMMITTING,
        BufferTrigger.COMMITTED: BufferState.FILLED,
        BufferTrigger.REFUSED: BufferState.FILLED,
    },
}

ANSWER_TRANSITIONS: Transitions[AnswerState, AnswerTrigger] = {
    AnswerState.FREE: {AnswerTrigger.COMMIT: AnswerState.OWED},
    AnswerState.OWED: {
        AnswerTrigger.ANSWERED: AnswerState.GIVEN,
        AnswerTrigger.REFUSED: AnswerState.FREE,
    },
    AnswerState.GIVEN: {
        AnswerTrigger.COMMIT: AnswerState.OWED,
        AnswerTrigger.TOLD: AnswerState.FREE,
    },
}


class Machine[StateT: StrEnum, TriggerT: StrEnum]:
    """A state and the table by which it moves."""

    __slots__ = ("_transitions", "state")

    def __init__(self, initial: StateT, transitions: Transitions[StateT, TriggerT]) -> None:
        self.state = initial
        self._transitions = transitions

    def allows(self, trigger: TriggerT) -> bool:
        """Return whether the trigger is legal now."""
        return trigger in self._transitions[self.state]

    def fire(self, trigger: TriggerT) -> None:
        """Move by a command of ours. Raises LocalProtocolError where it is illegal."""
        if not self.allows(trigger):
            raise LocalProtocolError(f"{trigger} is illegal while {self.state}")
        self.state = self._transitions[self.state][trigger]

    def observe(self, trigger: TriggerT) -> bool:
        """Move by what the server did; return False, unmoved, where the table does not know it."""
        if not self.allows(trigger):
            return False
        self.state = self._transitions[self.state][trigger]
        return True


def session_machine() -> Machine[SessionState, SessionTrigger]:
    """Return the machine of a session whose socket has just opened."""
    return Machine(SessionState.OPENING, SESSION_TRANSITIONS)


def response_machine() -> Machine[ResponseState, ResponseTrigger]:
    """Return the machine of the default conversation's response."""
    return Machine(ResponseState.IDLE, RESPONSE_TRANSITIONS)


def buffer_machine() -> Machine[BufferState, BufferTrigger]:
    """Return the machine of the input audio buffer."""
    return Machine(BufferState.EMPTY, BUFFER_TRANSITIONS)


def answer_machine() -> Machine[AnswerState, AnswerTrigger]:
    """Return the machine of a server that answers speech as soon as it is committed."""
    return Machine(AnswerState.FREE, ANSWER_TRANSITIONS)
