"""How can a tool of the house fail? It raises, hangs, is not there, or returns what no model can read."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import llm
from homeassistant.util.json import JsonObjectType
from pytest_homeassistant_custom_component.common import MockModule, mock_integration, mock_platform

from tests.faults.moments import Moment
from tests.faults.place import Place
from tests.faults.server_faults import TO_COME, TOOL, ServerFault, Story, faulty

WORKSHOP = "workshop"
TOOL_NAME = f"{WORKSHOP}__work"
TOOL_SECONDS = 0.5
"""Real seconds: what waits for a tool is not on the house's clock."""

type Work = Callable[[], Awaitable[JsonObjectType]]


async def well() -> JsonObjectType:
    """Return what a tool returns that works."""
    return {"done": True}


class Workshop(llm.Tool):
    """A tool that waits for the moment when the fault strikes, and does then what it is made to do."""

    name = TOOL_NAME
    description = "Works."
    integration = WORKSHOP

    def __init__(self) -> None:
        self.work: Work = well
        self.struck = asyncio.Event()

    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> llm.ToolResult:
        """Do what it is made to do."""
        await self.struck.wait()
        return llm.ToolResult(data=await self.work())


def add_workshop(hass: HomeAssistant) -> None:
    """Offer it to whoever uses Home Assistant's tools, as another integration."""
    workshop = hass.data[WORKSHOP] = Workshop()
    mock_integration(hass, MockModule(WORKSHOP))
    mock_platform(hass, f"{WORKSHOP}.llm", SimpleNamespace(async_get_tools=lambda *_: LLMTools([workshop])))
    hass.config.components.add(WORKSHOP)


def tool(name: str, work: Work, *, called: str = TOOL_NAME, **how: Any) -> ServerFault:
    """Return the fault of a tool, which the model calls next or beside the lamp."""

    def story(moment: Moment) -> Story:
        responses = list(moment.scenario["responses"])
        call = {"name": called}
        if moment.name == TOOL:
            responses[0] = {"calls": [*responses[0]["calls"], call]}
        elif moment.name in TO_COME:
            responses.insert(faulty(moment), {"calls": [call]})
        return {**moment.scenario, "responses": responses}

    async def strike(place: Place) -> None:
        workshop = place.hass.data[WORKSHOP]
        workshop.work = work
        workshop.struck.set()

    async def mend(place: Place) -> None:
        place.hass.data[WORKSHOP].work = well

    return ServerFault(name=name, strike=strike, mend=mend, story=story, **how)


async def break_down() -> JsonObjectType:
    """Raise what nobody expects."""
    raise RuntimeError("The workshop has burnt down")


async def refuse() -> JsonObjectType:
    """Raise what Home Assistant raises for a user's mistake."""
    raise ServiceValidationError("The workshop is closed")


async def hang() -> JsonObjectType:
    """Never return."""
    await asyncio.Event().wait()
    return {}


async def overdo() -> JsonObjectType:
    """Return a megabyte."""
    return {"text": "Sawdust. " * 120_000}


async def return_an_object() -> Any:
    """Return what JSON does not know."""
    return {"workshop": object(), "numbers": {1, 2}, "bytes": b"\xff"}


FAULTS = {
    fault.name: fault
    for fault in (
        tool("tool raises", break_down, failed_calls=1),
        tool("tool refuses", refuse, failed_calls=1),
        tool("tool hangs", hang, failed_calls=1, limits={"tool": TOOL_SECONDS}),
        tool("tool unknown", well, called=f"{WORKSHOP}__play", invalid_calls=1),
        tool("tool result of 1 MB", overdo),
        tool("tool result that is no JSON", return_an_object),
    )
}
