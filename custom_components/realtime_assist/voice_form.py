"""What is asked of an agent's voice."""

from typing import Any

from homeassistant.helpers.selector import BooleanSelector, NumberSelector, NumberSelectorConfig, TextSelector
import probatio

from .const import (
    CONF_AUTOMATIC_VOICE,
    CONF_FALLBACK_VOICE,
    CONF_SATELLITE_VOICES,
    CONF_SPEED,
    CONF_USE,
    CONF_VOICE,
    CONF_VOICE_SUBSTITUTES,
)
from .form_fields import Fields, Subject, open_choice, table, translated
from .form_values import CONF_FROM, CONF_SATELLITE, CONF_TO
from .realtime.catalog import Use

# What the wire takes.
SLOWEST, FASTEST = 0.25, 1.5

_SATELLITE = {"entity": {"filter": [{"domain": "assist_satellite"}]}}


def voice_fields(subject: Subject) -> Fields:
    """Return which voice speaks, where, how fast, and which ones take its place."""
    voices = open_choice(subject.voices)
    satellites: dict[str, dict[str, Any]] = {CONF_SATELLITE: _SATELLITE, CONF_VOICE: voices.serialize()["selector"]}
    substitutes = dict.fromkeys((CONF_FROM, CONF_TO), TextSelector().serialize()["selector"])
    return {
        probatio.Required(CONF_VOICE): voices,
        probatio.Optional(CONF_SPEED): NumberSelector(NumberSelectorConfig(min=SLOWEST, max=FASTEST, step=0.05)),
        probatio.Optional(CONF_SATELLITE_VOICES): table(CONF_SATELLITE_VOICES, satellites),
        probatio.Optional(CONF_FALLBACK_VOICE): voices,
        probatio.Required(CONF_AUTOMATIC_VOICE, default=True): BooleanSelector(),
        probatio.Required(CONF_USE, default=Use.GENERAL.value): translated(CONF_USE, Use),
        probatio.Optional(CONF_VOICE_SUBSTITUTES): table(CONF_VOICE_SUBSTITUTES, substitutes),
    }
