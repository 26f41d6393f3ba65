"""The names that several files of this integration share."""

from enum import StrEnum
import logging
from typing import Final

DOMAIN: Final = "realtime_assist"
LOGGER: Final = logging.getLogger(__package__)

SUBENTRY_AGENT: Final = "agent"
EVENT_FALLBACK: Final = f"{DOMAIN}_fallback"
EVENT_BUDGET: Final = f"{DOMAIN}_budget"
DEFAULT_AGENT_NAME: Final = "Realtime Assist"

CONF_PROVIDER: Final = "provider"
CONF_BASE_URL: Final = "base_url"
CONF_MODE: Final = "mode"
CONF_FALLBACK_MODELS: Final = "fallback_models"
CONF_VOICE: Final = "voice"
CONF_FALLBACK_VOICE: Final = "fallback_voice"
CONF_AUTOMATIC_VOICE: Final = "automatic_voice"
CONF_VOICE_SUBSTITUTES: Final = "voice_substitutes"
CONF_USE: Final = "use"
CONF_REASONING_EFFORT: Final = "reasoning_effort"
CONF_SPEED: Final = "speed"
CONF_MAX_OUTPUT_TOKENS: Final = "max_output_tokens"
CONF_FALLBACK_AGENT: Final = "fallback_agent"
CONF_FALLBACK_STT: Final = "fallback_stt"
CONF_FALLBACK_TTS: Final = "fallback_tts"
CONF_ANSWER_ORDER: Final = "answer_order"
CONF_TURN_DETECTION: Final = "turn_detection"
CONF_EAGERNESS: Final = "eagerness"
CONF_NOISE_REDUCTION: Final = "noise_reduction"
CONF_TRANSCRIPTION_MODEL: Final = "transcription_model"
CONF_LANGUAGE_HINT: Final = "language_hint"
CONF_KEYWORDS: Final = "keywords"
CONF_FOLLOW_UP: Final = "follow_up"
CONF_SATELLITE_VOICES: Final = "satellite_voices"
CONF_WARM_SPARE: Final = "warm_spare"
CONF_MAX_SESSIONS: Final = "max_sessions"
CONF_RETENTION_RATIO: Final = "retention_ratio"
CONF_MAX_CONVERSATION_TOKENS: Final = "max_conversation_tokens"

CONF_PRICES: Final = "prices"
CONF_RECORD_DAYS: Final = "record_days"
CONF_BUDGET_DAY: Final = "budget_day"
CONF_BUDGET_MONTH: Final = "budget_month"
CONF_AT_LIMIT: Final = "at_limit"
CONF_ECONOMY_MODEL: Final = "economy_model"


class Provider(StrEnum):
    """Whose server an account is at."""

    OPENAI = "openai"
    COMPATIBLE = "compatible"
