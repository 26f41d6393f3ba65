"""How a user adds an agent to an account and changes it: the model first, then what depends on it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_NAME
from homeassistant.helpers import llm
from homeassistant.helpers.selector import SelectOptionDict
from homeassistant.util import dt as dt_util
import probatio

from .account_options import AccountOptions
from .agent_chain import leads_back
from .agent_form import (
    NAME,
    Fields,
    detail_data,
    detail_fields,
    detail_suggestions,
    has_blank_substitute,
    model_choices,
    model_data,
    model_fields,
)
from .const import (
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_STT,
    CONF_FALLBACK_TTS,
    CONF_PROVIDER,
    CONF_VOICE,
    CONF_VOICE_SUBSTITUTES,
    SUBENTRY_AGENT,
    Provider,
)
from .local_engines import async_local_engines
from .model_options import AgentOptions, recommended_options
from .realtime.catalog import DEFAULT_MODEL, Model, model, offered_models, successor
from .realtime.model_choice import NoFallbackModel
from .realtime.voice_choice import NoVoice
from .texts import Texts


class AgentSubentryFlow(ConfigSubentryFlow):
    """Adds an agent or changes one."""

    def __init__(self) -> None:
        """Start without any answer."""
        super().__init__()
        self._title: str | None = None
        self._data: dict[str, Any] = {}
        self._placeholders: dict[str, str] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add an agent; it is ready to use as it is offered."""
        if not self._data:
            self._data = {**recommended_options(self._first_model()), **await async_local_engines(self.hass)}
        return await self._async_step_model("user", NAME, user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change an agent."""
        if not self._data:
            self._data = dict(self._get_reconfigure_subentry().data)
        return await self._async_step_model("reconfigure", {}, user_input)

    async def async_step_details(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for what depends on the model; then the agent is complete."""
        texts = await Texts.async_load(self.hass)
        chosen = self._model(self._data[CONF_MODEL])
        stored = self._data.get(CONF_FALLBACK_MODELS) or ()
        fields = detail_fields(self.hass, texts, chosen, self._choices(texts, stored, without=chosen.id))
        if user_input is None:
            suggested = detail_suggestions(self._data, chosen)
            return self._show("details", fields, suggested, {}, texts)
        if errors := self._detail_errors(user_input, fields):
            return self._show("details", fields, user_input, errors, texts)
        data = {**self._data, **detail_data(user_input, fields)}
        data = {name: value for name, value in data.items() if value is not None}
        if self._title is not None:
            return self.async_create_entry(title=self._title, data=data)
        return self.async_update_and_abort(self._get_entry(), self._get_reconfigure_subentry(), data=data)

    async def _async_step_model(
        self, step_id: str, first: Fields, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        """Ask for the model until it can be used, then go on."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        errors = {} if user_input is None else self._model_errors(user_input)
        if user_input is None or errors:
            texts = await Texts.async_load(self.hass)
            fields = {**first, **model_fields(self.hass, self._choices(texts, [self._data[CONF_MODEL]]))}
            return self._show(step_id, fields, user_input or self._known_apis(self._data), errors, texts)
        self._title = user_input.get(CONF_NAME)
        chosen = model_data(user_input)
        if self._title is not None:
            # What is recommended with one model is not with another, such as a fallback that this server lacks.
            self._data |= {CONF_FALLBACK_MODELS: recommended_options(chosen[CONF_MODEL])[CONF_FALLBACK_MODELS]}
        self._data |= chosen
        return await self.async_step_details()

    def _model_errors(self, user_input: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with the first step, by field."""
        names = (CONF_NAME, CONF_MODEL)
        if blank := {name: "blank" for name in names if not user_input.get(name, "-").strip()}:
            return blank
        return {CONF_MODEL: "model_retired"} if self._is_retired(user_input[CONF_MODEL].strip()) else {}

    def _detail_errors(self, user_input: Mapping[str, Any], fields: Fields) -> dict[str, str]:
        """Return what is wrong with the second step, by field."""
        if not user_input[CONF_VOICE].strip():
            return {CONF_VOICE: "blank"}
        if has_blank_substitute(user_input):
            return {CONF_VOICE_SUBSTITUTES: "blank"}
        options = AgentOptions.from_subentry({**self._data, **detail_data(user_input, fields)})
        if any(self._is_retired(model_id) for model_id in options.fallback_models):
            return {CONF_FALLBACK_MODELS: "model_retired"}
        try:
            options.check()
        except NoFallbackModel:
            return {CONF_FALLBACK_MODELS: "no_fallback_model"}
        except NoVoice as err:
            self._placeholders |= {"model": err.model, "voice": err.wanted, "voices": ", ".join(err.available)}
            return {CONF_VOICE: "no_voice"}
        agent_id = None if self._title is not None else self._get_reconfigure_subentry().subentry_id
        return {CONF_FALLBACK_AGENT: "fallback_loop"} if leads_back(self.hass, agent_id, options.fallback_agent) else {}

    def _is_retired(self, model_id: str) -> bool:
        """Return whether OpenAI has shut a model down; another server may have it still."""
        known = self._model(model_id)
        if self._get_entry().data[CONF_PROVIDER] != Provider.OPENAI or not known.life_cycle.is_retired(self._today):
            return False
        following = successor(model_id, self._today, self._get_entry().runtime_data.announced)
        self._placeholders |= {"model": model_id, "replacement": DEFAULT_MODEL if following is None else following.id}
        return True

    def _choices(self, texts: Texts, stored: Iterable[str], without: str | None = None) -> list[SelectOptionDict]:
        """Return the models to choose from, the stored ones among them, each with its price and its end."""
        entry = self._get_entry()
        options, endpoint = AccountOptions.from_entry(entry.options), entry.runtime_data.endpoint
        offered = offered_models(self._today, entry.runtime_data.announced)
        models = {each.id: each for each in (*offered, *map(self._model, stored))}
        priced = ((each, options.price_card(each.id, endpoint)) for each in models.values())
        return model_choices(texts, priced, self._today, without=without)

    def _first_model(self) -> str:
        """Return the model to offer: a compatible server surely has the one that its first agent uses."""
        entry = self._get_entry()
        if entry.data[CONF_PROVIDER] == Provider.OPENAI:
            return DEFAULT_MODEL
        agents = entry.get_subentries_of_type(SUBENTRY_AGENT)
        return next((AgentOptions.from_subentry(agent.data).model for agent in agents), DEFAULT_MODEL)

    def _model(self, model_id: str) -> Model:
        """Return what is known of a model."""
        return model(model_id, self._get_entry().runtime_data.announced)

    @property
    def _today(self) -> date:
        """Return the day in the house."""
        return dt_util.now().date()

    def _known_apis(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return data without the LLM APIs that have vanished."""
        known = {api.id for api in llm.async_get_apis(self.hass)}
        return {**data, CONF_LLM_HASS_API: [api for api in data.get(CONF_LLM_HASS_API, ()) if api in known]}

    def _show(
        self, step_id: str, fields: Fields, suggested: Mapping[str, Any], errors: dict[str, str], texts: Texts
    ) -> SubentryFlowResult:
        """Show a form, and say plainly where the house would be deaf or mute without the internet."""
        if not suggested.get(CONF_FALLBACK_AGENT):
            offline = "nothing_offline"
        elif suggested.get(CONF_FALLBACK_STT) and suggested.get(CONF_FALLBACK_TTS):
            offline = "speech_offline"
        else:
            offline = "text_offline"
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(probatio.Schema(dict(fields)), suggested),
            errors=errors,
            description_placeholders={**self._placeholders, "offline": texts.text(offline)},
        )
