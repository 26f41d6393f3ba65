"""How does an empty Home Assistant become the demo house? Everything here may run again on a furnished one."""

from typing import Any

from demo.hass_api import HassApi, HassApiError
from demo.house import AREAS, EXPOSED, INTEGRATIONS

ASSISTANT = "conversation"


async def furnish(api: HassApi) -> None:
    """Set up the integrations, put every entity into its area and expose the house to Assist."""
    for integration in INTEGRATIONS:
        if not await api.call("config_entries/get", domain=integration.domain):
            await run_flow(api, integration.domain, integration.user_input)
        await api.call("config/entity_registry/update", entity_id=integration.entity_id, name=integration.name)
    areas = {area["name"]: area["area_id"] for area in await api.call("config/area_registry/list")}
    for area in AREAS:
        if area.name not in areas:
            areas[area.name] = (await api.call("config/area_registry/create", name=area.name))["area_id"]
        for entity_id in area.entity_ids:
            await api.call("config/entity_registry/update", entity_id=entity_id, area_id=areas[area.name])
        await api.call("config/area_registry/update", area_id=areas[area.name], temperature_entity_id=area.thermometer)
    await _expose(api)
    await _darken(api)


async def run_flow(api: HassApi, domain: str, *answers: dict[str, Any]) -> str:
    """Walk a config flow with one answer for each step and return the new entry's id.

    Raises `HassApiError` with the step and its errors when the flow does not end in an entry.
    """
    result = await api.post("/api/config/config_entries/flow", {"handler": domain})
    for answer in answers:
        result = await api.post(f"/api/config/config_entries/flow/{result['flow_id']}", answer)
    if result["type"] == "form":
        errors = ", ".join(f"{field}: {error}" for field, error in (result["errors"] or {}).items())
        raise HassApiError(f"the config flow of {domain} stays at its step {result['step_id']}: {errors or 'no error'}")
    if result["type"] != "create_entry":
        raise HassApiError(f"the config flow of {domain} made no entry: {result.get('reason') or result['type']}")
    entry_id: str = result["result"]["entry_id"]
    return entry_id


async def _expose(api: HassApi) -> None:
    # Only what the house names: the sliders and the heating switch behind the thermometers are scenery.
    await api.call("homeassistant/expose_new_entities/set", assistant=ASSISTANT, expose_new=False)
    states = {state["entity_id"] for state in await api.call("get_states")}
    if missing := set(EXPOSED) - states:
        raise HassApiError(
            f"the house has no {', '.join(sorted(missing))}; does its configuration.yaml differ from the demo's?"
        )
    for entity_ids, should_expose in ((EXPOSED, True), (sorted(states - set(EXPOSED)), False)):
        await api.call(
            "homeassistant/expose_entity",
            assistants=[ASSISTANT],
            entity_ids=list(entity_ids),
            should_expose=should_expose,
        )


async def _darken(api: HassApi) -> None:
    """Give the lights a state: one that nobody has switched yet knows none."""
    unknown = [
        state["entity_id"]
        for state in await api.call("get_states")
        if state["entity_id"].startswith("light.") and state["state"] == "unknown"
    ]
    if unknown:
        await api.action("light", "turn_off", entity_id=unknown)
