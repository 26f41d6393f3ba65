"""What is asked about whoever takes the place of an agent's model, and of the agent itself."""

from homeassistant.const import Platform
from homeassistant.helpers.selector import ConversationAgentSelector
import probatio

from .const import CONF_FALLBACK_AGENT, CONF_FALLBACK_MODELS, CONF_FALLBACK_STT, CONF_FALLBACK_TTS
from .form_fields import Fields, Subject, engine, open_choice


def fallback_fields(subject: Subject) -> Fields:
    """Return who answers, hears and speaks when the model cannot."""
    return {
        probatio.Optional(CONF_FALLBACK_MODELS): open_choice(subject.fallback_models, multiple=True),
        probatio.Optional(CONF_FALLBACK_AGENT): ConversationAgentSelector(),
        probatio.Optional(CONF_FALLBACK_STT): engine(subject.hass, Platform.STT),
        probatio.Optional(CONF_FALLBACK_TTS): engine(subject.hass, Platform.TTS),
    }
