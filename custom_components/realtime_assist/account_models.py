"""Which models can an account's agents be set to, what do they cost it, and which has its server shut down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from homeassistant.const import CONF_MODEL
from homeassistant.helpers.selector import SelectOptionDict

from .account_form import agent_options, first_model
from .account_options import AccountOptions
from .const import CONF_FALLBACK_VOICE, CONF_PROVIDER, CONF_TRANSCRIPTION_MODEL, CONF_VOICE, SUBENTRY_AGENT
from .coordinator import RealtimeConfigEntry
from .model_options import AgentOptions, recommended_options
from .realtime.catalog import (
    DEFAULT_MODEL,
    DEFAULT_TRANSCRIPTION_MODEL,
    TRANSCRIPTION_MODELS,
    Model,
    TranscriptionModel,
    model,
    offered_models,
    successor,
    transcription_model,
)
from .realtime.providers import PROVIDERS, Provider, ProviderFacts
from .texts import Texts

# What is called otherwise by each provider.
_PROVIDERS_OWN = (CONF_VOICE, CONF_FALLBACK_VOICE, CONF_TRANSCRIPTION_MODEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountModels:
    """The models of a loaded account as they are on a day."""

    entry: RealtimeConfigEntry
    today: date

    def model(self, model_id: str) -> Model:
        """Return what is known of a model."""
        return model(model_id, self.entry.runtime_data.announced)

    def recommended(self) -> dict[str, Any]:
        """Return what to offer for a new agent: another provider surely has what the account's first agent uses."""
        agents = self.entry.get_subentries_of_type(SUBENTRY_AGENT)
        if self._at_openai or not agents:
            return {**recommended_options(first_model(self._provider, {})), **agent_options(self._provider, {})}
        first = AgentOptions.from_subentry(agents[0].data).values()
        return {**recommended_options(first[CONF_MODEL]), **{name: first[name] for name in _PROVIDERS_OWN}}

    def offered(self) -> tuple[str, ...]:
        """Return the models that are served today."""
        if self._has_own_models:
            return self._facts.models
        return tuple(each.id for each in offered_models(self.today, self.entry.runtime_data.announced))

    def choices(self, texts: Texts, stored: Iterable[str], *, without: str | None = None) -> list[SelectOptionDict]:
        """Return the models to choose from, the stored ones among them, each with its price and its end."""
        models = {model_id: self.model(model_id) for model_id in (*self.offered(), *stored)}
        options, endpoint = AccountOptions.from_entry(self.entry.options), self.entry.runtime_data.endpoint
        return [
            SelectOptionDict(value=each.id, label=texts.model(each, options.price_card(each.id, endpoint), self.today))
            for each in models.values()
            if each.id != without
        ]

    def transcription_choices(self, texts: Texts, stored: str) -> list[SelectOptionDict]:
        """Return the transcription models to choose from, as `choices` does."""
        own = self._facts.transcription_model
        names = [own] if own and self._has_own_models else TRANSCRIPTION_MODELS
        known = map(self._transcription_model, names)
        offered = [each for each in known if not each.life_cycle.is_retired(self.today)]
        models = {each.id: each for each in (*offered, self._transcription_model(stored))}
        options, endpoint = AccountOptions.from_entry(self.entry.options), self.entry.runtime_data.endpoint
        return [
            SelectOptionDict(
                value=each.id,
                label=texts.transcription_model(each, options.transcription_card(each.id, endpoint), self.today),
            )
            for each in models.values()
        ]

    def voices(self, model_id: str) -> tuple[str, ...]:
        """Return the voices to choose from with a model."""
        chosen = self.model(model_id)
        return chosen.voices if chosen.known else self._facts.voices or chosen.voices

    def replacement(self, model_id: str) -> str | None:
        """Return what to take in the place of a model that OpenAI has shut down; None where the model can be used.

        Another server may have it still.
        """
        if not self._at_openai or not self.model(model_id).life_cycle.is_retired(self.today):
            return None
        following = successor(model_id, self.today, self.entry.runtime_data.announced)
        return DEFAULT_MODEL if following is None else following.id

    def transcription_replacement(self, model_id: str) -> str | None:
        """Return what to take in the place of a transcription model, as `replacement` does."""
        life_cycle = self._transcription_model(model_id).life_cycle
        if not self._at_openai or not life_cycle.is_retired(self.today):
            return None
        return life_cycle.replacement or DEFAULT_TRANSCRIPTION_MODEL

    def _transcription_model(self, model_id: str) -> TranscriptionModel:
        """Return what is known of a transcription model."""
        return transcription_model(model_id, self.entry.runtime_data.announced)

    @property
    def _facts(self) -> ProviderFacts:
        """Return what is known of the account's provider."""
        return PROVIDERS[self._provider]

    @property
    def _has_own_models(self) -> bool:
        """Return whether the provider's models are its own, and not OpenAI's."""
        return any(not self.model(model_id).known for model_id in self._facts.models)

    @property
    def _at_openai(self) -> bool:
        """Return whether the account is at OpenAI itself."""
        return self._provider is Provider.OPENAI

    @property
    def _provider(self) -> Provider:
        """Return whose server the account is at."""
        return Provider(self.entry.data[CONF_PROVIDER])
