"""A small house with an agent in it: an entity that is exposed, one that is not, and a pipeline."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_FALLBACK_AGENT, CONF_FALLBACK_MODELS, CONF_WARM_SPARE, DOMAIN
from custom_components.realtime_assist.coordinator import AgentCoordinator
from custom_components.realtime_assist.model_options import recommended_options
from custom_components.realtime_assist.session.clock import Clock, Timer
from custom_components.realtime_assist.session.ladder import LONGEST_PAUSE

from .voice import make_pipeline

# As recommended, with a socket for each conversation and none beside.
RECOMMENDED: dict[str, Any] = {**recommended_options(), CONF_WARM_SPARE: False}
# Where nothing takes the place of a model that fails, the user hears why.
ALONE: dict[str, Any] = {**RECOMMENDED, CONF_FALLBACK_MODELS: [], CONF_FALLBACK_AGENT: None}


@dataclass(slots=True)
class LaterClock:
    """A clock that is ahead of another one."""

    clock: Clock
    seconds: float = 0.0

    def time(self) -> float:
        """Return the time by then."""
        return self.clock.time() + self.seconds

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        """Call back at a time."""
        return self.clock.call_at(when - self.seconds, callback)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent that is ready to be spoken to."""

    coordinator: AgentCoordinator
    conversation: str
    stt: str
    tts: str
    pipeline_id: str
    """A pipeline of its ears, mind and voice."""

    def let_pause_end(self) -> None:
        """Let the time pass for which models that failed are left alone."""
        self.coordinator.ladder.clock = LaterClock(self.coordinator.ladder.clock, LONGEST_PAUSE + 1)


def tool_name(domain: str, name: str) -> str:
    """Return a tool's name as the merged Assist API offers it."""
    return f"{domain}__{name}"


async def furnish(hass: HomeAssistant) -> None:
    """Put a light that the agent may see into the house, and a safe that it may not."""
    for domain in ("homeassistant", "intent", "assist_pipeline"):
        assert await async_setup_component(hass, domain, {})
    booleans = {"kitchen_light": {"name": "Kitchen light"}, "safe": {"name": "Safe"}}
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": booleans})
    async_expose_entity(hass, "conversation", "input_boolean.kitchen_light", True)
    async_expose_entity(hass, "conversation", "input_boolean.safe", False)
    await hass.async_block_till_done()


async def find_agent(hass: HomeAssistant, account: MockConfigEntry) -> Agent:
    """Return the account's one agent, with a pipeline of its own."""
    (coordinator,) = account.runtime_data.agents.values()
    registry = er.async_get(hass)
    engines = {
        domain: registry.async_get_entity_id(domain, DOMAIN, f"{coordinator.subentry.subentry_id}_{domain}")
        for domain in ("conversation", "stt", "tts")
    }
    pipeline_id = await make_pipeline(
        hass,
        stt_engine=engines["stt"],
        conversation_engine=engines["conversation"],
        tts_engine=engines["tts"],
    )
    return Agent(coordinator=coordinator, pipeline_id=pipeline_id, **engines)


async def change_agent(hass: HomeAssistant, account: MockConfigEntry, **data: Any) -> Agent:
    """Change what the account's one agent is set to, and return it as it is then."""
    [subentry] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, subentry, data={**subentry.data, **data})
    await hass.async_block_till_done()
    return await find_agent(hass, account)
