"""How a user adds an agent to an account and changes it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_NAME, CONF_PROMPT
from homeassistant.helpers import llm
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    TemplateSelector,
    TextSelector,
)
import probatio

from .const import CONF_VOICE, DEFAULT_AGENT_NAME
from .model_options import recommended_options
from .realtime.catalog import MODELS, VOICES

type Fields = Mapping[probatio.Marker, Any]

_NAME: Fields = {probatio.Required(CONF_NAME, default=DEFAULT_AGENT_NAME): TextSelector()}
# A compatible server may have models and voices that the catalog does not know.
_OPEN_CHOICES = {CONF_MODEL: MODELS, CONF_VOICE: VOICES}


class AgentSubentryFlow(ConfigSubentryFlow):
    """Adds an agent or changes one."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add an agent; it is ready to use as it is offered."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        errors = _errors(user_input)
        if user_input is None or errors:
            return self._show("user", _NAME, user_input or recommended_options(), errors)
        return self.async_create_entry(
            title=user_input[CONF_NAME], data={**recommended_options(user_input[CONF_MODEL]), **_agent_data(user_input)}
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change an agent."""
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        errors = _errors(user_input)
        if user_input is None or errors:
            return self._show("reconfigure", {}, user_input or subentry.data, errors)
        return self.async_update_and_abort(entry, subentry, data={**subentry.data, **_agent_data(user_input)})

    def _show(
        self, step_id: str, first: Fields, suggested: Mapping[str, Any], errors: dict[str, str]
    ) -> SubentryFlowResult:
        """Show the agent's form."""
        apis = [SelectOptionDict(label=api.name, value=api.id) for api in llm.async_get_apis(self.hass)]
        known = {api["value"] for api in apis}
        chosen = [api for api in suggested.get(CONF_LLM_HASS_API, ()) if api in known]
        fields: Fields = {
            **first,
            probatio.Optional(CONF_PROMPT): TemplateSelector(),
            probatio.Optional(CONF_LLM_HASS_API): SelectSelector(SelectSelectorConfig(options=apis, multiple=True)),
            **{
                probatio.Required(name): SelectSelector(SelectSelectorConfig(options=list(choices), custom_value=True))
                for name, choices in _OPEN_CHOICES.items()
            },
        }
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(dict(fields)), {**suggested, CONF_LLM_HASS_API: chosen}
            ),
            errors=errors,
        )


def _errors(user_input: dict[str, Any] | None) -> dict[str, str]:
    """Return what is wrong with an agent, by field."""
    return {
        name: "blank" for name in (CONF_NAME, *_OPEN_CHOICES) if user_input and not user_input.get(name, "-").strip()
    }


def _agent_data(user_input: dict[str, Any]) -> dict[str, Any]:
    """Return a subentry's data; a prompt left empty is Home Assistant's own."""
    return {
        CONF_PROMPT: user_input.get(CONF_PROMPT, ""),
        CONF_LLM_HASS_API: user_input.get(CONF_LLM_HASS_API, []),
        **{name: user_input[name].strip() for name in _OPEN_CHOICES},
    }
