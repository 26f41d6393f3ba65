"""How a user adds an account, gives it a new key, and moves it."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult, ConfigSubentryFlow, OptionsFlow
from homeassistant.const import CONF_API_KEY, CONF_MODEL
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
import probatio

from .account import account_id, async_account_error
from .const import CONF_BASE_URL, CONF_PROVIDER, DEFAULT_AGENT_NAME, DOMAIN, SUBENTRY_AGENT
from .local_engines import async_local_engines
from .migration import MINOR_VERSION, VERSION
from .model_options import AgentOptions, endpoint_from_entry, recommended_options
from .options_flow import AccountOptionsFlow
from .pipeline_flow import async_offer_pipeline
from .realtime import OPENAI_BASE_URL, InvalidBaseUrl
from .realtime.catalog import DEFAULT_MODEL
from .realtime.providers import Provider
from .subentry_flow import AgentSubentryFlow

type Fields = Mapping[probatio.Marker, Any]

_KEY = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))

_REQUIRED_KEY: Fields = {probatio.Required(probatio.Secret(CONF_API_KEY)): _KEY}
_OPTIONAL_KEY: Fields = {probatio.Optional(probatio.Secret(CONF_API_KEY)): _KEY}
_ADDRESS: Fields = {probatio.Required(CONF_BASE_URL): _URL, **_OPTIONAL_KEY}
_MODEL: Fields = {probatio.Required(CONF_MODEL, default=DEFAULT_MODEL): TextSelector()}

# What a form asks for, by its step and whose server it is.
_NEW_ACCOUNT: Mapping[str, Fields] = {Provider.OPENAI: _REQUIRED_KEY, Provider.COMPATIBLE: {**_ADDRESS, **_MODEL}}
_NEW_KEY: Mapping[str, Fields] = {Provider.OPENAI: _REQUIRED_KEY, Provider.COMPATIBLE: _OPTIONAL_KEY}
_NEW_ADDRESS: Mapping[str, Fields] = {Provider.OPENAI: _REQUIRED_KEY, Provider.COMPATIBLE: _ADDRESS}

# An error that is about one field stands beside it when the form has that field, any other above the form.
_FIELDS_BY_ERROR = {
    "invalid_auth": CONF_API_KEY,
    "malformed_api_key": CONF_API_KEY,
    "invalid_base_url": CONF_BASE_URL,
    "insecure_base_url": CONF_BASE_URL,
    "host_not_found": CONF_BASE_URL,
    "not_found": CONF_BASE_URL,
    "not_realtime": CONF_BASE_URL,
    "tls_failed": CONF_BASE_URL,
    "model_unavailable": CONF_MODEL,
}
# Translations must not hold addresses.
_PLACEHOLDERS = {"api_keys_url": "https://platform.openai.com/api-keys", "example_url": "http://192.168.1.10:8000/v1"}


class RealtimeConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds an account with one agent, and changes an account."""

    VERSION = VERSION
    MINOR_VERSION = MINOR_VERSION

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what an account can hold."""
        return {SUBENTRY_AGENT: AgentSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return how an account's options are changed."""
        return AccountOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whose server it is."""
        return self.async_show_menu(step_id="user", menu_options=[Provider.OPENAI, Provider.COMPATIBLE])

    async def async_step_openai(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an account at OpenAI."""
        return await self._async_add(Provider.OPENAI, user_input)

    async def async_step_compatible(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an account at a server that speaks the same protocol."""
        return await self._async_add(Provider.COMPATIBLE, user_input)

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on with a pipeline for the account's first agent."""
        return await async_offer_pipeline(self.hass, result)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start when the server has refused the key."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take a new key."""
        return await self._async_change("reauth_confirm", _NEW_KEY, self._get_reauth_entry(), user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take another key or, for a compatible server, another address."""
        return await self._async_change("reconfigure", _NEW_ADDRESS, self._get_reconfigure_entry(), user_input)

    async def _async_add(self, provider: Provider, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        """Show the form until the account works, then create its entry with a first agent."""
        fields = _NEW_ACCOUNT[provider]
        if user_input is None:
            return self._show(provider, fields)
        model = user_input.get(CONF_MODEL, DEFAULT_MODEL).strip()
        data = _account_data(user_input, {CONF_PROVIDER: provider, CONF_BASE_URL: OPENAI_BASE_URL})
        if (error := await self._async_error(data, model)) is not None:
            return self._show(provider, fields, user_input, error)
        return self.async_create_entry(
            title="OpenAI" if provider is Provider.OPENAI else endpoint_from_entry(data).host,
            data=data,
            subentries=[
                {
                    "subentry_type": SUBENTRY_AGENT,
                    "title": DEFAULT_AGENT_NAME,
                    "data": {**recommended_options(model), **await async_local_engines(self.hass)},
                    "unique_id": None,
                }
            ],
        )

    async def _async_change(
        self, step_id: str, forms: Mapping[str, Fields], entry: ConfigEntry, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Show the form until the account works as it is now, then change its entry."""
        fields = forms[entry.data[CONF_PROVIDER]]
        if user_input is None:
            return self._show(step_id, fields, entry.data)
        data = _account_data(user_input, entry.data)
        agents = entry.get_subentries_of_type(SUBENTRY_AGENT)
        model = next((AgentOptions.from_subentry(agent.data).model for agent in agents), DEFAULT_MODEL)
        error = await self._async_error(data, model, entry)
        # A server that misses the model has taken the key, and the key is what is changed here.
        if error not in (None, "model_unavailable"):
            return self._show(step_id, fields, user_input, error)
        endpoint = endpoint_from_entry(data)
        named_by_host = entry.title == endpoint_from_entry(entry.data).host
        title = endpoint.host if named_by_host else entry.title
        if data == entry.data:
            # The server has let in what it may have refused before, and the agents still hold that against it.
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        # A loaded entry reloads itself when it changes.
        update = self.async_update_and_abort if entry.update_listeners else self.async_update_reload_and_abort
        return update(entry, unique_id=account_id(endpoint), title=title, data=data)

    async def _async_error(self, data: Mapping[str, Any], model: str, entry: ConfigEntry | None = None) -> str | None:
        """Return the form error of an account, or None; abort when another entry has it."""
        try:
            endpoint = endpoint_from_entry(data)
        except InvalidBaseUrl:
            return "invalid_base_url"
        existing = await self.async_set_unique_id(account_id(endpoint), raise_on_progress=False)
        if existing not in (None, entry):
            raise AbortFlow("already_configured")
        return await async_account_error(self.hass, endpoint, model)

    def _show(
        self,
        step_id: str,
        fields: Fields,
        suggested: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> ConfigFlowResult:
        """Show a form with what was typed or stored in it, except the key."""
        values = {name: value for name, value in (suggested or {}).items() if name != CONF_API_KEY}
        errors = {}
        if error is not None:
            field = _FIELDS_BY_ERROR.get(error, "base")
            errors = {field if field in fields else "base": error}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(probatio.Schema(dict(fields)), values),
            errors=errors,
            description_placeholders=_PLACEHOLDERS,
        )


def _account_data(user_input: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's data: what was typed over what is given; no key stands for none needed."""
    return {
        CONF_PROVIDER: base[CONF_PROVIDER],
        CONF_BASE_URL: user_input.get(CONF_BASE_URL, base[CONF_BASE_URL]).strip(),
        CONF_API_KEY: user_input.get(CONF_API_KEY, "").strip() or None,
    }
