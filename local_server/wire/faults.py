"""Where the wire breaks, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What happens to the event that a fault waits for."""

    # Before the event.
    STALL = "stall"
    # Instead of the event.
    OMIT = "omit"
    HALF_JSON = "half_json"
    BINARY = "binary"
    CHANGE = "change"
    # After the event.
    DUPLICATE = "duplicate"
    INSERT = "insert"
    REPLAY = "replay"
    SILENCE = "silence"
    CLOSE = "close"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One break of the wire, at a moment named by the events that the server sends."""

    after: str
    """The type of event that is waited for; `*` is any."""
    count: int = 1
    """The how manyth of them, counted from the moment the fault is armed."""
    action: Action
    times: int = 1
    """On how many of them in a row, from there on; 0 is without end."""
    seconds: float = 0.0
    """Of `stall`."""
    code: int = 1011
    """Close code of `close`."""
    reason: str = ""
    """Close reason of `close`."""
    event: Mapping[str, Any] = field(default_factory=dict)
    """Of `insert`: the event itself; of `change`: the fields to set, objects merged; of `replay`: its `type`."""


@dataclass(slots=True)
class ArmedFault:
    """A fault that is counting."""

    fault: Fault
    seen: int = 0

    def strikes(self, event_type: str) -> bool:
        """Count an event; tell whether the fault hits it."""
        fault = self.fault
        if fault.after not in ("*", event_type):
            return False
        self.seen += 1
        return self.seen >= fault.count and (fault.times == 0 or self.seen < fault.count + fault.times)

    @property
    def spent(self) -> bool:
        """Whether the fault will hit no more."""
        fault = self.fault
        return fault.times > 0 and self.seen >= fault.count + fault.times - 1


def merged(event: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return `event` with the fields of `change` set in it, objects within objects merged likewise."""
    result = dict(event)
    for name, value in change.items():
        here = result.get(name)
        result[name] = merged(here, value) if isinstance(here, Mapping) and isinstance(value, Mapping) else value
    return result
