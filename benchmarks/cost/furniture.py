"""What is in the benchmark's house, and in which order is it exposed? The demo's house, with rooms beside it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from homeassistant.util.yaml import dump, parse_yaml

from demo.house import CONFIGURATION

# What the ten commands are about comes first: the smallest house has just these.
NEEDED: Sequence[str] = (
    "light.bedside_lamp",
    "light.floor_lamp",
    "light.reading_lamp",
    "sensor.bedroom_temperature",
    "climate.thermostat",
    "todo.shopping_list",
    "binary_sensor.kitchen_window",
    "binary_sensor.bedroom_window",
    "media_player.speaker",
    "scene.movie_night",
)
_DEMO: Sequence[str] = (
    "light.kitchen_light",
    "light.hall_light",
    "sensor.living_room_temperature",
    "sensor.kitchen_temperature",
)
_WINDOWS: Mapping[str, bool] = {"Kitchen window": True, "Bedroom window": False}
_ROOMS: Sequence[str] = (
    "Dining room",
    "Study",
    "Guest room",
    "Bathroom",
    "Attic",
    "Cellar",
    "Garage",
    "Workshop",
    "Nursery",
    "Laundry",
    "Pantry",
    "Terrace",
    "Balcony",
    "Porch",
    "Sauna",
    "Library",
)
_LIGHT: Mapping[str, Any] = {"turn_on": [], "turn_off": [], "set_level": []}
_SWITCH: Mapping[str, Any] = {"turn_on": [], "turn_off": []}
_COVER: Mapping[str, Any] = {"device_class": "blind", "open_cover": [], "close_cover": [], "state": "closed"}
# By domain, what a room has of it, and as what.
_IN_A_ROOM: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("light", "ceiling light", _LIGHT),
    ("sensor", "temperature", {"state": "20", "device_class": "temperature", "unit_of_measurement": "°C"}),
    ("binary_sensor", "window", {"state": "off", "device_class": "window"}),
    ("cover", "blind", _COVER),
    ("light", "lamp", _LIGHT),
    ("switch", "socket", _SWITCH),
    ("sensor", "humidity", {"state": "50", "device_class": "humidity", "unit_of_measurement": "%"}),
    ("binary_sensor", "motion", {"state": "off", "device_class": "motion"}),
    ("light", "strip", _LIGHT),
    ("switch", "fan", _SWITCH),
    ("binary_sensor", "smoke", {"state": "off", "device_class": "smoke"}),
    ("cover", "curtain", {**_COVER, "device_class": "curtain"}),
)


def rooms() -> Mapping[str, Sequence[str]]:
    """Return the entities of each room that the demo's house does not have."""
    return {room: [_entity_id(domain, f"{room} {what}") for domain, what, _ in _IN_A_ROOM] for room in _ROOMS}


def exposed(count: int) -> Sequence[str]:
    """Return the entities that a house of this many exposes. Raises ValueError where there are not as many."""
    all_of_them = (*NEEDED, *_DEMO, *(entity_id for room in rooms().values() for entity_id in room))
    if not len(NEEDED) <= count <= len(all_of_them):
        raise ValueError(f"a house exposes {len(NEEDED)} to {len(all_of_them)} entities, not {count}")
    return all_of_them[:count]


def write_configuration(folder: Path) -> None:
    """Put a `configuration.yaml` into a folder."""
    house = parse_yaml(CONFIGURATION.read_text())
    assert isinstance(house, dict)
    house["logger"] = {"default": "error"}
    house["input_boolean"]["playing"] = {"name": "Playing"}
    house["template"] += [
        {"binary_sensor": [_window(name, is_open=is_open) for name, is_open in _WINDOWS.items()]},
        *_furniture(),
    ]
    house["media_player"] = [_speaker()]
    house["scene"] = [{"name": "Movie night", "entities": {"light.floor_lamp": "off", "light.reading_lamp": "off"}}]
    (folder / CONFIGURATION.name).write_text(dump(house))


def _window(name: str, *, is_open: bool) -> dict[str, Any]:
    state = "on" if is_open else "off"
    return {"name": name, "unique_id": name, "state": state, "device_class": "window"}


def _furniture() -> Iterator[dict[str, Any]]:
    for room in _ROOMS:
        for domain, what, fields in _IN_A_ROOM:
            name = f"{room} {what}"
            yield {domain: [{"name": name, "unique_id": name, **fields}]}


def _speaker() -> dict[str, Any]:
    pause = {"action": "input_boolean.turn_off", "target": {"entity_id": "input_boolean.playing"}}
    play = {"action": "input_boolean.turn_on", "target": {"entity_id": "input_boolean.playing"}}
    return {
        "platform": "universal",
        "name": "Speaker",
        "unique_id": "speaker",
        "state_template": "{{ 'playing' if is_state('input_boolean.playing', 'on') else 'paused' }}",
        "commands": {"media_pause": pause, "media_play": play},
    }


def _entity_id(domain: str, name: str) -> str:
    return f"{domain}.{name.casefold().replace(' ', '_')}"
