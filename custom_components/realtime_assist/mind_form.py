"""What is asked of an agent's mind."""

import probatio

from .const import CONF_ANSWER_ORDER, CONF_FOLLOW_UP, CONF_REASONING_EFFORT
from .form_fields import Fields, Subject, translated
from .model_options import AnswerOrder, FollowUp


def mind_fields(subject: Subject) -> Fields:
    """Return how long it thinks, where its model does, when it answers, and whether it listens again."""
    efforts = subject.model.capabilities.reasoning_efforts
    effort: Fields = {probatio.Optional(CONF_REASONING_EFFORT): translated(CONF_REASONING_EFFORT, efforts)}
    return {
        **(effort if efforts else {}),
        probatio.Required(CONF_ANSWER_ORDER): translated(CONF_ANSWER_ORDER, AnswerOrder),
        probatio.Required(CONF_FOLLOW_UP): translated(CONF_FOLLOW_UP, FollowUp),
    }
