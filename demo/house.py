"""What is in the demo house, where it stands and what Assist may use.

`configuration.yaml` beside this file makes the entities; areas and exposure live in registries that only calls reach.
"""

from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = Path(__file__).with_name("configuration.yaml")
FRONT_DOOR_PICTURE = Path(__file__).with_name("pictures") / "front_door.jpg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area and the entities that stand in it; its thermometer answers for the area's temperature."""

    name: str
    entity_ids: tuple[str, ...]
    thermometer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """An integration that YAML cannot set up: what its config flow wants, which entity it makes and its name."""

    domain: str
    user_input: dict[str, str]
    entity_id: str
    name: str


AREAS = (
    Area(
        name="Living Room",
        entity_ids=("light.floor_lamp", "light.reading_lamp", "climate.thermostat", "sensor.living_room_temperature"),
        thermometer="sensor.living_room_temperature",
    ),
    Area(
        name="Kitchen",
        entity_ids=("light.kitchen_light", "sensor.kitchen_temperature"),
        thermometer="sensor.kitchen_temperature",
    ),
    Area(
        name="Bedroom",
        entity_ids=("light.bedside_lamp", "sensor.bedroom_temperature"),
        thermometer="sensor.bedroom_temperature",
    ),
    Area(name="Hall", entity_ids=("light.hall_light", "camera.front_door")),
)

INTEGRATIONS = (
    Integration(domain="shopping_list", user_input={}, entity_id="todo.shopping_list", name="Shopping list"),
    Integration(
        domain="local_file",
        user_input={"file_path": str(FRONT_DOOR_PICTURE)},
        entity_id="camera.front_door",
        name="Front door",
    ),
)

EXPOSED = (*(entity_id for area in AREAS for entity_id in area.entity_ids), "todo.shopping_list")
"""What Assist may use, and the only entities whose changes the demo shows."""
