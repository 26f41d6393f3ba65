"""What an account and an agent are set to: the only reader and maker of stored options."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.const import CONF_API_KEY, CONF_LLM_HASS_API, CONF_MODEL, CONF_PROMPT
from homeassistant.helpers import llm

from .const import (
    CONF_AUTOMATIC_VOICE,
    CONF_BASE_URL,
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_STT,
    CONF_FALLBACK_TTS,
    CONF_FALLBACK_VOICE,
    CONF_MAX_OUTPUT_TOKENS,
    CONF_MODE,
    CONF_REASONING_EFFORT,
    CONF_SPEED,
    CONF_USE,
    CONF_VOICE,
    CONF_VOICE_SUBSTITUTES,
    LOGGER,
)
from .realtime import Endpoint, SessionConfig
from .realtime.catalog import (
    DEFAULT_FALLBACK_MODELS,
    DEFAULT_FALLBACK_VOICE,
    DEFAULT_MODEL,
    DEFAULT_REASONING_EFFORT,
    DEFAULT_VOICE,
    SUBSTITUTES,
    ReasoningEffort,
    Use,
    model,
)
from .realtime.model_choice import Mode, NoFallbackModel, Wishes, met, models_to_try
from .realtime.voice_choice import NoVoice, VoiceChoice, choose_voice
from .session import Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOptions:
    """What an agent is set to."""

    prompt: str | None = field(default=None, repr=False)
    """The template of the instructions; None is Home Assistant's own."""
    llm_hass_api: tuple[str, ...] = ()
    """The ids of the LLM APIs whose tools the agent has; one that has vanished may be among them."""
    mode: Mode = Mode.AUTO
    model: str = DEFAULT_MODEL
    fallback_models: tuple[str, ...] = ()
    voice: str = DEFAULT_VOICE
    fallback_voice: str | None = None
    automatic_voice: bool = True
    """Whether a compatible voice may be chosen where neither of the two is to be had."""
    voice_substitutes: Mapping[str, str] = field(default_factory=dict)
    """Which voice takes the place of a missing one, over the catalog's own table."""
    use: Use = Use.GENERAL
    reasoning_effort: ReasoningEffort | None = None
    speed: float | None = None
    max_output_tokens: int | None = None
    fallback_agent: str | None = None
    """The entity or agent id that answers when no model can; None is nobody."""
    fallback_stt: str | None = None
    fallback_tts: str | None = None

    @classmethod
    def from_subentry(cls, data: Mapping[str, Any]) -> Self:
        """Read a subentry's data; what is not set is off, except model and voice, which are as recommended."""
        effort = data.get(CONF_REASONING_EFFORT)
        limit = data.get(CONF_MAX_OUTPUT_TOKENS)
        return cls(
            prompt=data.get(CONF_PROMPT) or None,
            llm_hass_api=tuple(data.get(CONF_LLM_HASS_API) or ()),
            mode=Mode(data.get(CONF_MODE, Mode.AUTO)),
            model=data.get(CONF_MODEL) or DEFAULT_MODEL,
            fallback_models=tuple(data.get(CONF_FALLBACK_MODELS) or ()),
            voice=data.get(CONF_VOICE) or DEFAULT_VOICE,
            fallback_voice=data.get(CONF_FALLBACK_VOICE) or None,
            automatic_voice=data.get(CONF_AUTOMATIC_VOICE, True),
            voice_substitutes=data.get(CONF_VOICE_SUBSTITUTES) or {},
            use=Use(data.get(CONF_USE, Use.GENERAL)),
            reasoning_effort=ReasoningEffort(effort) if effort else None,
            speed=data.get(CONF_SPEED),
            max_output_tokens=None if limit is None else int(limit),
            fallback_agent=data.get(CONF_FALLBACK_AGENT) or None,
            fallback_stt=data.get(CONF_FALLBACK_STT) or None,
            fallback_tts=data.get(CONF_FALLBACK_TTS) or None,
        )

    def voice_for(self, model_id: str) -> VoiceChoice:
        """Return the voice for one of the agent's models. Raises NoVoice."""
        return self._choose(self.voice, model_id)

    def _choose(self, wanted: str, model_id: str) -> VoiceChoice:
        """Return what takes the place of a voice where a model does not have it. Raises NoVoice."""
        return choose_voice(
            wanted,
            model(model_id),
            fallback=self.fallback_voice,
            automatic=self.automatic_voice,
            substitutes={**SUBSTITUTES, **self.voice_substitutes},
            use=self.use,
        )

    @property
    def first_model(self) -> str:
        """The model that is asked first."""
        try:
            return models_to_try(self.mode, self.model, self.fallback_models)[0]
        except NoFallbackModel:
            return self.model

    def check(self) -> None:
        """Return when each model that the mode allows has a voice. Raises NoFallbackModel or NoVoice."""
        for model_id in models_to_try(self.mode, self.model, self.fallback_models):
            self.voice_for(model_id)

    def rungs(self) -> tuple[Rung, ...]:
        """Return the models in the order to ask them, each with its voice; a model without any voice is left out.

        There is always one: where nothing is left, the primary model is asked for the wanted voice and may refuse it.
        """
        try:
            models = models_to_try(self.mode, self.model, self.fallback_models)
        except NoFallbackModel:
            models = (self.model,)
        rungs = []
        for model_id in models:
            try:
                rungs.append(Rung(model=model_id, voice=self.voice_for(model_id).voice))
            except NoVoice:
                continue
        return tuple(rungs) or (Rung(model=self.model, voice=self.voice),)

    def adapt(self, config: SessionConfig, rung: Rung) -> SessionConfig:
        """Return a session's configuration as a rung can meet it: a lesser model is not asked for what it lacks."""
        try:
            # The pipeline may have asked for another voice than the agent's own.
            voice = self._choose(config.voice, rung.model).voice
        except NoVoice:
            voice = rung.voice
        wishes = Wishes(reasoning_effort=self.reasoning_effort, parallel_tools=True)
        possible = met(wishes, model(rung.model).capabilities)
        if possible.dropped:
            LOGGER.debug("%s is not asked for %s", rung.model, ", ".join(possible.dropped))
        return replace(
            config,
            voice=voice,
            reasoning_effort=possible.wishes.reasoning_effort,
            parallel_tools=possible.wishes.parallel_tools or None,
            speed=self.speed,
            max_output_tokens=self.max_output_tokens,
        )


def recommended_options(model_id: str = DEFAULT_MODEL) -> dict[str, Any]:
    """Return the data of a subentry for an agent that is ready to use."""
    known = model(model_id).known
    return {
        CONF_PROMPT: llm.DEFAULT_INSTRUCTIONS_PROMPT,
        CONF_LLM_HASS_API: [llm.LLM_API_ASSIST],
        CONF_MODE: Mode.AUTO.value,
        CONF_MODEL: model_id,
        # A server of its own names has none of these.
        CONF_FALLBACK_MODELS: [name for name in DEFAULT_FALLBACK_MODELS if known and name != model_id],
        CONF_VOICE: DEFAULT_VOICE,
        CONF_FALLBACK_VOICE: DEFAULT_FALLBACK_VOICE,
        CONF_AUTOMATIC_VOICE: True,
        CONF_USE: Use.GENERAL.value,
        CONF_REASONING_EFFORT: DEFAULT_REASONING_EFFORT.value,
        CONF_FALLBACK_AGENT: HOME_ASSISTANT_AGENT,
    }


def endpoint_from_entry(data: Mapping[str, Any]) -> Endpoint:
    """Return where an account's server is and the key for it."""
    return Endpoint(base_url=data[CONF_BASE_URL], api_key=data.get(CONF_API_KEY))
