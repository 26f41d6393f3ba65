"""How servers' shapes differ: the session's shape and the events' names, as data.

One client speaks to all of them. A dialect changes names and places, never behaviour.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .session_config import SessionConfig, ga_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One server family's way of saying the same."""

    session: Callable[[SessionConfig], dict[str, Any]]
    """The whole configuration in the shape of `session.update`; fields of the top level are sent when they change."""
    event_names: Mapping[str, str] = field(default_factory=dict)
    """The server's own names of events, and what they are called here."""
    cancels: bool = True
    """Whether `response.cancel` stops a response."""
    deletes_items: bool = True
    """Whether `conversation.item.delete` takes an item out of the conversation."""
    truncates: bool = True
    """Whether `conversation.item.truncate` shortens an answer to what was heard of it."""
    side_responses: bool = True
    """Whether a response can run out of band, beside the conversation."""
    text_output: bool = True
    """Whether an answer can be text alone."""


GA = Dialect(session=ga_session)
