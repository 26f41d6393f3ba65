"""What the agent's sensors say, and whether they say the same later."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import time
from typing import Any

from demo.hass_api import HassApi, HassApiError

RETURN_SECONDS = 30
MOMENTARY = frozenset({"session_status"})
"""Sensors of the moment: they say what goes on now, also that the account cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One sensor's state as it stands in the dashboard."""

    key: str
    """What the sensor is, whatever its entity is called."""
    name: str
    state: str
    unit: str

    def __str__(self) -> str:
        """Return a number with its unit and no needless digits, anything else as it is."""
        try:
            number = float(self.state)
        except ValueError:
            return self.state
        shown = f"{number:.6f}".rstrip("0").rstrip(".") if "." in self.state else self.state
        return f"{shown} {self.unit}".strip()


type Readings = Mapping[str, Reading]
"""By entity id."""


async def readings(api: HassApi, entry_id: str) -> Readings:
    """Return the enabled sensors of an entry, when all of them have come up.

    Raises `HassApiError` when they do not within half a minute, or when there are none.
    """
    deadline = time.monotonic() + RETURN_SECONDS
    while True:
        found, absent = await _look(api, entry_id)
        if found and not absent:
            return found
        if time.monotonic() > deadline:
            raise HassApiError(f"sensors that did not come up: {', '.join(absent) or 'all'}")
        await asyncio.sleep(0.2)


def differences(before: Readings, after: Readings) -> list[str]:
    """Return a sentence for each sensor that says something else than before, those of the moment left out."""
    return [
        f"expected {entity_id} to say {reading.state} as before, got {_state(after.get(entity_id))}"
        for entity_id, reading in before.items()
        if reading.key not in MOMENTARY and reading.state != _state(after.get(entity_id))
    ]


def unmet(found: Readings, exact: Mapping[str, str], positive: Iterable[str]) -> list[str]:
    """Return a sentence for each sensor, by key, that does not say what it must, or a number greater than nothing."""
    states = {reading.key: reading.state for reading in found.values()}
    wrong = [
        f"expected the sensor {key} to say {wanted}, got {states.get(key, 'nothing')}"
        for key, wanted in exact.items()
        if states.get(key) != wanted
    ]
    return wrong + [
        f"expected the sensor {key} to say more than 0, got {states.get(key, 'nothing')}"
        for key in positive
        if not _is_positive(states.get(key, ""))
    ]


async def _look(api: HassApi, entry_id: str) -> tuple[dict[str, Reading], list[str]]:
    states = {state["entity_id"]: state for state in await api.call("get_states")}
    found: dict[str, Reading] = {}
    absent: list[str] = []
    for entity in await api.call("config/entity_registry/list"):
        entity_id = entity["entity_id"]
        ours = entity["config_entry_id"] == entry_id and entity_id.startswith("sensor.") and not entity["disabled_by"]
        if not ours:
            continue
        state = states.get(entity_id)
        if state is not None and (state["state"] != "unavailable" or entity["translation_key"] in MOMENTARY):
            found[entity_id] = _reading(entity, state)
        else:
            absent.append(entity_id)
    return found, absent


def _reading(entity: Mapping[str, Any], state: Mapping[str, Any]) -> Reading:
    attributes = state["attributes"]
    return Reading(
        key=entity.get("translation_key") or state["entity_id"],
        name=attributes.get("friendly_name", state["entity_id"]),
        state=state["state"],
        unit=attributes.get("unit_of_measurement", ""),
    )


def _is_positive(state: str) -> bool:
    try:
        return float(state) > 0
    except ValueError:
        return False


def _state(reading: Reading | None) -> str:
    return "nothing" if reading is None else reading.state
