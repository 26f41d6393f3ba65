"""Which options are tried on the ten commands? And which limits on a long conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.const import CONF_MODEL, CONF_PROMPT
from homeassistant.helpers import llm

from benchmarks.cost.bill import Bill
from benchmarks.cost.commands import COMMANDS
from benchmarks.cost.engine import BRIEFLY
from benchmarks.cost.measuring import Bench, Measured
from custom_components.realtime_assist.const import (
    CONF_ANSWER_ORDER,
    CONF_FALLBACK_MODELS,
    CONF_FOLLOW_UP,
    CONF_KEYWORDS,
    CONF_LANGUAGE_HINT,
    CONF_MAX_CONVERSATION_TOKENS,
    CONF_NOISE_REDUCTION,
    CONF_RETENTION_RATIO,
    CONF_TRANSCRIPTION_MODEL,
    CONF_VOICE,
    CONF_WARM_SPARE,
)
from custom_components.realtime_assist.model_options import AnswerOrder, FollowUp
from custom_components.realtime_assist.realtime.session_config import NoiseReduction

_REPEATS = 8
_SLOW_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """What differs from what is recommended."""

    title: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    end_stage: PipelineStage = PipelineStage.TTS
    local: bool = False
    """Whether Home Assistant carries out by itself what it understands."""
    slow: bool = False
    """Whether the model is slow: it has said nothing yet when Home Assistant has carried the command out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncated:
    """A limit for long conversations; None for both is none."""

    title: str
    tokens: int | None
    retention: float | None


def on_model(model_id: str) -> Mapping[str, Any]:
    """Return what has a model answer, and no other in its place."""
    return {CONF_MODEL: model_id, CONF_FALLBACK_MODELS: []}


def _ears(model: str) -> Variation:
    return Variation(title=f"transcription by `{model}`", changes={CONF_TRANSCRIPTION_MODEL: model})


RECOMMENDED = Variation(title="as recommended")
VARIATIONS: Sequence[Variation] = (
    Variation(title="a smaller model, as the economy model", changes=on_model("gpt-realtime-2.1-mini")),
    Variation(title="local commands first", local=True),
    Variation(
        title="local commands first, answers eager",
        changes={CONF_ANSWER_ORDER: AnswerOrder.EAGER.value},
        local=True,
        slow=True,
    ),
    Variation(title="answers as text: another engine speaks, or nobody", end_stage=PipelineStage.INTENT),
    Variation(
        title="few words asked for in the instructions",
        changes={CONF_PROMPT: f"{llm.DEFAULT_INSTRUCTIONS_PROMPT}{BRIEFLY}"},
    ),
    Variation(title="no follow-up questions", changes={CONF_FOLLOW_UP: FollowUp.NEVER.value}),
    _ears("gpt-4o-mini-transcribe"),
    _ears("gpt-4o-transcribe"),
    _ears("whisper-1"),
    _ears("gpt-live-transcribe"),
    Variation(title="answers eager", changes={CONF_ANSWER_ORDER: AnswerOrder.EAGER.value}),
    Variation(title="answers safe", changes={CONF_ANSWER_ORDER: AnswerOrder.SAFE.value}),
    Variation(title="no language hint", changes={CONF_LANGUAGE_HINT: False}),
    Variation(title="no keywords", changes={CONF_KEYWORDS: False}),
    Variation(title="noise reduction", changes={CONF_NOISE_REDUCTION: NoiseReduction.FAR_FIELD.value}),
    Variation(title="another voice", changes={CONF_VOICE: "cedar"}),
    Variation(title="a warm spare session", changes={CONF_WARM_SPARE: True}),
)
TRUNCATIONS: Sequence[Truncated] = (
    Truncated(title="none", tokens=None, retention=None),
    Truncated(title="8,000 tokens, keep 80 %", tokens=8000, retention=0.8),
    Truncated(title="8,000 tokens, keep 50 %", tokens=8000, retention=0.5),
    Truncated(title="8,000 tokens, keep 20 %", tokens=8000, retention=0.2),
    Truncated(title="4,000 tokens, keep 80 %", tokens=4000, retention=0.8),
    Truncated(title="4,000 tokens, keep 50 %", tokens=4000, retention=0.5),
)


async def measure(bench: Bench, variation: Variation = RECOMMENDED) -> Measured:
    """Return the bills of the ten commands with an option set; the house is as recommended afterwards."""
    house = bench.house
    await house.set_agent(**variation.changes)
    await house.prefer_local(variation.local)
    if variation.slow:
        bench.engine.thinks = _SLOW_SECONDS
    try:
        return await bench.measure(end_stage=variation.end_stage)
    finally:
        bench.engine.thinks = 0.0
        await house.prefer_local(False)
        await house.set_agent()


async def long_conversation(bench: Bench, truncated: Truncated) -> list[Bill]:
    """Return the bills of eighty commands in one conversation: the ten, eight times over."""
    changes = {CONF_MAX_CONVERSATION_TOKENS: truncated.tokens, CONF_RETENTION_RATIO: truncated.retention}
    await bench.house.set_agent(**changes)
    try:
        return await bench.warm([*COMMANDS] * _REPEATS)
    finally:
        await bench.house.set_agent()
