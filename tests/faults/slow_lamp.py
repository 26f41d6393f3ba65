"""A lamp that takes its time, so that a fault can come while it is being switched on."""

import asyncio

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.components.switch import SwitchEntity
from homeassistant.components.switch.const import DOMAIN as SWITCH
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

NAME = "Slow lamp"


class SlowLamp(SwitchEntity):
    """A lamp that is on once `released` is set, and that counts how often it was switched on."""

    _attr_name = NAME
    _attr_is_on = False

    def __init__(self) -> None:
        self.entity_id = "switch.slow_lamp"
        self.asked = asyncio.Event()
        self.released = asyncio.Event()
        self.num_switched = 0

    async def async_turn_on(self, **_: object) -> None:
        self.num_switched += 1
        self.asked.set()
        await self.released.wait()
        self._attr_is_on = True


async def add_slow_lamp(hass: HomeAssistant) -> SlowLamp:
    """Put one into the house, exposed to the agent."""
    assert await async_setup_component(hass, SWITCH, {})
    lamp = SlowLamp()
    await hass.data[SWITCH].async_add_entities([lamp])
    async_expose_entity(hass, "conversation", lamp.entity_id, True)
    await hass.async_block_till_done()
    return lamp
