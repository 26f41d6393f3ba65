"""How do the bench's satellites come into a real Home Assistant? Its own integration, as often as there are to be any."""

from collections.abc import Sequence
from pathlib import Path

from demo.furnish import run_flow
from demo.hass_api import HassApi
from demo.home_assistant import REPOSITORY
from demo.house import CONFIGURATION

DOMAIN = "bench_satellite"
_AREA = "Living Room"
_INTEGRATIONS = ("custom_components/realtime_assist", f"benchmarks/{DOMAIN}")


def prepare(folder: Path, *lines: str) -> None:
    """Put both integrations into an empty folder, and a configuration that logs little, with lines of one's own after it."""
    components = folder / "custom_components"
    components.mkdir()
    for place in _INTEGRATIONS:
        (components / Path(place).name).symlink_to(REPOSITORY / place, target_is_directory=True)
    quiet = CONFIGURATION.read_text().replace("custom_components.realtime_assist: debug", "homeassistant: warning")
    (folder / CONFIGURATION.name).write_text("\n".join((quiet, *lines, "")))


async def move_in(api: HassApi, count: int) -> Sequence[str]:
    """Add satellites to a furnished house, all in one room; returns their entities."""
    entries = [await run_flow(api, DOMAIN) for _ in range(count)]
    areas = {area["name"]: area["area_id"] for area in await api.call("config/area_registry/list")}
    for device in await api.call("config/device_registry/list"):
        if set(device["config_entries"]) & set(entries):
            await api.call("config/device_registry/update", device_id=device["id"], area_id=areas[_AREA])
    registry = await api.call("config/entity_registry/list")
    found = {entity["config_entry_id"]: entity["entity_id"] for entity in registry}
    return [found[entry_id] for entry_id in entries]
