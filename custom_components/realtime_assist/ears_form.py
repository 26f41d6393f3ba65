"""What is asked of an agent's ears."""

from homeassistant.helpers.selector import BooleanSelector
import probatio

from .const import (
    CONF_EAGERNESS,
    CONF_KEYWORDS,
    CONF_LANGUAGE_HINT,
    CONF_NOISE_REDUCTION,
    CONF_TRANSCRIPTION_MODEL,
    CONF_TURN_DETECTION,
)
from .form_fields import Fields, Subject, open_choice, translated
from .form_values import NO_NOISE_REDUCTION
from .model_options import TurnDetectionMode
from .realtime.session_config import Eagerness, NoiseReduction


def ears_fields(subject: Subject) -> Fields:
    """Return who finds the end of speech, what is done against noise, and who writes down what was said."""
    reductions = (NO_NOISE_REDUCTION, *NoiseReduction)
    return {
        probatio.Required(CONF_TURN_DETECTION): translated(CONF_TURN_DETECTION, TurnDetectionMode),
        probatio.Required(CONF_EAGERNESS): translated(CONF_EAGERNESS, Eagerness),
        probatio.Required(CONF_NOISE_REDUCTION): translated(CONF_NOISE_REDUCTION, reductions),
        probatio.Required(CONF_TRANSCRIPTION_MODEL): open_choice(subject.transcription_models),
        probatio.Required(CONF_LANGUAGE_HINT): BooleanSelector(),
        probatio.Required(CONF_KEYWORDS): BooleanSelector(),
    }
