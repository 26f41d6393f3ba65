"""Which models can an account's agents be set to, what do they cost it, and which has its server shut down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from homeassistant.helpers.selector import SelectOptionDict

from .account_options import AccountOptions
from .const import CONF_PROVIDER, SUBENTRY_AGENT
from .coordinator import RealtimeConfigEntry
from .model_options import AgentOptions
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
from .realtime.providers import Provider
from .texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountModels:
    """The models of a loaded account as they are on a day."""

    entry: RealtimeConfigEntry
    today: date

    def model(self, model_id: str) -> Model:
        """Return what is known of a model."""
        return model(model_id, self.entry.runtime_data.announced)

    def first(self) -> str:
        """Return the model to offer: a compatible server surely has the one that its first agent uses."""
        if self._at_openai:
            return DEFAULT_MODEL
        agents = self.entry.get_subentries_of_type(SUBENTRY_AGENT)
        return next((AgentOptions.from_subentry(agent.data).model for agent in agents), DEFAULT_MODEL)

    def choices(self, texts: Texts, stored: Iterable[str], *, without: str | None = None) -> list[SelectOptionDict]:
        """Return the models to choose from, the stored ones among them, each with its price and its end."""
        offered = offered_models(self.today, self.entry.runtime_data.announced)
        models = {each.id: each for each in (*offered, *map(self.model, stored))}
        options, endpoint = AccountOptions.from_entry(self.entry.options), self.entry.runtime_data.endpoint
        return [
            SelectOptionDict(value=each.id, label=texts.model(each, options.price_card(each.id, endpoint), self.today))
            for each in models.values()
            if each.id != without
        ]

    def transcription_choices(self, texts: Texts, stored: str) -> list[SelectOptionDict]:
        """Return the transcription models to choose from, as `choices` does."""
        known = [self._transcription_model(model_id) for model_id in TRANSCRIPTION_MODELS]
        offered = [each for each in known if not each.life_cycle.is_retired(self.today)]
        models = {each.id: each for each in (*offered, self._transcription_model(stored))}
        options = AccountOptions.from_entry(self.entry.options)
        return [
            SelectOptionDict(
                value=each.id,
                label=texts.transcription_model(each, options.transcription_card(each.id), self.today),
            )
            for each in models.values()
        ]

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
    def _at_openai(self) -> bool:
        """Return whether the account is at OpenAI itself."""
        return Provider(self.entry.data[CONF_PROVIDER]) is Provider.OPENAI
