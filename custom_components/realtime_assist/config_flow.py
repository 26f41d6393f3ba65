"""How a user adds an account, gives it a new key, and moves it."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult, ConfigSubentryFlow, OptionsFlow
from homeassistant.const import CONF_API_KEY
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
import probatio

from .account import AccountRefused, Unconfirmed, account_id, async_try_out
from .account_form import (
    Fields,
    account_data,
    account_fields,
    address_fields,
    agent_options,
    error_at,
    first_model,
    key_fields,
    placeholders,
    settled,
    suggestions,
    title,
    with_dialect,
)
from .const import CONF_PRIVATE_HOST, CONF_PROVIDER, DEFAULT_AGENT_NAME, DOMAIN, SUBENTRY_AGENT
from .local_engines import async_local_engines
from .migration import MINOR_VERSION, VERSION
from .model_options import AgentOptions, endpoint_from_entry, recommended_options
from .options_flow import AccountOptionsFlow
from .pipeline_flow import async_offer_pipeline
from .realtime import DialectName, InvalidBaseUrl
from .realtime.providers import Provider
from .subentry_flow import AgentSubentryFlow


class RealtimeConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds an account with one agent, and changes an account."""

    VERSION = VERSION
    MINOR_VERSION = MINOR_VERSION

    _private_host: str | None = None
    """The host that the user has confirmed."""
    _unconfirmed: Unconfirmed
    """What the user is asked to confirm."""
    _go_on: Callable[[], Awaitable[ConfigFlowResult]]
    """What a confirmation leads back to."""

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
        return self.async_show_menu(step_id="user", menu_options=list(Provider))

    async def async_step_openai(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an account at OpenAI."""
        return await self._async_add(Provider.OPENAI, user_input)

    async def async_step_azure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an account at Azure OpenAI, where models are called by their deployments' names."""
        return await self._async_add(Provider.AZURE, user_input)

    async def async_step_xai(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an account at xAI."""
        return await self._async_add(Provider.XAI, user_input)

    async def async_step_voice_live(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an account at Azure Voice Live."""
        return await self._async_add(Provider.VOICE_LIVE, user_input)

    async def async_step_compatible(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an account at a server that speaks the same protocol."""
        return await self._async_add(Provider.COMPATIBLE, user_input)

    async def async_step_confirm_private(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say where the host is; who goes on from there has meant it."""
        if user_input is not None:
            self._private_host = self._unconfirmed.host
            return await self._go_on()
        return self.async_show_form(
            step_id="confirm_private",
            data_schema=probatio.Schema({}),
            description_placeholders={"host": self._unconfirmed.host, "address": self._unconfirmed.address},
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on with a pipeline for the account's first agent."""
        return await async_offer_pipeline(self.hass, result)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start when the server has refused the key."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take a new key."""
        return await self._async_change("reauth_confirm", key_fields, self._get_reauth_entry(), user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take another key and, where that can change, another address."""
        return await self._async_change("reconfigure", address_fields, self._get_reconfigure_entry(), user_input)

    async def _async_add(self, provider: Provider, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        """Show the form until the account works, then create its entry with a first agent."""
        fields = account_fields(provider)
        if user_input is None:
            return self._show(provider, provider, fields)
        model = first_model(provider, user_input)
        data = account_data(user_input, {CONF_PROVIDER: provider.value, **self._confirmed()})
        try:
            greeted = await self._async_try_out(data, model)
        except Unconfirmed as err:
            self._unconfirmed, self._go_on = err, partial(self._async_add, provider, user_input)
            return await self.async_step_confirm_private()
        except AccountRefused as err:
            return self._show(provider, provider, fields, user_input, err.error)
        host = endpoint_from_entry(data).host
        data = settled(data, host)
        found = with_dialect(data, greeted)
        options = {**recommended_options(model), **agent_options(provider, user_input)}
        return self.async_create_entry(
            title=title(provider, user_input, host),
            data=found,
            # What the user has not said but the server has.
            description=f"speaks_{greeted}" if found != data else None,
            subentries=[
                {
                    "subentry_type": SUBENTRY_AGENT,
                    "title": DEFAULT_AGENT_NAME,
                    "data": {**options, **await async_local_engines(self.hass)},
                    "unique_id": None,
                }
            ],
        )

    async def _async_change(
        self,
        step_id: str,
        fields_of: Callable[[Provider], Fields],
        entry: ConfigEntry,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Show the form until the account works as it is now, then change its entry."""
        provider = Provider(entry.data[CONF_PROVIDER])
        fields = fields_of(provider)
        if user_input is None:
            return self._show(step_id, provider, fields, suggestions(entry.data))
        data = account_data(user_input, {**entry.data, **self._confirmed()})
        agents = entry.get_subentries_of_type(SUBENTRY_AGENT)
        model = next((AgentOptions.from_subentry(agent.data).model for agent in agents), first_model(provider, {}))
        try:
            data = with_dialect(data, await self._async_try_out(data, model, entry))
        except Unconfirmed as err:
            self._unconfirmed, self._go_on = err, partial(self._async_change, step_id, fields_of, entry, user_input)
            return await self.async_step_confirm_private()
        except AccountRefused as err:
            # A server that misses the model has taken the key, and the key is what is changed here.
            if err.error != "model_unavailable":
                return self._show(step_id, provider, fields, user_input, err.error)
        endpoint = endpoint_from_entry(data)
        data = settled(data, endpoint.host)
        named_by_host = entry.title == endpoint_from_entry(entry.data).host
        if data == entry.data:
            # The server has let in what it may have refused before, and the agents still hold that against it.
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        # A loaded entry reloads itself when it changes.
        update = self.async_update_and_abort if entry.update_listeners else self.async_update_reload_and_abort
        new_title = endpoint.host if named_by_host else entry.title
        return update(entry, unique_id=account_id(endpoint), title=new_title, data=data)

    async def _async_try_out(
        self, data: Mapping[str, Any], model: str, entry: ConfigEntry | None = None
    ) -> DialectName:
        """Return in which dialect the account's server greets; abort when another entry has it.

        Raises AccountRefused and Unconfirmed.
        """
        try:
            endpoint = endpoint_from_entry(data)
        except InvalidBaseUrl:
            raise AccountRefused("invalid_base_url") from None
        existing = await self.async_set_unique_id(account_id(endpoint), raise_on_progress=False)
        if existing not in (None, entry):
            raise AbortFlow("already_configured")
        return await async_try_out(self.hass, endpoint, model)

    def _confirmed(self) -> dict[str, str]:
        """Return what the user has confirmed, as it stands in an entry's data."""
        return {} if self._private_host is None else {CONF_PRIVATE_HOST: self._private_host}

    def _show(
        self,
        step_id: str,
        provider: Provider,
        fields: Fields,
        suggested: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> ConfigFlowResult:
        """Show a form with what was typed or stored in it, except the key."""
        values = {name: value for name, value in (suggested or {}).items() if name != CONF_API_KEY}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(probatio.Schema(dict(fields)), values),
            errors=error_at(error, fields),
            description_placeholders=placeholders(provider),
        )
