"""What a sentence wants, in Home Assistant's own intents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LIVE_CONTEXT: Final = "GetLiveContext"
DATE_TIME: Final = "GetDateTime"

ANSWERED_BY: Final = {
    "HassGetState": LIVE_CONTEXT,
    "HassClimateGetTemperature": LIVE_CONTEXT,
    "HassGetWeather": LIVE_CONTEXT,
    "HassGetCurrentTime": DATE_TIME,
    "HassGetCurrentDate": DATE_TIME,
}
"""Questions, which Home Assistant does not offer as tools of their own, and the tool that knows the answer."""

TARGETS: Final = ("name", "area", "floor", "domain", "device_class")
NEVERMIND: Final = "HassNevermind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One thing wanted: an intent, or the short name of a tool that is no intent."""

    intent: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    """Names and areas as the home spells them."""
    question: str = ""
    """Of a state question, what it asks: one, one_yesno, any, all, which, how_many, where."""

    @property
    def tool(self) -> str:
        """The short name of the tool that does it."""
        return ANSWERED_BY.get(self.intent, self.intent)

    @property
    def is_aimed(self) -> bool:
        """Whether it names an entity, or needs none, rather than whatever an area holds."""
        return "name" in self.slots or not any(target in self.slots for target in TARGETS)
