"""What a model can do, and what is known of it."""

from dataclasses import dataclass
from enum import StrEnum

from .benchmarks import Figures
from .life_cycle import ACTIVE, LifeCycle
from .price_cards import UNKNOWN_PRICE, PriceCard
from .voices import VOICES, is_custom_voice


class ReasoningEffort(StrEnum):
    """How long a reasoning model thinks before it answers; as `session.reasoning.effort` has it."""

    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    XHIGH = "xhigh"


class DialectName(StrEnum):
    """A way of speaking the protocol; what each is like stands in `dialects.py`."""

    GA = "ga"
    AZURE = "azure"
    XAI = "xai"
    LOCALAI = "localai"
    SPEECH_TO_SPEECH = "speech_to_speech"
    VLLM_OMNI = "vllm_omni"
    BETA = "beta"
    SPEACHES = "speaches"
    VOICE_LIVE = "voice_live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What may be asked of a model; what is not known is not asked. Limits are in tokens, None where unknown."""

    reasoning_efforts: tuple[ReasoningEffort, ...] = ()
    parallel_tools: bool = False
    image_input: bool = False
    context: int | None = None
    max_output: int | None = None

    @property
    def reasoning(self) -> bool:
        """Whether the model takes `reasoning`."""
        return bool(self.reasoning_efforts)

    @property
    def max_conversation(self) -> int | None:
        """How long a conversation may get, beside which the longest answer still has room."""
        return None if self.context is None or self.max_output is None else self.context - self.max_output


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is known of a model.

    `known` is False for an id that the catalog does not have. `voices` may then be any; no benchmarks are "not
    published". `residency_surcharge` says that OpenAI's hosts of a region ask ten per cent more for it.
    """

    id: str
    known: bool = True
    capabilities: Capabilities = Capabilities()
    dialect: DialectName = DialectName.GA
    life_cycle: LifeCycle = ACTIVE
    default_voice: str = VOICES[0]
    voices: tuple[str, ...] = VOICES
    prices: PriceCard = UNKNOWN_PRICE
    residency_surcharge: bool = False
    benchmarks: Figures = ()

    def has_voice(self, voice: str) -> bool:
        """Whether the model may be asked for a voice; a custom one and an unknown model's are the server's to judge."""
        return not self.known or is_custom_voice(voice) or voice in self.voices


def unknown_model(model_id: str) -> Model:
    """Return what is assumed of a model that the catalog does not have: nothing but the GA shape."""
    return Model(id=model_id, known=False)
