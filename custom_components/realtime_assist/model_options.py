"""What an account and an agent are set to: the only reader and maker of stored options."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.const import CONF_API_KEY, CONF_LLM_HASS_API, CONF_MODEL, CONF_PROMPT
from homeassistant.helpers import llm

from .const import (
    CONF_ANSWER_ORDER,
    CONF_AUTOMATIC_VOICE,
    CONF_BASE_URL,
    CONF_DIALECT,
    CONF_EAGERNESS,
    CONF_FALLBACK_AGENT,
    CONF_FALLBACK_MODELS,
    CONF_FALLBACK_STT,
    CONF_FALLBACK_TTS,
    CONF_FALLBACK_VOICE,
    CONF_FOLLOW_UP,
    CONF_KEYWORDS,
    CONF_LANGUAGE_HINT,
    CONF_MAX_CONVERSATION_TOKENS,
    CONF_MAX_OUTPUT_TOKENS,
    CONF_MAX_SESSIONS,
    CONF_MODE,
    CONF_NOISE_REDUCTION,
    CONF_PRIVATE_HOST,
    CONF_PROVIDER,
    CONF_REASONING_EFFORT,
    CONF_RETENTION_RATIO,
    CONF_SATELLITE_VOICES,
    CONF_SPEED,
    CONF_TRANSCRIPTION_MODEL,
    CONF_TURN_DETECTION,
    CONF_USE,
    CONF_VOICE,
    CONF_VOICE_SUBSTITUTES,
    CONF_WARM_SPARE,
    LOGGER,
)
from .realtime import DialectName, Endpoint, SessionConfig
from .realtime.catalog import (
    DEFAULT_FALLBACK_MODELS,
    DEFAULT_FALLBACK_VOICE,
    DEFAULT_MODEL,
    DEFAULT_REASONING_EFFORT,
    DEFAULT_TRANSCRIPTION_MODEL,
    DEFAULT_VOICE,
    SUBSTITUTES,
    Capabilities,
    ReasoningEffort,
    Use,
    model,
)
from .realtime.model_choice import Mode, NoFallbackModel, Wishes, met, models_to_try
from .realtime.providers import PROVIDERS, Provider
from .realtime.session_config import Eagerness, NoiseReduction, Truncation
from .realtime.voice_choice import NoVoice, VoiceChoice, choose_voice
from .session import Rung
from .stored_options import Reader, flag, number, read_options, text, texts, texts_by_name, whole

DEFAULT_MAX_SESSIONS = 16
# Enough for an evening of commands and a tool's long answer, and a fraction of what a model would let pile up.
RECOMMENDED_CONVERSATION_TOKENS = 8000
# What is kept is read anew, mostly speech, and that at eighty times its cached price.
RECOMMENDED_RETENTION = 0.5


class AnswerOrder(StrEnum):
    """When a response is asked for."""

    AUTOMATIC = "automatic"
    """As soon as the speech has ended where the run is known to end at the agent, else as `SAFE`."""
    SAFE = "safe"
    """When the pipeline has come to the agent: nothing is asked for that somebody else answers."""
    EAGER = "eager"
    """As soon as the speech has ended, in every run."""


class TurnDetectionMode(StrEnum):
    """Who finds the end of what the user says."""

    HOME_ASSISTANT = "home_assistant"
    SERVER_VAD = "server_vad"
    SEMANTIC_VAD = "semantic_vad"


class FollowUp(StrEnum):
    """Whether the user can answer without the wake word."""

    AUTOMATIC = "automatic"
    """When the model has asked something and has not ended the conversation."""
    ALWAYS = "always"
    NEVER = "never"


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

    answer_order: AnswerOrder = AnswerOrder.AUTOMATIC
    turn_detection: TurnDetectionMode = TurnDetectionMode.HOME_ASSISTANT
    eagerness: Eagerness = Eagerness.AUTO
    """How soon semantic turn detection takes the user to have finished; the others have no use for it."""
    noise_reduction: NoiseReduction | None = None
    transcription_model: str = DEFAULT_TRANSCRIPTION_MODEL
    language_hint: bool = True
    """Whether the transcription is told which language the pipeline is in."""
    keywords: bool = True
    """Whether the transcription is told the names of exposed entities, where its model takes keywords."""
    follow_up: FollowUp = FollowUp.AUTOMATIC
    satellite_voices: Mapping[str, str] = field(default_factory=dict)
    """Which voice answers at a satellite, by the entity id of its `assist_satellite`."""
    warm_spare: bool = False
    """Whether one more session is kept connected than there are conversations."""
    max_sessions: int = DEFAULT_MAX_SESSIONS
    truncation_retention: float | None = None
    """The share of a conversation, 0 to 1, that is kept when the server shortens it; None leaves it to the server."""
    max_conversation_tokens: int | None = None
    """From which length on, without the instructions, a conversation is shortened; None is the model's own limit."""

    @classmethod
    def from_subentry(cls, data: Mapping[str, Any]) -> Self:
        """Read a subentry's data; what is not set, or cannot be read, is as the fields above have it."""
        found = read_options(_READERS, data)
        return cls(**{_FIELDS.get(name, name): value for name, value in found.items()})

    def values(self) -> dict[str, Any]:
        """Return every option by its name, as JSON has it; None is one that is off."""
        return {name: _plain(getattr(self, _FIELDS.get(name, name))) for name in _READERS}

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
        capabilities = model(rung.model).capabilities
        wishes = Wishes(reasoning_effort=self.reasoning_effort, parallel_tools=True)
        possible = met(wishes, capabilities)
        if possible.dropped:
            LOGGER.debug("%s is not asked for %s", rung.model, ", ".join(possible.dropped))
        return replace(
            config,
            voice=voice,
            reasoning_effort=possible.wishes.reasoning_effort,
            parallel_tools=possible.wishes.parallel_tools or None,
            speed=self.speed,
            max_output_tokens=_at_most(self.max_output_tokens, capabilities.max_output),
            truncation=_fitting(config.truncation, capabilities),
        )


def _fitting(truncation: Truncation | None, capabilities: Capabilities) -> Truncation | None:
    """Return a truncation that a model takes, as it refuses a limit beyond its own."""
    if truncation is None:
        return None
    limit = _at_most(truncation.post_instructions, capabilities.max_conversation)
    return replace(truncation, post_instructions=limit)


def _at_most(limit: int | None, most: int | None) -> int | None:
    """Return a limit, or what there is at most where that is less; None is no limit, or not known."""
    return limit if limit is None or most is None else min(limit, most)


# How each option is read out of JSON; an option is the field of its name, or the one that `_FIELDS` says.
_READERS: Mapping[str, Reader] = {
    CONF_PROMPT: text,
    CONF_LLM_HASS_API: texts,
    CONF_MODE: Mode,
    CONF_MODEL: text,
    CONF_FALLBACK_MODELS: texts,
    CONF_VOICE: text,
    CONF_FALLBACK_VOICE: text,
    CONF_AUTOMATIC_VOICE: flag,
    CONF_VOICE_SUBSTITUTES: texts_by_name,
    CONF_USE: Use,
    CONF_REASONING_EFFORT: ReasoningEffort,
    CONF_SPEED: number,
    CONF_MAX_OUTPUT_TOKENS: whole,
    CONF_FALLBACK_AGENT: text,
    CONF_FALLBACK_STT: text,
    CONF_FALLBACK_TTS: text,
    CONF_ANSWER_ORDER: AnswerOrder,
    CONF_TURN_DETECTION: TurnDetectionMode,
    CONF_EAGERNESS: Eagerness,
    CONF_NOISE_REDUCTION: NoiseReduction,
    CONF_TRANSCRIPTION_MODEL: text,
    CONF_LANGUAGE_HINT: flag,
    CONF_KEYWORDS: flag,
    CONF_FOLLOW_UP: FollowUp,
    CONF_SATELLITE_VOICES: texts_by_name,
    CONF_WARM_SPARE: flag,
    CONF_MAX_SESSIONS: whole,
    CONF_RETENTION_RATIO: number,
    CONF_MAX_CONVERSATION_TOKENS: whole,
}
_FIELDS = {CONF_RETENTION_RATIO: "truncation_retention"}


def _plain(value: Any) -> Any:
    """Return a value of an option as JSON has it."""
    match value:
        case StrEnum():
            return value.value
        case tuple():
            return list(value)
        case Mapping():
            return dict(value)
    return value


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
        CONF_ANSWER_ORDER: AnswerOrder.AUTOMATIC.value,
        CONF_TURN_DETECTION: TurnDetectionMode.HOME_ASSISTANT.value,
        CONF_TRANSCRIPTION_MODEL: DEFAULT_TRANSCRIPTION_MODEL,
        CONF_LANGUAGE_HINT: True,
        CONF_KEYWORDS: True,
        CONF_FOLLOW_UP: FollowUp.AUTOMATIC.value,
        CONF_WARM_SPARE: True,
        CONF_MAX_SESSIONS: DEFAULT_MAX_SESSIONS,
        CONF_RETENTION_RATIO: RECOMMENDED_RETENTION,
        CONF_MAX_CONVERSATION_TOKENS: RECOMMENDED_CONVERSATION_TOKENS,
    }


def endpoint_from_entry(data: Mapping[str, Any]) -> Endpoint:
    """Return where an account's server is, the key for it, and how it is spoken to."""
    facts = PROVIDERS[Provider(data[CONF_PROVIDER])]
    endpoint = Endpoint(
        base_url=data[CONF_BASE_URL],
        api_key=data.get(CONF_API_KEY),
        auth=facts.auth,
        dialect=DialectName(data.get(CONF_DIALECT) or facts.dialect or DialectName.GA),
    )
    # Only where the user says which host it is can it be one that nobody has meant to ask.
    known = facts.base_url is not None or data.get(CONF_PRIVATE_HOST) == endpoint.host
    return replace(endpoint, may_be_private=known)
