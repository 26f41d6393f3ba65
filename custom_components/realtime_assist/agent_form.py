"""What the forms of an agent ask, and how what is stored gets into them and out of them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_NAME, CONF_PROMPT, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
from homeassistant.helpers.selector import (
    BooleanSelector,
    ConversationAgentSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TemplateSelector,
    TextSelector,
)
import probatio

from .const import (
    CONF_AUTOMATIC_VOICE,
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_STT,
    CONF_FALLBACK_TTS,
    CONF_FALLBACK_VOICE,
    CONF_MAX_OUTPUT_TOKENS,
    CONF_MODE,
    CONF_REASONING_EFFORT,
    CONF_SPEED,
    CONF_USE,
    CONF_VOICE,
    CONF_VOICE_SUBSTITUTES,
    DEFAULT_AGENT_NAME,
)
from .local_engines import own_engines
from .realtime.catalog import Model, Use
from .realtime.model_choice import Mode
from .texts import Texts

type Fields = Mapping[probatio.Marker, Any]

CONF_FROM = "from"
CONF_TO = "to"

NAME: Fields = {probatio.Required(CONF_NAME, default=DEFAULT_AGENT_NAME): TextSelector()}

# What the wire takes.
SLOWEST, FASTEST = 0.25, 1.5
MOST_OUTPUT_TOKENS = 32_000


def model_fields(hass: HomeAssistant, models: Iterable[SelectOptionDict]) -> Fields:
    """Return the fields of the first step, on whose model the others depend."""
    apis = [SelectOptionDict(label=api.name, value=api.id) for api in llm.async_get_apis(hass)]
    return {
        probatio.Required(CONF_MODE, default=Mode.AUTO.value): _translated(CONF_MODE, Mode),
        probatio.Required(CONF_MODEL): _open_choice(models),
        probatio.Optional(CONF_PROMPT): TemplateSelector(),
        probatio.Optional(CONF_LLM_HASS_API): SelectSelector(SelectSelectorConfig(options=apis, multiple=True)),
    }


def detail_fields(
    hass: HomeAssistant, texts: Texts, model: Model, fallback_models: Iterable[SelectOptionDict]
) -> Fields:
    """Return the fields of the second step: what the chosen model can do, and what takes its place."""
    voices = _open_choice(SelectOptionDict(value=voice, label=texts.voice(voice)) for voice in model.voices)
    fields: dict[probatio.Marker, Any] = {
        probatio.Optional(CONF_FALLBACK_MODELS): _open_choice(fallback_models, multiple=True),
        probatio.Required(CONF_VOICE): voices,
        probatio.Optional(CONF_FALLBACK_VOICE): voices,
        probatio.Required(CONF_AUTOMATIC_VOICE, default=True): BooleanSelector(),
        probatio.Optional(CONF_VOICE_SUBSTITUTES): _substitutes(),
        probatio.Required(CONF_USE, default=Use.GENERAL.value): _translated(CONF_USE, Use),
    }
    if model.capabilities.reasoning:
        efforts = _translated(CONF_REASONING_EFFORT, model.capabilities.reasoning_efforts)
        fields[probatio.Optional(CONF_REASONING_EFFORT)] = efforts
    return {
        **fields,
        probatio.Optional(CONF_SPEED): NumberSelector(NumberSelectorConfig(min=SLOWEST, max=FASTEST, step=0.05)),
        probatio.Optional(CONF_MAX_OUTPUT_TOKENS): NumberSelector(
            NumberSelectorConfig(
                min=1, max=model.capabilities.max_output or MOST_OUTPUT_TOKENS, step=1, mode=NumberSelectorMode.BOX
            )
        ),
        probatio.Optional(CONF_FALLBACK_AGENT): ConversationAgentSelector(),
        probatio.Optional(CONF_FALLBACK_STT): _engine(hass, Platform.STT),
        probatio.Optional(CONF_FALLBACK_TTS): _engine(hass, Platform.TTS),
    }


def model_choices(
    texts: Texts, models: Iterable[tuple[Model, Any]], today: date, *, without: str | None = None
) -> list[SelectOptionDict]:
    """Return models, each with its price card, as a form offers them."""
    return [
        SelectOptionDict(value=model.id, label=texts.model(model, card, today))
        for model, card in models
        if model.id != without
    ]


def model_data(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the first step stores; a prompt left empty is Home Assistant's own."""
    return {
        CONF_MODE: user_input[CONF_MODE],
        CONF_MODEL: user_input[CONF_MODEL].strip(),
        CONF_PROMPT: user_input.get(CONF_PROMPT, ""),
        CONF_LLM_HASS_API: user_input.get(CONF_LLM_HASS_API, []),
    }


def detail_data(user_input: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Return what the second step stores: a field left empty as None, one that was not shown not at all."""
    values = {str(field): user_input.get(str(field)) for field in fields}
    for name in (CONF_VOICE, CONF_FALLBACK_VOICE):
        values[name] = (values[name] or "").strip() or None
    if (limit := values[CONF_MAX_OUTPUT_TOKENS]) is not None:
        values[CONF_MAX_OUTPUT_TOKENS] = int(limit)
    models = (name.strip() for name in values[CONF_FALLBACK_MODELS] or ())
    values[CONF_FALLBACK_MODELS] = list(dict.fromkeys(name for name in models if name))
    values[CONF_VOICE_SUBSTITUTES] = {
        row[CONF_FROM].strip(): row[CONF_TO].strip() for row in values[CONF_VOICE_SUBSTITUTES] or ()
    }
    return values


def detail_suggestions(data: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """Return what stands in the second step's fields: what is stored, and a voice that the model has."""
    voice = data.get(CONF_VOICE)
    suggested = {name: value for name, value in data.items() if value is not None}
    suggested[CONF_VOICE] = voice if voice and model.has_voice(voice) else model.default_voice
    suggested[CONF_FALLBACK_MODELS] = [name for name in data.get(CONF_FALLBACK_MODELS) or () if name != model.id]
    suggested[CONF_VOICE_SUBSTITUTES] = [
        {CONF_FROM: missing, CONF_TO: taken} for missing, taken in (data.get(CONF_VOICE_SUBSTITUTES) or {}).items()
    ]
    return suggested


def has_blank_substitute(user_input: Mapping[str, Any]) -> bool:
    """Return whether a row of the table of voices lacks one of the two."""
    rows = user_input.get(CONF_VOICE_SUBSTITUTES) or ()
    return any(not row.get(name, "").strip() for row in rows for name in (CONF_FROM, CONF_TO))


def _open_choice(options: Iterable[SelectOptionDict], *, multiple: bool = False) -> SelectSelector:
    """Return a choice that also takes names which are not listed."""
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options), custom_value=True, multiple=multiple, mode=SelectSelectorMode.DROPDOWN
        )
    )


def _translated(name: str, values: Iterable[str]) -> SelectSelector:
    """Return a choice whose names are in the translations."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(value) for value in values], translation_key=name, mode=SelectSelectorMode.DROPDOWN
        )
    )


def _substitutes() -> ObjectSelector:
    """Return the table of voices and what takes their places."""
    return ObjectSelector(
        ObjectSelectorConfig(
            multiple=True,
            translation_key=CONF_VOICE_SUBSTITUTES,
            label_field=CONF_FROM,
            description_field=CONF_TO,
            fields={name: ObjectSelectorField(required=True, selector={"text": {}}) for name in (CONF_FROM, CONF_TO)},
        )
    )


def _engine(hass: HomeAssistant, domain: str) -> EntitySelector:
    """Return a choice of the speech engines that are not ours."""
    return EntitySelector(
        EntitySelectorConfig(
            filter=[EntityWithDeviceFilterSelectorConfig(domain=domain)], exclude_entities=own_engines(hass, domain)
        )
    )
