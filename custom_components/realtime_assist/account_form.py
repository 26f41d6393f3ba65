"""What the forms for an account ask, by whose server it is, and what their answers mean."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_API_KEY, CONF_MODEL, CONF_REGION
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .const import (
    CONF_BASE_URL,
    CONF_DIALECT,
    CONF_FALLBACK_VOICE,
    CONF_PRIVATE_HOST,
    CONF_PROVIDER,
    CONF_TRANSCRIPTION_MODEL,
    CONF_VOICE,
)
from .realtime import DialectName
from .realtime.catalog import DEFAULT_MODEL, DEFAULT_TRANSCRIPTION_MODEL, model
from .realtime.providers import PROVIDERS, Provider, ProviderFacts

type Fields = dict[probatio.Marker, Any]

AUTOMATIC: Final = "automatic"
"""Take the dialect that the server's greeting shows."""
GLOBAL: Final = "global"
"""OpenAI's host that keeps data in no region of its own."""

# What cannot be told from a greeting, or what a user may know better.
_DIALECTS = (
    AUTOMATIC,
    DialectName.GA,
    DialectName.LOCALAI,
    DialectName.SPEECH_TO_SPEECH,
    DialectName.VLLM_OMNI,
    DialectName.BETA,
    DialectName.SPEACHES,
)
_LEARNED = frozenset({DialectName.GA, DialectName.XAI, DialectName.BETA, DialectName.VOICE_LIVE})
# The one that servers of other models answer to, if they let themselves be asked for one.
_USUAL_TRANSCRIPTION_MODEL = "whisper-1"

_KEY = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))

# An error that is about one field stands beside it when the form has that field, any other above the form.
_FIELDS_BY_ERROR = {
    "invalid_auth": CONF_API_KEY,
    "malformed_api_key": CONF_API_KEY,
    "invalid_base_url": CONF_BASE_URL,
    "insecure_base_url": CONF_BASE_URL,
    "forbidden_address": CONF_BASE_URL,
    "host_not_found": CONF_BASE_URL,
    "not_found": CONF_BASE_URL,
    "not_realtime": CONF_BASE_URL,
    "tls_failed": CONF_BASE_URL,
    "model_unavailable": CONF_MODEL,
}


def key_fields(provider: Provider) -> Fields:
    """Return what is asked where only the key is changed."""
    marker = probatio.Required if PROVIDERS[provider].key_required else probatio.Optional
    return {marker(probatio.Secret(CONF_API_KEY)): _KEY}


def address_fields(provider: Provider) -> Fields:
    """Return what is asked where an account moves."""
    facts = PROVIDERS[provider]
    fields: Fields = {}
    if facts.base_url is None:
        fields[probatio.Required(CONF_BASE_URL)] = _URL
    if facts.regions:
        fields[probatio.Optional(CONF_REGION, default=GLOBAL)] = _select("region", (GLOBAL, *facts.regions))
    fields |= key_fields(provider)
    if facts.dialect is None:
        fields[probatio.Optional(CONF_DIALECT, default=AUTOMATIC)] = _select("dialect", _DIALECTS)
    return fields


def account_fields(provider: Provider) -> Fields:
    """Return what is asked for a new account."""
    facts = PROVIDERS[provider]
    fields = address_fields(provider)
    match facts.models:
        case ():
            fields[probatio.Required(CONF_MODEL, default=DEFAULT_MODEL)] = TextSelector()
        case (default, _, *_):
            names = SelectSelectorConfig(
                options=list(facts.models), custom_value=True, mode=SelectSelectorMode.DROPDOWN
            )
            fields[probatio.Required(CONF_MODEL, default=default)] = SelectSelector(names)
    if facts.transcription_model is None:
        fields[probatio.Optional(CONF_TRANSCRIPTION_MODEL)] = TextSelector()
    return fields


def error_at(error: str | None, fields: Fields) -> dict[str, str]:
    """Return where in a form an error stands."""
    if error is None:
        return {}
    field = _FIELDS_BY_ERROR.get(error, "base")
    return {field if field in fields else "base": error}


def account_data(user_input: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's data: what was typed over what is given; no key stands for none needed."""
    facts = PROVIDERS[Provider(base[CONF_PROVIDER])]
    base_url = base.get(CONF_BASE_URL) or facts.base_url
    if CONF_BASE_URL in user_input:
        base_url = facts.completed(user_input[CONF_BASE_URL].strip())
    elif CONF_REGION in user_input:
        base_url = facts.regions.get(user_input[CONF_REGION], facts.base_url)
    data = {
        CONF_PROVIDER: base[CONF_PROVIDER],
        CONF_BASE_URL: base_url,
        CONF_API_KEY: user_input.get(CONF_API_KEY, "").strip() or None,
    }
    if (confirmed := base.get(CONF_PRIVATE_HOST)) is not None:
        data[CONF_PRIVATE_HOST] = confirmed
    dialect = user_input.get(CONF_DIALECT, base.get(CONF_DIALECT))
    return data if dialect in {None, AUTOMATIC} else {**data, CONF_DIALECT: dialect}


def settled(data: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Return an entry's data without what the user has confirmed of another host than the account's."""
    return {name: value for name, value in data.items() if name != CONF_PRIVATE_HOST or value == host}


def with_dialect(data: Mapping[str, Any], greeted: DialectName) -> dict[str, Any]:
    """Return an entry's data with the dialect in which the server has greeted, where nothing else is known."""
    unknown = PROVIDERS[Provider(data[CONF_PROVIDER])].dialect is None and CONF_DIALECT not in data
    return {**data, CONF_DIALECT: greeted.value} if unknown and greeted is not DialectName.GA else dict(data)


def suggestions(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to show of an account in a form that changes it."""
    facts = PROVIDERS[Provider(data[CONF_PROVIDER])]
    regions = {base_url: region for region, base_url in facts.regions.items()}
    dialect = data.get(CONF_DIALECT)
    return {
        CONF_BASE_URL: data[CONF_BASE_URL],
        CONF_REGION: regions.get(data[CONF_BASE_URL], GLOBAL),
        CONF_DIALECT: AUTOMATIC if dialect is None or dialect in _LEARNED else dialect,
    }


def title(provider: Provider, user_input: Mapping[str, Any], host: str) -> str:
    """Return what to call a new account."""
    region = user_input.get(CONF_REGION, GLOBAL)
    named = PROVIDERS[provider].title
    return host if named is None else named if region == GLOBAL else f"{named} {region.upper()}"


def agent_options(provider: Provider, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an account's first agent is set to apart from what is recommended for all."""
    facts = PROVIDERS[provider]
    transcription = user_input.get(CONF_TRANSCRIPTION_MODEL, "").strip() or facts.transcription_model
    own_voices = dict(zip((CONF_VOICE, CONF_FALLBACK_VOICE), facts.voices, strict=False))
    return {
        **own_voices,
        CONF_TRANSCRIPTION_MODEL: transcription or _usual_transcription_model(first_model(provider, user_input)),
    }


def first_model(provider: Provider, user_input: Mapping[str, Any]) -> str:
    """Return the model that is tried out, and that the first agent gets."""
    named: str = user_input.get(CONF_MODEL, "").strip()
    return named or PROVIDERS[provider].default_model or DEFAULT_MODEL


def placeholders(provider: Provider) -> dict[str, str]:
    """Return the addresses that a form shows; translations must not hold any."""
    facts: ProviderFacts = PROVIDERS[provider]
    return {"key_page": facts.key_page or "", "example_url": facts.example_url}


def _usual_transcription_model(model_id: str) -> str:
    """Return who writes down what is said, where nobody says: a server of OpenAI's models has OpenAI's others too."""
    return DEFAULT_TRANSCRIPTION_MODEL if model(model_id).known else _USUAL_TRANSCRIPTION_MODEL


def _select(translation_key: str, options: tuple[str, ...]) -> SelectSelector:
    """Return a list of names that have texts."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(option) for option in options],
            translation_key=translation_key,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
