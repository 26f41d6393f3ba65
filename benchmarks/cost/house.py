"""Where are the commands spoken? In a real Home Assistant, in this process, so that its exact sums can be read."""

from collections.abc import AsyncIterator, Mapping
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeassistant import bootstrap
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.components.intent import async_register_timer_handler
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.runner import RuntimeConfig

from benchmarks.cost.commands import SHOPPING
from benchmarks.cost.furniture import exposed, rooms, write_configuration
import custom_components
from custom_components.realtime_assist.const import CONF_WARM_SPARE
from custom_components.realtime_assist.coordinator import AgentCoordinator
from custom_components.realtime_assist.session.clock import Clock, Timer
from demo.agent import Agent, add_agent, compatible_account
from demo.furnish import furnish, run_flow
from demo.hass_api import HassApi
from demo.home_assistant import REPOSITORY, prepare_folder
from demo.processes import DemoError, free_port

_SATELLITE = "bench_satellite"
_ASSISTANT = "conversation"
_AREA = "Living Room"


class AheadClock:
    """A clock that can be put forward, past an answer that nobody listens to in this house."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += seconds

    def time(self) -> float:
        """Return the time by then."""
        return self._clock.time() + self._ahead

    def call_at(self, when: float, callback: Any, /) -> Timer:
        """Call back at a time."""
        return self._clock.call_at(when - self._ahead, callback)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A furnished house with one agent, which is set to what is recommended."""

    hass: HomeAssistant
    api: HassApi
    entry: ConfigEntry[Any]
    engines: Agent
    clock: AheadClock
    satellite: str
    device_id: str
    recommended: Mapping[str, Any]

    @property
    def agent(self) -> AgentCoordinator:
        """The agent's coordinator."""
        (coordinator,) = self.entry.runtime_data.agents.values()
        assert isinstance(coordinator, AgentCoordinator)
        return coordinator

    def expose(self, count: int) -> None:
        """Let the agent use this many entities."""
        wanted = set(exposed(count))
        for state in self.hass.states.async_all():
            async_expose_entity(self.hass, _ASSISTANT, state.entity_id, state.entity_id in wanted)

    async def set_agent(self, **changes: Any) -> None:
        """Set the agent to what is recommended but for some options; conversations that follow go by it."""
        subentry = self.agent.subentry
        data = {**self.recommended, **changes}
        self.hass.config_entries.async_update_subentry(self.entry, subentry, data=data)
        await self.hass.async_block_till_done()

    async def prefer_local(self, prefer: bool) -> None:
        """Have Home Assistant carry out what it understands by itself, or leave everything to the agent."""
        known = await self.api.call("assist_pipeline/pipeline/list")
        pipeline = next(each for each in known["pipelines"] if each["id"] == self.engines.pipeline_id)
        fields = {name: value for name, value in pipeline.items() if name != "id"}
        fields["prefer_local_intents"] = prefer
        await self.api.call("assist_pipeline/pipeline/update", pipeline_id=self.engines.pipeline_id, **fields)

    def sensor(self, key: str) -> str:
        """Return what one of the agent's sensors shows."""
        unique_id = f"{self.agent.subentry.subentry_id}_{key}"
        entity_id = er.async_get(self.hass).async_get_entity_id("sensor", "realtime_assist", unique_id)
        state = self.hass.states.get(entity_id or "")
        if state is None:
            raise DemoError(f"the agent has no sensor {key}")
        return state.state


@contextlib.asynccontextmanager
async def cost_house(folder: Path, server_url: str, key: str) -> AsyncIterator[House]:
    """Run a house in an empty folder, with an agent at a server."""
    port = free_port()
    _prepare(folder, port)
    hass = await bootstrap.async_setup_hass(RuntimeConfig(config_dir=str(folder), skip_pip=True, log_no_color=True))
    if hass is None or hass.config.recovery_mode:
        raise DemoError("Home Assistant did not start")
    await hass.async_start()
    try:
        async with HassApi(f"http://127.0.0.1:{port}", await _token(hass)) as api:
            await furnish(api)
            yield await _moved_in(hass, api, await add_agent(api, compatible_account(server_url, key)))
    finally:
        await hass.async_stop(force=True)


def _prepare(folder: Path, port: int) -> None:
    """Put both integrations and the configuration into the folder."""
    components = folder / "custom_components"
    components.mkdir(parents=True)
    for place in ("custom_components/realtime_assist", f"benchmarks/{_SATELLITE}"):
        (components / Path(place).name).symlink_to(REPOSITORY / place, target_is_directory=True)
    # This process knows the package from the repository; Home Assistant looks into the one that is imported.
    custom_components.__path__ = [str(components)]
    write_configuration(folder)
    prepare_folder(folder, port)


async def _token(hass: HomeAssistant) -> str:
    """Return an access token of an administrator's."""
    user = await hass.auth.async_create_user("Bench", group_ids=[GROUP_ID_ADMIN])
    refresh = await hass.auth.async_create_refresh_token(user, client_id="http://127.0.0.1/")
    return hass.auth.async_create_access_token(refresh)


async def _moved_in(hass: HomeAssistant, api: HassApi, engines: Agent) -> House:
    """Return the house with its satellite, its shopping and its rooms."""
    await run_flow(api, _SATELLITE)
    entities, areas = er.async_get(hass), ar.async_get(hass)
    (satellite,) = [each for each in entities.entities.values() if each.platform == _SATELLITE]
    area = areas.async_get_area_by_name(_AREA)
    assert satellite.device_id is not None
    assert area is not None
    dr.async_get(hass).async_update_device(satellite.device_id, area_id=area.id)
    async_register_timer_handler(hass, satellite.device_id, _timer_goes)
    entities.async_update_entity("media_player.speaker", area_id=area.id)
    for room, entity_ids in rooms().items():
        area_id = areas.async_create(room).id
        for entity_id in entity_ids:
            entities.async_update_entity(entity_id, area_id=area_id)
    for item in SHOPPING:
        await api.action("todo", "add_item", entity_id="todo.shopping_list", item=item)
    entry = hass.config_entries.async_get_known_entry(engines.entry_id)
    (agent,) = entry.runtime_data.agents.values()
    agent.clock = clock = AheadClock(agent.clock)
    house = House(
        hass=hass,
        api=api,
        entry=entry,
        engines=engines,
        clock=clock,
        satellite=satellite.entity_id,
        device_id=satellite.device_id,
        # A session that waits for the next conversation costs nothing, but a second one is configured then.
        recommended={**agent.subentry.data, CONF_WARM_SPARE: False},
    )
    await house.set_agent()
    return house


@callback
def _timer_goes(*_: object) -> None:
    """Do nothing: how a satellite rings is not what is measured."""
