"""Which models are asked, in which order, and what of the user's wishes each of them can meet."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from .models import Capabilities, ReasoningEffort


class Mode(StrEnum):
    """Which models an agent may ask."""

    AUTO = "auto"
    """The primary one, then the fallbacks."""
    NEW = "new"
    """The primary one alone."""
    LEGACY = "legacy"
    """The first fallback alone."""


class NoFallbackModel(ValueError):
    """Mode `legacy` asks the first fallback, and there is none."""


def models_to_try(mode: Mode, primary: str, fallbacks: Iterable[str]) -> tuple[str, ...]:
    """Return the ids in the order to ask them, each once. Raises NoFallbackModel."""
    ordered = tuple(fallbacks)
    if mode is Mode.AUTO:
        return tuple(dict.fromkeys((primary, *ordered)))
    if mode is Mode.NEW:
        return (primary,)
    if not ordered:
        raise NoFallbackModel("mode legacy needs a fallback model: add one, or choose mode auto or new")
    return ordered[:1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an agent asks of whichever model answers; None and False ask for nothing."""

    reasoning_effort: ReasoningEffort | None = None
    parallel_tools: bool = False
    image_input: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What of the wishes a model can meet, and the names of those that it cannot."""

    wishes: Wishes
    dropped: tuple[str, ...] = ()


def met(wishes: Wishes, capabilities: Capabilities) -> Met:
    """Return the wishes without what a model cannot do."""
    possible = replace(
        wishes,
        reasoning_effort=wishes.reasoning_effort if wishes.reasoning_effort in capabilities.reasoning_efforts else None,
        parallel_tools=wishes.parallel_tools and capabilities.parallel_tools,
        image_input=wishes.image_input and capabilities.image_input,
    )
    pairs = (
        ("reasoning_effort", wishes.reasoning_effort, possible.reasoning_effort),
        ("parallel_tools", wishes.parallel_tools, possible.parallel_tools),
        ("image_input", wishes.image_input, possible.image_input),
    )
    return Met(wishes=possible, dropped=tuple(name for name, wanted, left in pairs if wanted != left))
