"""What an answer is made of, and in which voice it is spoken."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .model_options import AgentOptions
from .pipeline_run import PipelineRun
from .realtime import Modality

# Whether our own engine speaks what the present task is answered, though no run says so.
_speaking: ContextVar[bool] = ContextVar("realtime_assist_speaking", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What is known of how an answer will be heard."""

    modality: Modality
    voice: str
    spoken: bool
    """Whether somebody speaks the answer, with whichever engine."""
    own: bool
    """Whether it is known that our own engine does."""


@contextmanager
def speaking(ours: bool) -> Generator[None]:
    """Tell whoever answers in the present task, outside of any run, whether our own engine will speak the answer."""
    token = _speaking.set(ours)
    try:
        yield
    finally:
        _speaking.reset(token)


def effective_voice(options: AgentOptions, satellite: str | None, pipeline_voice: str | None) -> str:
    """Return the voice to speak in: the satellite's before the pipeline's before the agent's."""
    return options.satellite_voices.get(satellite or "") or pipeline_voice or options.voice


def answer_sound(
    hass: HomeAssistant, subentry_id: str, options: AgentOptions, run: PipelineRun | None, *, heard: bool
) -> Sound:
    """Return how the answer of a run is heard; `heard` is whether our ears heard the question.

    Sound is paid for where our own engine speaks it, and where nothing says that another one does.
    """
    if run is None and _speaking.get():
        return Sound(modality=Modality.AUDIO, voice=options.voice, spoken=True, own=True)
    if run is None:
        modality = Modality.AUDIO if heard else Modality.TEXT
        return Sound(modality=modality, voice=options.voice, spoken=heard, own=False)
    engine = er.async_get(hass).async_get_entity_id(Platform.TTS, DOMAIN, f"{subentry_id}_{Platform.TTS}")
    own = engine is not None and run.tts_engine == engine
    return Sound(
        modality=Modality.AUDIO if own else Modality.TEXT,
        voice=effective_voice(options, run.satellite, run.tts_voice if own else None),
        spoken=run.ends_in_tts,
        own=own,
    )
