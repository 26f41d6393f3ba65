"""What a tool answered, and whether it is an error."""

from collections.abc import Mapping
from typing import Any


def failed(output: Any) -> bool:
    """Return whether a tool's output, as Home Assistant words it, tells of an error."""
    if not isinstance(output, Mapping):
        return isinstance(output, str) and output.casefold().startswith("error")
    if output.get("error") or output.get("success") is False or output.get("response_type") == "error":
        return True
    data = output.get("data")
    if not isinstance(data, Mapping):
        return False
    if data.get("failed") and not data.get("success"):
        return True
    return failed(data)


def data_of(output: Any) -> Mapping[str, Any]:
    """Return the tool's own answer, without the envelope that says whether it failed."""
    if not isinstance(output, Mapping):
        return {}
    inner = output.get("data")
    # An intent's answer has a `data` of its own; the envelope is told apart by its flag.
    if isinstance(inner, Mapping) and isinstance(output.get("error"), bool):
        return inner
    return output
