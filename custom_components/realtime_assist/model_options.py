"""What an account and an agent are set to: the only reader and maker of stored options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from homeassistant.const import CONF_API_KEY, CONF_LLM_HASS_API, CONF_MODEL, CONF_PROMPT
from homeassistant.helpers import llm

from .const import CONF_BASE_URL, CONF_VOICE
from .realtime import Endpoint
from .realtime.catalog import DEFAULT_MODEL, DEFAULT_VOICE


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOptions:
    """What an agent is set to."""

    prompt: str | None = field(default=None, repr=False)
    """The template of the instructions; None is Home Assistant's own."""
    llm_hass_api: tuple[str, ...] = ()
    """The ids of the LLM APIs whose tools the agent has; one that has vanished may be among them."""
    model: str = DEFAULT_MODEL
    voice: str = DEFAULT_VOICE

    @classmethod
    def from_subentry(cls, data: Mapping[str, Any]) -> Self:
        """Read a subentry's data; what is not set is as recommended."""
        apis = data.get(CONF_LLM_HASS_API) or ()
        return cls(
            prompt=data.get(CONF_PROMPT) or None,
            llm_hass_api=tuple(apis),
            model=data.get(CONF_MODEL) or DEFAULT_MODEL,
            voice=data.get(CONF_VOICE) or DEFAULT_VOICE,
        )


def recommended_options(model: str = DEFAULT_MODEL) -> dict[str, Any]:
    """Return the data of a subentry for an agent that is ready to use."""
    return {
        CONF_PROMPT: llm.DEFAULT_INSTRUCTIONS_PROMPT,
        CONF_LLM_HASS_API: [llm.LLM_API_ASSIST],
        CONF_MODEL: model,
        CONF_VOICE: DEFAULT_VOICE,
    }


def endpoint_from_entry(data: Mapping[str, Any]) -> Endpoint:
    """Return where an account's server is and the key for it."""
    return Endpoint(base_url=data[CONF_BASE_URL], api_key=data.get(CONF_API_KEY))
