"""Every state meets every trigger: what is legal moves, what is not raises for us and is refused to the server."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from itertools import product

import pytest

from custom_components.realtime_assist.realtime import LocalProtocolError
from custom_components.realtime_assist.realtime.state import (
    AnswerState,
    AnswerTrigger,
    BufferState,
    BufferTrigger,
    Machine,
    ResponseState,
    ResponseTrigger,
    SessionState,
    SessionTrigger,
    answer_machine,
    buffer_machine,
    response_machine,
    session_machine,
)

type AnyMachine = Machine[StrEnum, StrEnum]
type Move = tuple[StrEnum, StrEnum]

# The legal moves, told again from the reference. All others of the product are illegal.
SESSION_MOVES: Mapping[Move, StrEnum] = {
    (SessionState.OPENING, SessionTrigger.CREATED): SessionState.READY,
    (SessionState.OPENING, SessionTrigger.EXPIRED): SessionState.EXPIRED,
    (SessionState.OPENING, SessionTrigger.CLOSED): SessionState.CLOSED,
    (SessionState.READY, SessionTrigger.EXPIRED): SessionState.EXPIRED,
    (SessionState.READY, SessionTrigger.CLOSED): SessionState.CLOSED,
    (SessionState.EXPIRED, SessionTrigger.CLOSED): SessionState.CLOSED,
}
RESPONSE_MOVES: Mapping[Move, StrEnum] = {
    (ResponseState.IDLE, ResponseTrigger.CREATE): ResponseState.REQUESTED,
    (ResponseState.IDLE, ResponseTrigger.CREATED): ResponseState.IN_PROGRESS,
    (ResponseState.REQUESTED, ResponseTrigger.CREATED): ResponseState.IN_PROGRESS,
    (ResponseState.REQUESTED, ResponseTrigger.CANCEL): ResponseState.CANCELLING,
    (ResponseState.REQUESTED, ResponseTrigger.REFUSED): ResponseState.IDLE,
    (ResponseState.IN_PROGRESS, ResponseTrigger.CANCEL): ResponseState.CANCELLING,
    (ResponseState.IN_PROGRESS, ResponseTrigger.DONE): ResponseState.IDLE,
    (ResponseState.CANCELLING, ResponseTrigger.CREATED): ResponseState.CANCELLING,
    (ResponseState.CANCELLING, ResponseTrigger.DONE): ResponseState.IDLE,
    (ResponseState.CANCELLING, ResponseTrigger.REFUSED): ResponseState.IDLE,
}
BUFFER_MOVES: Mapping[Move, StrEnum] = {
    (BufferState.EMPTY, BufferTrigger.APPEND): BufferState.FILLED,
    (BufferState.EMPTY, BufferTrigger.CLEAR): BufferState.EMPTY,
    (BufferState.EMPTY, BufferTrigger.COMMITTED): BufferState.EMPTY,
    (BufferState.FILLED, BufferTrigger.APPEND): BufferState.FILLED,
    (BufferState.FILLED, BufferTrigger.CLEAR): BufferState.EMPTY,
    (BufferState.FILLED, BufferTrigger.COMMIT): BufferState.COMMITTING,
    (BufferState.FILLED, BufferTrigger.COMMITTED): BufferState.EMPTY,
    (BufferState.COMMITTING, BufferTrigger.APPEND): BufferState.REFILLING,
    (BufferState.COMMITTING, BufferTrigger.COMMITTED): BufferState.EMPTY,
    (BufferState.COMMITTING, BufferTrigger.REFUSED): BufferState.FILLED,
    (BufferState.REFILLING, BufferTrigger.APPEND): BufferState.REFILLING,
    (BufferState.REFILLING, BufferTrigger.CLEAR): BufferState.COMMITTING,
    (BufferState.REFILLING, BufferTrigger.COMMITTED): BufferState.FILLED,
    (BufferState.REFILLING, BufferTrigger.REFUSED): BufferState.FILLED,
}
ANSWER_MOVES: Mapping[Move, StrEnum] = {
    (AnswerState.FREE, AnswerTrigger.COMMIT): AnswerState.OWED,
    (AnswerState.OWED, AnswerTrigger.ANSWERED): AnswerState.GIVEN,
    (AnswerState.OWED, AnswerTrigger.REFUSED): AnswerState.FREE,
    (AnswerState.GIVEN, AnswerTrigger.COMMIT): AnswerState.OWED,
    (AnswerState.GIVEN, AnswerTrigger.TOLD): AnswerState.FREE,
}
MACHINES = {
    "session": (session_machine, SessionState, SessionTrigger, SESSION_MOVES),
    "response": (response_machine, ResponseState, ResponseTrigger, RESPONSE_MOVES),
    "buffer": (buffer_machine, BufferState, BufferTrigger, BUFFER_MOVES),
    "answer": (answer_machine, AnswerState, AnswerTrigger, ANSWER_MOVES),
}


def every_pair(*, legal: bool) -> Iterator[object]:
    for name, (machine, states, triggers, moves) in MACHINES.items():
        for state, trigger in product(states, triggers):
            if ((state, trigger) in moves) is legal:
                yield pytest.param(
                    machine, state, trigger, moves.get((state, trigger)), id=f"{name}-{state.name}-{trigger.name}"
                )


def in_state(new_machine: Callable[[], AnyMachine], state: StrEnum) -> AnyMachine:
    machine = new_machine()
    machine.state = state
    return machine


@pytest.mark.parametrize(("new_machine", "state", "trigger", "target"), every_pair(legal=True))
def test_a_legal_trigger_moves(new_machine, state, trigger, target):
    ours, theirs = in_state(new_machine, state), in_state(new_machine, state)
    assert ours.allows(trigger)
    ours.fire(trigger)
    assert theirs.observe(trigger)
    assert ours.state is theirs.state is target


@pytest.mark.parametrize(("new_machine", "state", "trigger", "target"), every_pair(legal=False))
def test_an_illegal_trigger_raises_for_us_and_is_refused_to_the_server(new_machine, state, trigger, target):
    machine = in_state(new_machine, state)
    assert not machine.allows(trigger)
    with pytest.raises(LocalProtocolError, match=f"{trigger} is illegal while {state}"):
        machine.fire(trigger)
    assert not machine.observe(trigger)
    assert machine.state is state


def test_a_new_session_waits_for_the_greeting_with_nothing_asked_and_nothing_said():
    assert session_machine().state is SessionState.OPENING
    assert response_machine().state is ResponseState.IDLE
    assert buffer_machine().state is BufferState.EMPTY
    assert answer_machine().state is AnswerState.FREE


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_can_be_reached(name: str):
    new_machine, states, _, moves = MACHINES[name]
    reached = {new_machine().state}
    while more := {target for (state, _), target in moves.items() if state in reached} - reached:
        reached |= more
    assert reached == set(states)


def test_nothing_follows_a_closed_session():
    assert not any(in_state(session_machine, SessionState.CLOSED).allows(trigger) for trigger in SessionTrigger)
