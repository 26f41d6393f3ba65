"""What becomes of an agent whose model is going: the model and the voice to move to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from homeassistant.const import CONF_MODEL

from .const import CONF_FALLBACK_MODELS, CONF_VOICE
from .model_options import AgentOptions
from .realtime.catalog import RETIREMENT_NOTICE_DAYS, Model, ShutdownDates, model, successor
from .realtime.model_choice import Mode
from .realtime.voice_choice import NoVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """A model that is going, and what takes its place. `voices` are the one of before and the one of after."""

    old: Model
    new: Model
    voices: tuple[str, str]
    data: Mapping[str, Any]
    """The agent's data after the move."""


def retirement(
    data: Mapping[str, Any], today: date, announced: ShutdownDates, *, trust_catalog: bool
) -> Retirement | None:
    """Return what an agent should move to; None while its first model stays, or where nothing takes its place.

    Where the catalog is not to be trusted, as a server of its own may keep a model for as long as it likes, only what
    the server itself has announced counts.
    """
    options = AgentOptions.from_subentry(data)
    model_id = options.first_model
    if not trust_catalog and model_id not in announced:
        return None
    old = model(model_id, announced)
    if not old.life_cycle.retires_within(RETIREMENT_NOTICE_DAYS, today):
        return None
    if (new := successor(model_id, today, announced)) is None:
        return None
    return _moved(data, options, old, new)


def _moved(data: Mapping[str, Any], options: AgentOptions, old: Model, new: Model) -> Retirement:
    """Return the move: the new model everywhere in the old one's place, with a voice that it has."""
    following = new.id if options.model == old.id else options.model
    fallbacks = dict.fromkeys(new.id if name == old.id else name for name in options.fallback_models)
    if options.mode is not Mode.LEGACY:
        fallbacks.pop(following, None)
    moved = {**data, CONF_MODEL: following, CONF_FALLBACK_MODELS: list(fallbacks)}
    voices = _voice(options, old), _voice(options, new)
    if not new.has_voice(options.voice):
        moved[CONF_VOICE] = voices[1]
    return Retirement(old=old, new=new, voices=voices, data=moved)


def _voice(options: AgentOptions, known: Model) -> str:
    """Return the voice that an agent has with a model."""
    try:
        return options.voice_for(known.id).voice
    except NoVoice:
        return known.default_voice
