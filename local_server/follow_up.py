"""What "it", "them" and "what about the bedroom?" mean after what was said before."""

import re
from typing import Final

from .home import Home, HomeEntity
from .meaning import TARGETS, Meaning
from .spoken_names import spoken_targets
from .wording import plain

_PRONOUN: Final = re.compile(
    r"\b(?:them both|both of them|it|them|that one|this one|that|those|these|both|they|its)\b", re.IGNORECASE
)
_BARE_SWITCH: Final = re.compile(r"^(?:(?:turn|switch) )?(?:back )?(on|off)$", re.IGNORECASE)
_BACK: Final = re.compile(r"\s+back\b(?= (?:on|off|up|down))|\s+back$", re.IGNORECASE)
_REDIRECTION: Final = re.compile(
    r"^(?:(?:what|how) about|same (?:for|in|with)|(?:and )?do the same (?:for|in|with|to))\s+", re.IGNORECASE
)
_ADDS: Final = frozenset({"HassListAddItem", "HassShoppingListAddItem"})
_AND: Final = re.compile(r"^(?:and|also|plus)\b(?!.*\?)", re.IGNORECASE)
_COMMAND: Final = re.compile(
    r"^(?:add|put|remove|take|turn|switch|set|open|close|lock|unlock|start|stop|what|how|is|are|tell|show|read)\b",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"^(?:(?:in|on|for|at) )?(?:the |my |our )?", re.IGNORECASE)


def with_target_spoken(text: str, previous: tuple[Meaning, ...]) -> str | None:
    """Return the sentence with the earlier target in place of its pronoun, or None if it has none."""
    target = spoken_targets(previous)
    if not target:
        return None
    if bare := _BARE_SWITCH.match(text):
        return f"turn {bare[1]} {target}"
    if not _PRONOUN.search(text):
        return None
    return _PRONOUN.sub(lambda _: target, _BACK.sub("", text), count=1)


def redirected(text: str, previous: tuple[Meaning, ...], home: Home) -> tuple[Meaning, ...]:
    """Return what was wanted before, but of the entity or area that the sentence names instead."""
    name = _ARTICLE.sub("", _REDIRECTION.sub("", plain(text)), count=1)
    entity, area = home.entity(name), home.area_named(name)
    if not previous:
        return ()
    if entity is None and area is None:
        return _another_item(text, previous[-1])
    turned: list[Meaning] = []
    for meaning in previous:
        if meaning.intent in _ADDS or not any(target in meaning.slots for target in TARGETS):
            return ()
        moved = _to_entity(meaning, entity, home) if entity else _to_area(meaning, area or "", home)
        if moved is None:
            return ()
        if moved not in turned:
            turned.append(moved)
    return tuple(turned)


def _another_item(text: str, before: Meaning) -> tuple[Meaning, ...]:
    """Return what "and bread" adds to the list that was just added to; commands begin otherwise."""
    if before.intent not in _ADDS or not _AND.match(text) or _COMMAND.match(plain(text)):
        return ()
    return (Meaning(intent=before.intent, slots={**before.slots, "item": plain(text).casefold()}),)


def _to_entity(meaning: Meaning, entity: HomeEntity, home: Home) -> Meaning:
    before = home.entity(meaning.slots.get("name", ""))
    if meaning.intent == "HassGetState" and before is not None and before.domain != entity.domain:
        # Whether it is locked cannot be asked of everything.
        return Meaning(intent=meaning.intent, slots={"name": entity.name}, question="one")
    return _aimed(meaning, name=entity.name)


def _to_area(meaning: Meaning, area: str, home: Home) -> Meaning | None:
    named = home.entity(meaning.slots.get("name", ""))
    if named is None:
        kept = {slot: meaning.slots[slot] for slot in ("domain", "device_class") if slot in meaning.slots}
        return _aimed(meaning, area=area, **kept)
    # "Bedroom temperature" in the kitchen is "Kitchen temperature"; otherwise whatever is of its kind there.
    for old in named.areas:
        twin = home.entity(named.name.casefold().replace(old.casefold(), area.casefold()))
        if twin is not None and twin is not named:
            return _to_entity(meaning, twin, home)
    alike = tuple(home.within(area, named.domain))
    match alike:
        case ():
            return None
        case (only,):
            return _to_entity(meaning, only, home)
        case _:
            return _aimed(meaning, area=area, domain=named.domain)


def _aimed(meaning: Meaning, **target: str) -> Meaning:
    kept = {slot: value for slot, value in meaning.slots.items() if slot not in TARGETS}
    return Meaning(intent=meaning.intent, slots={**target, **kept}, question=meaning.question)
