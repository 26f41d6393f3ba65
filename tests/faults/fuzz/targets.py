"""Every target by its name."""

from collections.abc import Callable, Mapping

from . import stored, wire
from .events import events

TARGETS: Mapping[str, Callable[[bytes], None]] = {"events": events, **stored.TARGETS, **wire.TARGETS}
