"""Where do the satellites stand? In twenty rooms of a real Home Assistant, half of them with each of two agents."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from homeassistant.components.conversation.chat_log import DATA_CHAT_LOGS
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import ATTR_ENTITY_ID, CONF_API_KEY, ENTITY_MATCH_ALL, SERVICE_TURN_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.account import account_id
from custom_components.realtime_assist.const import (
    CONF_ANSWER_ORDER,
    CONF_BASE_URL,
    CONF_DAILY_EXPORT,
    CONF_MAX_SESSIONS,
    CONF_PROVIDER,
    CONF_RECORD_DAYS,
    CONF_SATELLITE_VOICES,
    CONF_WARM_SPARE,
    DOMAIN,
    SUBENTRY_AGENT,
)
from custom_components.realtime_assist.coordinator import AgentCoordinator
from custom_components.realtime_assist.insight import Counts
from custom_components.realtime_assist.model_options import AnswerOrder
from custom_components.realtime_assist.realtime import Endpoint
from custom_components.realtime_assist.realtime.providers import Provider
from custom_components.realtime_assist.session import RealtimeSession
from custom_components.realtime_assist.turn_log import TurnLog

from ...conftest import API_KEY
from ...house import ALONE, RECOMMENDED
from ...rooms import add_satellite
from ...voice import make_pipeline
from .household import NUM_ROOMS

MAX_SESSIONS = 11
"""One more than an agent has satellites: where some have two conversations, somebody hears that there are too many."""
RECORD_DAYS = 7
_SATELLITE_VOICES = {f"assist_satellite.room{room}": "cedar" for room in range(0, NUM_ROOMS, 5)}
_SHARED = {CONF_WARM_SPARE: True, CONF_MAX_SESSIONS: MAX_SESSIONS, CONF_SATELLITE_VOICES: _SATELLITE_VOICES}
AGENTS: dict[str, dict[str, Any]] = {
    "Safe": {**ALONE, **_SHARED, CONF_ANSWER_ORDER: AnswerOrder.SAFE},
    "Eager": {**RECOMMENDED, **_SHARED, CONF_ANSWER_ORDER: AnswerOrder.EAGER},
}
_ENGINES = ("conversation", "stt", "tts")


@dataclass(slots=True, kw_only=True)
class House:
    """A house with an account of two agents, and what was seen of them."""

    hass: HomeAssistant
    account: MockConfigEntry
    pipelines: dict[str, str] = field(default_factory=dict)
    """By agent."""
    voices: list[str] = field(default_factory=list)
    """The text-to-speech entities."""
    satellites: list[str] = field(default_factory=list)
    turns_begun: int = 0
    unpriced: Decimal = Decimal(0)
    """What is known of the cost of turns that nobody can price in full."""

    @property
    def agents(self) -> list[AgentCoordinator]:
        """Return what the agents' entities share now; it is another after the account was loaded again."""
        return list(self.account.runtime_data.agents.values())

    @property
    def counted(self) -> Counts:
        """Return all that the agents have counted."""
        return sum((ledger.whole for ledger in self.account.runtime_data.store.ledgers.values()), start=Counts())

    @property
    def num_records(self) -> int:
        """Return how many turns have a record of their own."""
        return sum(len(ledger.records) for ledger in self.account.runtime_data.store.ledgers.values())

    @property
    def num_chat_logs(self) -> int:
        """Return how many conversations Home Assistant remembers."""
        return len(self.hass.data.get(DATA_CHAT_LOGS, {}))

    def dark(self, lights: set[str]) -> list[str]:
        """Return which of some lights are not on."""
        states = {light: self.hass.states.get(f"input_boolean.{_light_id(light)}").state for light in sorted(lights)}
        return [light for light, state in states.items() if state != STATE_ON]

    async def turn_off(self) -> None:
        """Switch all lights off."""
        target = {ATTR_ENTITY_ID: ENTITY_MATCH_ALL}
        await self.hass.services.async_call("input_boolean", SERVICE_TURN_OFF, target, blocking=True)

    def shown(self, key: str) -> float:
        """Return the sum over the agents of what a sensor shows."""
        registry = er.async_get(self.hass)
        ids = [
            registry.async_get_entity_id("sensor", DOMAIN, f"{agent.subentry.subentry_id}_{key}")
            for agent in self.agents
        ]
        return sum(float(self.hass.states.get(entity_id).state) for entity_id in ids)


def _light_id(light: str) -> str:
    return light.replace(" ", "_")


async def furnish(hass: HomeAssistant) -> None:
    """Set up what is not ours, and what asks other programs, for which nobody must be impatient."""
    for domain in ("homeassistant", "intent", "assist_pipeline"):
        assert await async_setup_component(hass, domain, {})
    await hass.config.async_set_time_zone("Europe/Berlin")
    lights = {_light_id(f"light {room}"): {"name": f"Light {room}"} for room in range(NUM_ROOMS)}
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": lights})
    for light in lights:
        async_expose_entity(hass, "conversation", f"input_boolean.{light}", True)
    await hass.async_block_till_done()


async def build(hass: HomeAssistant, url: str) -> House:
    """Return the house, its account loaded from a server at an address."""
    house = House(hass=hass, account=_account(url))
    house.account.add_to_hass(hass)
    assert await hass.config_entries.async_setup(house.account.entry_id)
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    for agent in house.agents:
        ids = {
            name: registry.async_get_entity_id(name, DOMAIN, f"{agent.subentry.subentry_id}_{name}")
            for name in _ENGINES
        }
        engines = {f"{name}_engine": entity_id for name, entity_id in ids.items()}
        house.pipelines[agent.subentry.title] = await make_pipeline(hass, **engines)
        house.voices.append(ids["tts"])
    house.satellites = [add_satellite(hass, f"Room{room}") for room in range(NUM_ROOMS)]
    return house


def _account(url: str) -> MockConfigEntry:
    """Return the account."""
    endpoint = Endpoint(base_url=url, api_key=API_KEY)
    agents = [
        ConfigSubentryData(subentry_type=SUBENTRY_AGENT, title=title, data=data, unique_id=None)
        for title, data in AGENTS.items()
    ]
    return MockConfigEntry(
        domain=DOMAIN,
        title="Soak",
        unique_id=account_id(endpoint),
        data={CONF_PROVIDER: Provider.COMPATIBLE, CONF_BASE_URL: url, CONF_API_KEY: API_KEY},
        options={CONF_RECORD_DAYS: RECORD_DAYS, CONF_DAILY_EXPORT: "csv"},
        subentries_data=agents,
    )


@contextmanager
def watched(house: House) -> Iterator[None]:
    """Count turns where they begin, and look at each record before it is counted; nothing is changed about them."""
    begin, ended = RealtimeSession.begin_turn, TurnLog.turn_ended

    def begin_turn(session: RealtimeSession, **how: Any) -> Any:
        house.turns_begun += 1
        return begin(session, **how)

    def turn_ended(log: TurnLog, record: Any, conversation_id: str) -> None:
        if record.cost.total is None:
            house.unpriced += record.cost.priced
        ended(log, record, conversation_id)

    RealtimeSession.begin_turn, TurnLog.turn_ended = begin_turn, turn_ended
    try:
        yield
    finally:
        RealtimeSession.begin_turn, TurnLog.turn_ended = begin, ended
