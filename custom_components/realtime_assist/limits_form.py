"""What is asked about what an agent may use."""

from homeassistant.helpers.selector import BooleanSelector, NumberSelector, NumberSelectorConfig, NumberSelectorMode
import probatio

from .budget_options import BUDGET_FIELDS
from .const import (
    CONF_MAX_CONVERSATION_TOKENS,
    CONF_MAX_OUTPUT_TOKENS,
    CONF_MAX_SESSIONS,
    CONF_RETENTION_RATIO,
    CONF_WARM_SPARE,
)
from .form_fields import Fields, Subject, tokens

# What the wire takes of any model.
MOST_OUTPUT_TOKENS = 32_000
# Less than this holds no question with its answer and the result of a tool.
FEWEST_CONVERSATION_TOKENS = 500
MOST_SESSIONS = 100
LEAST_RETENTION, MOST_RETENTION = 10, 100


def limits_fields(subject: Subject) -> Fields:
    """Return what the agent may spend, how long answers and conversations get, and how many sessions there are."""
    capabilities = subject.model.capabilities
    longest_conversation = capabilities.max_conversation
    return {
        **BUDGET_FIELDS,
        probatio.Optional(CONF_MAX_OUTPUT_TOKENS): tokens(1, capabilities.max_output or MOST_OUTPUT_TOKENS),
        probatio.Optional(CONF_MAX_CONVERSATION_TOKENS): tokens(FEWEST_CONVERSATION_TOKENS, longest_conversation),
        probatio.Optional(CONF_RETENTION_RATIO): NumberSelector(
            NumberSelectorConfig(min=LEAST_RETENTION, max=MOST_RETENTION, step=5, unit_of_measurement="%")
        ),
        probatio.Required(CONF_MAX_SESSIONS): NumberSelector(
            NumberSelectorConfig(min=1, max=MOST_SESSIONS, step=1, mode=NumberSelectorMode.BOX)
        ),
        probatio.Required(CONF_WARM_SPARE): BooleanSelector(),
    }
