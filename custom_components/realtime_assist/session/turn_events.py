"""What whoever answers a turn is told, and what the socket's reader hands to the task that answers it."""

from dataclasses import dataclass, field

from ..realtime import CommandRefused, FunctionCall, OutputItem, ResponseDone
from .tools import ToolOutcome


@dataclass(frozen=True, slots=True)
class MessageStarted:
    """The assistant begins to speak, or to call; more than once in a turn with tools or a spoken preamble."""


@dataclass(frozen=True, slots=True)
class AudioStarted:
    """The first audio of the turn is there to be taken; it comes once."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next words of the answer."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model calls a function; it is running already."""

    call: FunctionCall


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A function has returned."""

    call: FunctionCall
    outcome: ToolOutcome


type TurnEvent = MessageStarted | AudioStarted | TextDelta | ToolCalled | ToolReturned


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """A message or a function call begins."""

    item: OutputItem


type AnswerEvent = AudioStarted | TextDelta | ItemAdded | OutputItem | ResponseDone | CommandRefused
"""What the reader hands to the task that answers."""
