"""A time that has hardly changed leaves the instructions, and with them the cache, as they were."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_LLM_HASS_API
from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
from homeassistant.helpers.template import Template
import pytest

from custom_components.realtime_assist.prompt_time import MAX_AGE, steady
from local_server.wire import RealtimeServer

from .house import RECOMMENDED, Agent
from .script import received, script
from .voice import speak, write


def told(time: str, before: str = "Be brief.") -> str:
    return f"{before}\nCurrent time is {time}. Today's date is 2026-11-22."


@pytest.fixture
def agent_data() -> dict[str, Any]:
    return {**RECOMMENDED, CONF_LLM_HASS_API: []}


@pytest.mark.parametrize(
    ("before", "now", "is_kept"),
    [
        (told("12:00:00"), told("12:01:00"), True),
        (told("12:00:00"), told("12:01:01"), False),
        (told("12:00:01"), told("12:00:00"), False),
        (told("12:00:00"), told("12:00:01", "Be long."), False),
        ("Be brief.", told("12:00:00"), False),
        (told("12:00:00"), "Be brief.", False),
    ],
)
def test_instructions_are_kept_where_only_a_minute_has_gone_by(before: str, now: str, is_kept: bool) -> None:
    assert steady(before, now) == (before if is_kept else now)


async def test_the_words_are_those_of_home_assistant(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    before = Template(llm.DATE_TIME_PROMPT, hass).async_render()
    freezer.tick(MAX_AGE)
    now = Template(llm.DATE_TIME_PROMPT, hass).async_render()
    assert now != before
    assert steady(before, now) == before


@script(responses=["One.", "Two.", "Three."])
async def test_an_agent_without_tools_finds_its_conversation_in_the_cache(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, freezer: FrozenDateTimeFactory
) -> None:
    first = await write(hass, agent.pipeline_id, "One?")
    freezer.tick(timedelta(seconds=20))
    await write(hass, agent.pipeline_id, "Two?", conversation_id=first.conversation_id)
    assert len(_instructions(realtime_server)) == 1
    freezer.tick(timedelta(seconds=60))
    await write(hass, agent.pipeline_id, "Three?", conversation_id=first.conversation_id)
    assert len(_instructions(realtime_server)) == 2


@script(turns=["One?", "Two?"], responses=["One.", "Two."])
async def test_speech_finds_it_as_well(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, freezer: FrozenDateTimeFactory
) -> None:
    first = await speak(hass, agent.pipeline_id)
    freezer.tick(timedelta(seconds=20))
    second = await speak(hass, agent.pipeline_id, conversation_id=first.conversation_id)
    assert second.speech == "Two."
    assert len(_instructions(realtime_server)) == 1


def _instructions(server: RealtimeServer) -> set[str]:
    """Return the instructions that the server was given."""
    updates = [event["session"].get("instructions") for event in received(server, "session.update")]
    return {instructions for instructions in updates if instructions}
