"""What a new socket is told of a conversation: all that was said, without big results of turns that are past."""

from collections.abc import Sequence

from ..realtime import ConversationItem, FunctionCall, FunctionCallOutput, UserMessage

# What the user may still refer to.
KEPT_TURNS = 2
# About 500 tokens. Less than that is cheaper to send than to do without.
BIG_CHARACTERS = 2000


def retold(history: Sequence[ConversationItem]) -> tuple[ConversationItem, ...]:
    """Return a history without the calls of its older turns whose result is big; their answers stay.

    A new socket has nothing cached, so each of its tokens is paid in full. On a socket that goes on nothing is left
    out: what follows an item that is deleted would have to be read anew, which costs more than it saves.
    """
    begins = [index for index, item in enumerate(history) if isinstance(item, UserMessage)]
    past = begins[-KEPT_TURNS] if len(begins) > KEPT_TURNS else 0
    big = {
        item.call_id
        for item in history[:past]
        if isinstance(item, FunctionCallOutput) and len(item.output) > BIG_CHARACTERS
    }
    return (*(item for item in history[:past] if not _belongs(item, big)), *history[past:])


def _belongs(item: ConversationItem, calls: set[str]) -> bool:
    """Return whether an item is one of some calls, or its result."""
    return isinstance(item, FunctionCall | FunctionCallOutput) and item.call_id in calls
