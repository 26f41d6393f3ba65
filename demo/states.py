"""What changed in the house between two looks at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.hass_api import HassApi
from demo.house import EXPOSED

ATTRIBUTES = ("temperature", "brightness")

type Snapshot = Mapping[tuple[str, str], str]
"""(entity id, "state" or an attribute) -> value; an attribute that is unknown is "None"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that is another than before."""

    entity_id: str
    attribute: str
    before: str
    after: str

    def __str__(self) -> str:
        """Return the change as one line."""
        what = self.entity_id if self.attribute == "state" else f"{self.entity_id} {self.attribute}"
        return f"{what}: {self.before} -> {self.after}"


async def look(api: HassApi) -> Snapshot:
    """Return the present values of everything that Assist may use."""
    return snapshot(await api.call("get_states"))


def snapshot(states: Iterable[Mapping[str, Any]]) -> Snapshot:
    """Return the values in Home Assistant's states that are of the house."""
    values: dict[tuple[str, str], str] = {}
    for state in states:
        entity_id = state["entity_id"]
        if entity_id in EXPOSED:
            values[entity_id, "state"] = state["state"]
            values |= {(entity_id, name): str(state["attributes"].get(name)) for name in ATTRIBUTES}
    return values


def changes(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Return what differs, in the later snapshot's order."""
    return tuple(
        Change(entity_id=key[0], attribute=key[1], before=before.get(key, "None"), after=value)
        for key, value in after.items()
        if before.get(key, "None") != value
    )
