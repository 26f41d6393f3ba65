"""What an agent does once its budget, or the account's, is used up."""

from enum import StrEnum

from .model_options import AgentOptions
from .realtime.catalog import model
from .realtime.voice_choice import NoVoice
from .session import Ladder, Rung, SessionError


class SpendingAction(StrEnum):
    """What the owner wants at a hundred percent; it holds from the next turn on."""

    TELL = "tell"
    """Nothing but to be told."""
    ECONOMY = "economy"
    """A cheaper model."""
    HAND_OVER = "hand_over"
    """The fallback agent, ears and voice, as far as there are any; no model is asked."""


class BudgetReached(SessionError):
    """What the owner wants to spend is spent; no server has been asked."""

    reason = "budget_reached"
    lasting = True
    whole_account = True


def economy_rungs(options: AgentOptions, economy_model: str) -> tuple[Rung, ...]:
    """Return the rungs from the economy model down.

    What stands above it costs more and is not asked, even where the economy model cannot answer: the fallback agent is
    next then.
    """
    rungs = options.rungs()
    models = [rung.model for rung in rungs]
    if economy_model in models:
        return rungs[models.index(economy_model) :]
    try:
        voice = options.voice_for(economy_model).voice
    except NoVoice:
        voice = model(economy_model).default_voice
    return (Rung(model=economy_model, voice=voice),)


def economy_ladder(ladder: Ladder, options: AgentOptions, economy_model: str) -> Ladder:
    """Return a ladder of the economy model's rungs that knows what has failed on the other one, and tells it."""
    rungs = economy_rungs(options, economy_model)
    return Ladder(rungs, ladder.clock, account=ladder.account, breakers=ladder.breakers)
