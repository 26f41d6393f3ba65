"""The prompt that makes the speech model expect this home's commands."""

from collections.abc import Iterable
from typing import Final

from .home import Home, HomeEntity

LONGEST: Final = 700
"""Characters; a longer prompt crowds out the speech."""

_SWITCH: Final = ("Turn on the {}.", "Turn off the {}.")
_ASK: Final = ("What is the {}?",)
_BY_DOMAIN: Final = {
    "light": _SWITCH,
    "switch": _SWITCH,
    "fan": _SWITCH,
    "input_boolean": _SWITCH,
    "humidifier": _SWITCH,
    "media_player": ("Pause the {}.", "Resume the {}."),
    "lock": ("Lock the {}.", "Unlock the {}."),
    "cover": ("Open the {}.", "Close the {}."),
    "valve": ("Open the {}.", "Close the {}."),
    "climate": ("Set the {} to 21 degrees.",),
    "vacuum": ("Start the {}.",),
    "lawn_mower": ("Start the {}.",),
    "scene": ("Activate {}.",),
    "script": ("Run {}.",),
    "todo": ("Add milk to the {}.",),
    "sensor": _ASK,
    "binary_sensor": ("Is the {} open?",),
    "weather": ("What is the weather?",),
}
"""Both members of opposite pairs: with only one in the prompt, the other is heard as it."""


def example_commands(home: Home) -> str:
    """Return one example command, or a pair of opposites, for each entity, as far as there is room.

    The first of each domain come first, so that a large home keeps every verb; names that do not fit are left out.
    """
    said: list[str] = []
    length = 0
    for entity in _spread(home.entities):
        name = entity.name if entity.name.isupper() else entity.name[:1].lower() + entity.name[1:]
        examples = " ".join(example.format(name) for example in _BY_DOMAIN.get(entity.domain, _ASK))
        if examples in said or length + len(examples) + 1 > LONGEST:
            continue
        said.append(examples)
        length += len(examples) + 1
    return " ".join(said)


def _spread(entities: Iterable[HomeEntity]) -> list[HomeEntity]:
    rank: dict[str, int] = {}
    ranked: list[tuple[int, HomeEntity]] = []
    for entity in entities:
        rank[entity.domain] = rank.get(entity.domain, -1) + 1
        # What is only asked about comes after what is commanded.
        ranked.append((rank[entity.domain] + 100 * (_BY_DOMAIN.get(entity.domain, _ASK) == _ASK), entity))
    return [entity for _, entity in sorted(ranked, key=lambda pair: pair[0])]
