"""What people say that no sentence template of Home Assistant knows: scripts, reading a list, stopping, measurements."""

import re
from typing import Final

from .home import Home
from .meaning import LIVE_CONTEXT, Meaning
from .toolbox import Toolbox

GET_ITEMS: Final = ("get_items", "todo_get_items")
"""The tool that reads a list, before and after Home Assistant gave it a prefix."""

_READ_LIST: Final = re.compile(
    r"^(?:what(?:'s| is| do i have)|what are the items|is there anything|read(?: me)?|tell me what(?:'s| is)|show me)"
    r"(?: on)? (?:(?:my|the|our) )?(?P<list>.+?)$",
    re.IGNORECASE,
)
_RUN: Final = re.compile(
    r"^(?:run|start|execute|activate|launch|trigger|do) (?:the )?|(?: script| routine)$", re.IGNORECASE
)
_STOP: Final = re.compile(r"^stop (?:the |my |our )?(?P<name>.+)$", re.IGNORECASE)
_STOPS: Final = {"cover": "HassStopMoving", "valve": "HassStopMoving", "media_player": "HassMediaPause"}
_QUESTION: Final = re.compile(r"^(?:what|how|tell me)\b", re.IGNORECASE)
_LOCAL_TOOLS: Final = re.compile(r"^(?:Hass|Get[A-Z])")


def own_meaning(text: str, home: Home, toolbox: Toolbox) -> Meaning | None:
    """Return what a plain sentence means to one of these tools, if anything."""
    return _list_to_read(text, home, toolbox) or _script_to_run(text, toolbox) or _thing_to_stop(text, home, toolbox)


def measurement_asked(text: str, home: Home, toolbox: Toolbox) -> Meaning | None:
    """Return the question for a sensor whose name is in the sentence, in whatever order: "the humidity outside"."""
    if LIVE_CONTEXT not in toolbox or not _QUESTION.match(text):
        return None
    words = set(re.findall(r"\w+", text.casefold()))
    for entity in home.entities:
        if entity.domain == "sensor" and words.issuperset(re.findall(r"\w+", entity.name.casefold())):
            return Meaning(intent="HassGetState", slots={"name": entity.name}, question="one")
    return None


def _list_to_read(text: str, home: Home, toolbox: Toolbox) -> Meaning | None:
    if not (said := _READ_LIST.match(text)):
        return None
    entity = home.entity(said["list"])
    if entity is None or entity.domain != "todo":
        return None
    for tool in GET_ITEMS:
        if tool in toolbox:
            return Meaning(intent=tool, slots={"todo_list": entity.name, "name": entity.name})
    return None


def _script_to_run(text: str, toolbox: Toolbox) -> Meaning | None:
    wanted = {text.casefold(), _RUN.sub("", text).casefold()}
    for tool in toolbox.short_names:
        if _LOCAL_TOOLS.match(tool) or toolbox.required(tool):
            continue
        if tool.replace("_", " ").casefold() in wanted:
            return Meaning(intent=tool)
    return None


def _thing_to_stop(text: str, home: Home, toolbox: Toolbox) -> Meaning | None:
    if not (said := _STOP.match(text)) or (entity := home.entity(said["name"])) is None:
        return None
    tool = _STOPS.get(entity.domain, "HassTurnOff")
    return Meaning(intent=tool, slots={"name": entity.name}) if tool in toolbox else None
