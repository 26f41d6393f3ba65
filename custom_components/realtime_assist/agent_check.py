"""What is wrong with what an agent is to be set to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant

from .account_models import AccountModels
from .agent_chain import leads_back
from .agent_form import EARS, FALLBACK, VOICE
from .const import CONF_SATELLITE_VOICES, CONF_TRANSCRIPTION_MODEL, CONF_VOICE, CONF_VOICE_SUBSTITUTES
from .form_values import COLUMNS, cells
from .model_options import AgentOptions
from .realtime.model_choice import NoFallbackModel
from .realtime.voice_choice import NoVoice
from .satellites import is_satellite


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a form is refused. The frontend shows an error beside a section, never beside a field that is in one."""

    section: str
    error: str
    placeholders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is known when the second step is submitted."""

    hass: HomeAssistant
    models: AccountModels
    user_input: Mapping[str, Mapping[str, Any]]
    """What stands in the form, by section."""
    options: AgentOptions
    """What the agent would be set to."""
    agent_id: str | None
    """The subentry of the agent; None is one that is yet to be made."""

    def first_problem(self) -> Problem | None:
        """Return what is wrong, or None where all is well."""
        return next(self._problems(), None)

    def _problems(self) -> Iterator[Problem]:
        yield from self._voice_problems()
        yield from self._satellite_problems()
        yield from self._transcription_problems()
        yield from self._model_problems()
        if leads_back(self.hass, self.agent_id, self.options.fallback_agent):
            yield Problem(section=FALLBACK, error="fallback_loop")

    def _voice_problems(self) -> Iterator[Problem]:
        voice = self.user_input[VOICE]
        if not voice[CONF_VOICE].strip():
            yield Problem(section=VOICE, error="blank_voice")
        if any("" in row for row in self._rows(CONF_VOICE_SUBSTITUTES)):
            yield Problem(section=VOICE, error="blank_substitute")

    def _satellite_problems(self) -> Iterator[Problem]:
        rows = list(self._rows(CONF_SATELLITE_VOICES))
        if any("" in row for row in rows):
            yield Problem(section=VOICE, error="blank_satellite_voice")
        model = self.models.model(self.options.first_model)
        seen = set()
        for satellite, voice in rows:
            if not is_satellite(self.hass, satellite):
                yield Problem(section=VOICE, error="unknown_satellite", placeholders={"satellite": satellite})
            if satellite in seen:
                yield Problem(section=VOICE, error="satellite_twice", placeholders={"satellite": satellite})
            if not model.has_voice(voice):
                names = {"model": model.id, "voice": voice, "satellite": satellite, "voices": ", ".join(model.voices)}
                yield Problem(section=VOICE, error="unknown_satellite_voice", placeholders=names)
            seen.add(satellite)

    def _transcription_problems(self) -> Iterator[Problem]:
        name = self.user_input[EARS][CONF_TRANSCRIPTION_MODEL].strip()
        if not name:
            yield Problem(section=EARS, error="blank_transcription_model")
        if (replacement := self.models.transcription_replacement(name)) is not None:
            names = {"model": name, "replacement": replacement}
            yield Problem(section=EARS, error="model_retired", placeholders=names)

    def _model_problems(self) -> Iterator[Problem]:
        for model_id in self.options.fallback_models:
            if (replacement := self.models.replacement(model_id)) is not None:
                names = {"model": model_id, "replacement": replacement}
                yield Problem(section=FALLBACK, error="model_retired", placeholders=names)
        try:
            self.options.check()
        except NoFallbackModel:
            yield Problem(section=FALLBACK, error="no_fallback_model")
        except NoVoice as err:
            names = {"model": err.model, "voice": err.wanted, "voices": ", ".join(err.available)}
            yield Problem(section=VOICE, error="no_voice", placeholders=names)

    def _rows(self, name: str) -> Iterable[tuple[str, str]]:
        """Return the rows of a table in the section of the voice."""
        return (cells(row, COLUMNS[name]) for row in self.user_input[VOICE].get(name) or ())
