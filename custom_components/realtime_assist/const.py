"""The names that several files of this integration share."""

from enum import StrEnum
import logging
from typing import Final

DOMAIN: Final = "realtime_assist"
LOGGER: Final = logging.getLogger(__package__)

SUBENTRY_AGENT: Final = "agent"
DEFAULT_AGENT_NAME: Final = "Realtime Assist"

CONF_PROVIDER: Final = "provider"
CONF_BASE_URL: Final = "base_url"
CONF_VOICE: Final = "voice"


class Provider(StrEnum):
    """Whose server an account is at."""

    OPENAI = "openai"
    COMPATIBLE = "compatible"
