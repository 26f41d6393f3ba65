"""The actions as the user finds them: each with its texts, its icon and the fields that it takes."""

import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.helpers.config_validation import ENTITY_SERVICE_FIELDS
from homeassistant.helpers.selector import selector
from homeassistant.helpers.service import async_get_all_descriptions
import pytest
import yaml

from custom_components.realtime_assist import services
from custom_components.realtime_assist.const import DOMAIN

from .house import Agent

FOLDER = Path(services.__file__).parent
ACTIONS: dict[str, Any] = yaml.safe_load((FOLDER / "services.yaml").read_text())
TRANSLATIONS = json.loads((FOLDER / "translations" / "en.json").read_text())
ICONS = json.loads((FOLDER / "icons.json").read_text())
SCHEMAS = {
    services.GET_METRICS: services._METRICS,
    services.EXPORT_METRICS: services._EXPORT,
    services.SAY: services._SAY,
    services.RESET_COUNTERS: services._RESET,
}


async def test_every_action_is_registered_and_described(hass: HomeAssistant, agent: Agent) -> None:
    """Before any account is loaded, and with what it returns."""
    assert set(hass.services.async_services_for_domain(DOMAIN)) == set(ACTIONS) == set(SCHEMAS)
    assert set(TRANSLATIONS["services"]) == set(ICONS["services"]) == set(ACTIONS)
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    assert all(described[action]["fields"] for action in ACTIONS)
    answers = {action: hass.services.supports_response(DOMAIN, action) for action in ACTIONS}
    assert answers == {
        services.GET_METRICS: SupportsResponse.ONLY,
        services.EXPORT_METRICS: SupportsResponse.ONLY,
        services.SAY: SupportsResponse.OPTIONAL,
        services.RESET_COUNTERS: SupportsResponse.OPTIONAL,
    }


@pytest.mark.parametrize("action", ACTIONS)
def test_every_field_is_taken_and_explained(action: str) -> None:
    """Nothing is offered that is refused, and nothing is taken that is not offered."""
    offered = ACTIONS[action]["fields"]
    taken = {str(key) for key in SCHEMAS[action].schema} - {str(key) for key in ENTITY_SERVICE_FIELDS}
    assert set(offered) == taken
    texts = TRANSLATIONS["services"][action]
    assert texts["name"]
    assert texts["description"]
    assert set(texts["fields"]) == set(offered)
    assert all(field["name"] and field["description"] for field in texts["fields"].values())


@pytest.mark.parametrize("action", ACTIONS)
def test_every_choice_has_a_name(action: str) -> None:
    """In lists, and with selectors that Home Assistant knows."""
    for field in ACTIONS[action]["fields"].values():
        config = selector(field["selector"]).serialize()["selector"]
        if choice := config.get("select"):
            assert set(TRANSLATIONS["selector"][choice["translation_key"]]["options"]) == set(choice["options"])
