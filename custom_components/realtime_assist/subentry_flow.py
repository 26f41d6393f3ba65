"""How a user adds an agent to an account and changes it: the model first, then what depends on it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState, SubentryFlowResult
from homeassistant.const import CONF_LLM_HASS_API, CONF_MODEL, CONF_NAME
from homeassistant.helpers import llm
from homeassistant.helpers.selector import SelectOptionDict
from homeassistant.util import dt as dt_util
import probatio

from . import pipelines
from .account_models import AccountModels
from .agent_check import Check
from .agent_form import (
    FALLBACK,
    NAME,
    Sections,
    detail_data,
    detail_fields,
    detail_sections,
    detail_suggestions,
    model_data,
    model_fields,
)
from .const import CONF_FALLBACK_AGENT, CONF_FALLBACK_MODELS, CONF_FALLBACK_STT, CONF_FALLBACK_TTS
from .form_fields import Fields, Subject
from .local_engines import async_local_engines
from .model_options import AgentOptions, recommended_options
from .pipeline_flow import STEP_PIPELINE, PipelineSteps
from .texts import Texts


class AgentSubentryFlow(PipelineSteps):
    """Adds an agent or changes one."""

    def __init__(self) -> None:
        """Start without any answer."""
        super().__init__()
        self._title: str | None = None
        self._data: dict[str, Any] = {}
        self._placeholders: dict[str, str] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add an agent; it is ready to use as it is offered."""
        if not self._is_loaded:
            return self.async_abort(reason="entry_not_loaded")
        if not self._data:
            self._data = {**self._models.recommended(), **await async_local_engines(self.hass)}
        return await self._async_step_model("user", NAME, user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change an agent, or its pipeline where there are any."""
        if not self._is_loaded:
            return self.async_abort(reason="entry_not_loaded")
        if not pipelines.available(self.hass):
            return await self.async_step_settings()
        return self.async_show_menu(step_id="reconfigure", menu_options=["settings", STEP_PIPELINE])

    async def async_step_settings(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change what an agent is set to."""
        if not self._data:
            self._data = dict(self._get_reconfigure_subentry().data)
        return await self._async_step_model("settings", {}, user_input)

    async def async_step_details(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for what depends on the model; then the agent is complete."""
        texts = await Texts.async_load(self.hass)
        subject = self._subject(texts)
        sections = detail_sections(subject)
        if user_input is None:
            suggested = detail_suggestions(self._data, subject.model, sections)
            return self._show_details(sections, suggested, {}, texts)
        if errors := self._detail_errors(user_input, sections):
            return self._show_details(sections, user_input, errors, texts)
        data = {**self._data, **detail_data(user_input, sections)}
        data = {name: value for name, value in data.items() if value is not None}
        if self._title is not None:
            return self.async_create_entry(title=self._title, data=data)
        return self.async_update_and_abort(self._get_entry(), self._get_reconfigure_subentry(), data=data)

    async def _async_step_model(
        self, step_id: str, first: Fields, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        """Ask for the model until it can be used, then go on."""
        errors = {} if user_input is None else self._model_errors(user_input)
        if user_input is None or errors:
            choices = self._models.choices(await Texts.async_load(self.hass), [self._data[CONF_MODEL]])
            fields = {**first, **model_fields(self.hass, choices)}
            return self._show(step_id, fields, user_input or self._known_apis(self._data), errors)
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
        model_id = user_input[CONF_MODEL].strip()
        if (replacement := self._models.replacement(model_id)) is None:
            return {}
        self._placeholders |= {"model": model_id, "replacement": replacement}
        return {CONF_MODEL: "model_retired"}

    def _detail_errors(self, user_input: Mapping[str, Any], sections: Sections) -> dict[str, str]:
        """Return what is wrong with the second step, by section."""
        check = Check(
            hass=self.hass,
            models=self._models,
            user_input=user_input,
            options=AgentOptions.from_subentry({**self._data, **detail_data(user_input, sections)}),
            agent_id=None if self._title is not None else self._get_reconfigure_subentry().subentry_id,
        )
        if (problem := check.first_problem()) is None:
            return {}
        self._placeholders |= problem.placeholders
        return {problem.section: problem.error}

    def _subject(self, texts: Texts) -> Subject:
        """Return what the second step depends on."""
        options, models = AgentOptions.from_subentry(self._data), self._models
        return Subject(
            hass=self.hass,
            texts=texts,
            model=models.model(options.model),
            fallback_models=models.choices(texts, options.fallback_models, without=options.model),
            transcription_models=models.transcription_choices(texts, options.transcription_model),
            voices=[SelectOptionDict(value=each, label=texts.voice(each)) for each in models.voices(options.model)],
        )

    @property
    def _is_loaded(self) -> bool:
        """Return whether the account is loaded, without which nothing is known of its models."""
        return self._get_entry().state is ConfigEntryState.LOADED

    @property
    def _models(self) -> AccountModels:
        """Return the account's models today, where the house is."""
        return AccountModels(entry=self._get_entry(), today=dt_util.now().date())

    def _known_apis(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return data without the LLM APIs that have vanished."""
        known = {api.id for api in llm.async_get_apis(self.hass)}
        return {**data, CONF_LLM_HASS_API: [api for api in data.get(CONF_LLM_HASS_API, ()) if api in known]}

    def _show_details(
        self, sections: Sections, suggested: Mapping[str, Mapping[str, Any]], errors: dict[str, str], texts: Texts
    ) -> SubentryFlowResult:
        """Show the second step, and say plainly where the house would be deaf or mute without the internet."""
        fallback = suggested[FALLBACK]
        if not fallback.get(CONF_FALLBACK_AGENT):
            offline = "nothing_offline"
        elif fallback.get(CONF_FALLBACK_STT) and fallback.get(CONF_FALLBACK_TTS):
            offline = "speech_offline"
        else:
            offline = "text_offline"
        self._placeholders |= {"offline": texts.text(offline)}
        return self._show("details", detail_fields(sections, errors), suggested, errors)

    def _show(
        self, step_id: str, fields: Fields, suggested: Mapping[str, Any], errors: dict[str, str]
    ) -> SubentryFlowResult:
        """Show a form with what was typed or stored in it."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(probatio.Schema(dict(fields)), suggested),
            errors=errors,
            description_placeholders=self._placeholders,
        )
