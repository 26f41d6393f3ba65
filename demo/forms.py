"""How somebody answers a form of Home Assistant who changes little and leaves the rest as it stands."""

from collections.abc import Iterable, Mapping
from typing import Any

from demo.hass_api import HassApi, HassApiError

MAX_STEPS = 10
MENU_OPTION = "settings"
"""What a user chooses in the menu before the forms."""
_FLOWS = "/api/config/config_entries/subentries/flow"


async def reconfigure(
    api: HassApi, entry_id: str, subentry_type: str, subentry_id: str, changes: Mapping[str, Any]
) -> None:
    """Walk a subentry's reconfigure flow through all its steps, with these fields changed.

    Raises `HassApiError` when the flow refuses a value, or when none of its forms has one of the fields.
    """
    left = dict(changes)
    result = await api.post(_FLOWS, {"handler": [entry_id, subentry_type], "subentry_id": subentry_id})
    if result["type"] == "menu":
        result = await api.post(f"{_FLOWS}/{result['flow_id']}", {"next_step_id": MENU_OPTION})
    for _ in range(MAX_STEPS):
        if result["type"] != "form":
            break
        if errors := result["errors"]:
            raise HassApiError(f"the form {result['step_id']} refuses {errors}")
        answer = answers(result["data_schema"], left)
        left = {name: value for name, value in left.items() if name not in names(result["data_schema"])}
        result = await api.post(f"{_FLOWS}/{result['flow_id']}", answer)
    if result["type"] != "abort" or result["reason"] != "reconfigure_successful":
        raise HassApiError(f"the reconfigure flow ended with {result.get('reason') or result['type']}")
    if left:
        raise HassApiError(f"no form of the reconfigure flow has {', '.join(sorted(left))}")


def answers(fields: Iterable[Mapping[str, Any]], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form's fields are answered with: the changes, else what stands in the field, else nothing."""
    answer: dict[str, Any] = {}
    for field in fields:
        name = field["name"]
        if name in changes:
            answer[name] = changes[name]
        elif field.get("type") == "expandable":
            answer[name] = answers(field["schema"], changes)
        elif (standing := _standing(field)) is not None:
            answer[name] = standing
    return answer


def names(fields: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the names of a form's fields, those in its sections included."""
    found: set[str] = set()
    for field in fields:
        found.add(field["name"])
        if field.get("type") == "expandable":
            found |= names(field["schema"])
    return found


def _standing(field: Mapping[str, Any]) -> Any:
    """Return what the form shows in a field; None where it is empty."""
    description = field.get("description") or {}
    return description.get("suggested_value", field.get("default"))
