"""What a session is asked to be, by what its agent is set to."""

from dataclasses import replace

from homeassistant.components import conversation
from homeassistant.core import HomeAssistant

from .follow_up import session_tools
from .keywords import exposed_names
from .model_options import AgentOptions, TurnDetectionMode
from .prompt_time import steady
from .realtime import SemanticVad, ServerVad, SessionConfig, Transcription, Truncation, TurnDetection
from .realtime.catalog import TranscriptionField, transcription_model
from .sound import Sound


def new_session(hass: HomeAssistant, options: AgentOptions, voice: str | None = None) -> SessionConfig:
    """Return what a session is before anybody has said anything; `voice` is the agent's own one."""
    config = SessionConfig(voice=voice or options.voice, truncation=_truncation(options))
    return with_ears(config, hass, options, language=None)


def with_ears(
    config: SessionConfig, hass: HomeAssistant, options: AgentOptions, *, language: str | None
) -> SessionConfig:
    """Return a configuration with the agent's ears, for a user who speaks a language, such as `de` or `de-CH`."""
    hint = language.partition("-")[0] if language and options.language_hint else None
    takes_keywords = TranscriptionField.KEYWORDS in transcription_model(options.transcription_model).fields
    keywords = exposed_names(hass) if options.keywords and takes_keywords else ()
    return replace(
        config,
        transcription=Transcription(model=options.transcription_model, language=hint, keywords=keywords),
        turn_detection=_turn_detection(options),
        noise_reduction=options.noise_reduction,
    )


def with_chat_log(
    config: SessionConfig, options: AgentOptions, chat_log: conversation.ChatLog, sound: Sound
) -> SessionConfig:
    """Return a configuration with what a chat log that has been provided with LLM data brings, in the wanted sound."""
    first = chat_log.content[0]
    instructions = first.content if isinstance(first, conversation.SystemContent) else ""
    return replace(
        config,
        instructions=steady(config.instructions, instructions),
        tools=session_tools(chat_log.llm_api, options.follow_up, spoken=sound.spoken),
        modality=sound.modality,
        voice=sound.voice,
    )


def _turn_detection(options: AgentOptions) -> TurnDetection | None:
    """Return who on the server finds the end of speech; None leaves it to Home Assistant."""
    match options.turn_detection:
        case TurnDetectionMode.HOME_ASSISTANT:
            return None
        case TurnDetectionMode.SERVER_VAD:
            return ServerVad()
        case TurnDetectionMode.SEMANTIC_VAD:
            return SemanticVad(eagerness=options.eagerness)


def _truncation(options: AgentOptions) -> Truncation | None:
    """Return what is dropped of a long conversation; None where nothing is set."""
    ratio, tokens = options.truncation_retention, options.max_conversation_tokens
    if ratio is None and tokens is None:
        return None
    return Truncation(retention_ratio=1.0 if ratio is None else ratio, post_instructions=tokens)
