"""Whether an event is one that the published types of the API know."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter, ValidationError


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(RealtimeServerEvent)


def fault_of(event: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a server event, or None; fields beyond the types are fine."""
    try:
        parsed = _adapter().validate_python(event)
    except ValidationError as wrong:
        return f"{event.get('type')}: {wrong}"
    # The union tries its members one by one: without a look at the type a stray one could be taken for another.
    return None if parsed.type == event["type"] else f"{event['type']} was read as {parsed.type}"
