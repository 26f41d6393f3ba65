"""What the frontend gets of the forms."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.realtime_assist.agent_form import EARS, FALLBACK, LIMITS, MIND, VOICE
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL

from .satellites import put_satellites

FLOWS = "/api/config/config_entries/subentries/flow"


async def test_the_forms_of_an_agent_reach_the_frontend(
    hass: HomeAssistant, loaded_account: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """From the menu to the sections, and to the pipeline; what comes back makes the change."""
    for domain in ("config", "assist_pipeline"):
        assert await async_setup_component(hass, domain, {})
    await put_satellites(hass, "kitchen")
    [agent_id] = loaded_account.subentries
    client = await hass_client()

    async def post(path: str, data: dict[str, Any]) -> dict[str, Any]:
        response = await client.post(FLOWS + path, json=data)
        assert response.status == 200, await response.text()
        answer: dict[str, Any] = await response.json()
        return answer

    opening = {"handler": [loaded_account.entry_id, "agent"], "subentry_id": agent_id}
    menu = await post("", opening)
    assert menu["menu_options"] == ["settings", "pipeline"]
    form = await post(f"/{menu['flow_id']}", {"next_step_id": "settings"})
    form = await post(f"/{menu['flow_id']}", {"mode": "auto", "model": DEFAULT_MODEL})
    sections = {part["name"]: part for part in form["data_schema"]}
    assert list(sections) == [MIND, VOICE, EARS, FALLBACK, LIMITS]
    assert {name: part["expanded"] for name, part in sections.items()} == {
        MIND: True,
        VOICE: True,
        EARS: False,
        FALLBACK: False,
        LIMITS: False,
    }
    values = {
        name: {
            field["name"]: field["description"]["suggested_value"]
            for field in part["schema"]
            if "suggested_value" in (field.get("description") or {})
        }
        for name, part in sections.items()
    }
    values[VOICE]["satellite_voices"] = [{"satellite": "assist_satellite.kitchen", "voice": "cedar"}]
    done = await post(f"/{menu['flow_id']}", values)
    assert done["reason"] == "reconfigure_successful"
    options = loaded_account.runtime_data.agents[agent_id].options
    assert options.satellite_voices == {"assist_satellite.kitchen": "cedar"}

    menu = await post("", opening)
    form = await post(f"/{menu['flow_id']}", {"next_step_id": "pipeline"})
    assert [field["name"] for field in form["data_schema"]] == ["create", "preferred", "satellites"]
    done = await post(f"/{menu['flow_id']}", {"create": True, "preferred": False})
    assert done["reason"] == "pipeline_ready"
