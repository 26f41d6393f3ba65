"""Which sections do the forms of an agent have, and how do its options get into them and out of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_NAME, CONF_PROMPT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import llm
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    TemplateSelector,
    TextSelector,
)
import probatio

from .const import CONF_FALLBACK_MODELS, CONF_MODE, CONF_VOICE, DEFAULT_AGENT_NAME
from .ears_form import ears_fields
from .fallback_form import fallback_fields
from .form_fields import Fields, Subject, open_choice, translated
from .form_values import shown, stored
from .limits_form import limits_fields
from .mind_form import mind_fields
from .model_options import AgentOptions
from .realtime.catalog import Model
from .realtime.model_choice import Mode
from .voice_form import voice_fields

type Sections = Mapping[str, Fields]
"""The fields of the second step by section."""

# None has the name of a field: whoever answers a form goes by names.
MIND, VOICE, EARS, FALLBACK, LIMITS = "mind", "voices", "ears", "fallback", "limits"

NAME: Fields = {probatio.Required(CONF_NAME, default=DEFAULT_AGENT_NAME): TextSelector()}


@dataclass(frozen=True, slots=True)
class _Section:
    fields: Callable[[Subject], Fields]
    collapsed: bool = True


_SECTIONS: Mapping[str, _Section] = {
    MIND: _Section(mind_fields, collapsed=False),
    VOICE: _Section(voice_fields, collapsed=False),
    EARS: _Section(ears_fields),
    FALLBACK: _Section(fallback_fields),
    LIMITS: _Section(limits_fields),
}


def model_fields(hass: HomeAssistant, models: Iterable[SelectOptionDict]) -> Fields:
    """Return the fields of the first step, on whose model the others depend."""
    apis = [SelectOptionDict(label=api.name, value=api.id) for api in llm.async_get_apis(hass)]
    return {
        probatio.Required(CONF_MODE, default=Mode.AUTO.value): translated(CONF_MODE, Mode),
        probatio.Required(CONF_MODEL): open_choice(models),
        probatio.Optional(CONF_PROMPT): TemplateSelector(),
        probatio.Optional(CONF_LLM_HASS_API): SelectSelector(SelectSelectorConfig(options=apis, multiple=True)),
    }


def model_data(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the first step stores; a prompt left empty is Home Assistant's own."""
    return {
        CONF_MODE: user_input[CONF_MODE],
        CONF_MODEL: user_input[CONF_MODEL].strip(),
        CONF_PROMPT: user_input.get(CONF_PROMPT, ""),
        CONF_LLM_HASS_API: user_input.get(CONF_LLM_HASS_API, []),
    }


def detail_sections(subject: Subject) -> Sections:
    """Return the second step: what the chosen model can do, and what takes its place."""
    return {name: part.fields(subject) for name, part in _SECTIONS.items()}


def detail_fields(sections: Sections, errors: Mapping[str, str]) -> Fields:
    """Return the second step's sections as a form has them; one with an error is open."""
    return {
        probatio.Required(name): section(
            probatio.Schema(dict(fields)), {"collapsed": _SECTIONS[name].collapsed and name not in errors}
        )
        for name, fields in sections.items()
    }


def detail_data(user_input: Mapping[str, Any], sections: Sections) -> dict[str, Any]:
    """Return what the second step stores: a field left empty as None, one that was not shown not at all."""
    return {
        str(field): stored(str(field), user_input[name].get(str(field)))
        for name, fields in sections.items()
        for field in fields
    }


def detail_suggestions(data: Mapping[str, Any], model: Model, sections: Sections) -> dict[str, dict[str, Any]]:
    """Return what stands in the second step's fields: what the agent goes by, and a voice that the model has."""
    values = {**data, **AgentOptions.from_subentry(data).values()}
    voice = values[CONF_VOICE]
    values[CONF_VOICE] = voice if model.has_voice(voice) else model.default_voice
    values[CONF_FALLBACK_MODELS] = [name for name in values[CONF_FALLBACK_MODELS] if name != model.id]
    return {
        name: {
            str(field): value for field in fields if (value := shown(str(field), values.get(str(field)))) is not None
        }
        for name, fields in sections.items()
    }
