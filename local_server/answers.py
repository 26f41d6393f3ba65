"""Questions about the home: which live context to ask for, and how to say what it tells."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from .home import Home, HomeEntity
from .meaning import Meaning
from .spoken_names import area_name, the, together
from .states import state_phrase, state_word, temperature_of

_NUMBERS: Final = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
_MOST: Final = 5
"""More than these are counted instead of named."""


def live_context_arguments(meaning: Meaning, home: Home) -> dict[str, Any]:
    """Return the filters for GetLiveContext that a question needs."""
    slots = meaning.slots
    if "name" in slots:
        return {"name": slots["name"]}
    if meaning.intent == "HassGetWeather":
        return {"domain": "weather"}
    area = slots.get("area")
    if meaning.intent == "HassClimateGetTemperature":
        # An area that was not spoken of is the satellite's own, and that may measure nothing.
        measures = any(entity.domain in {"climate", "sensor"} for entity in home.within(area)) if area else False
        if area and (measures or area != home.area):
            return {"area": area}
        return {"domain": "climate" if any(entity.domain == "climate" for entity in home.entities) else "sensor"}
    if "device_class" in slots:
        # The static context does not tell device classes, so what has one is found in the answer.
        return {"area": area} if area else {}
    return {slot: slots[slot] for slot in ("domain", "area") if slot in slots}


def answer_question(meaning: Meaning, entities: Sequence[HomeEntity]) -> str:
    """Return the answer to a question in a sentence, from the live context that was asked for it."""
    match meaning.intent:
        case "HassGetWeather":
            return _weather(entities)
        case "HassClimateGetTemperature":
            return _temperature(meaning, entities)
        case _:
            return _state(meaning, entities)


def describe(entities: Sequence[HomeEntity]) -> str:
    """Return the states of a few entities, or how many there are of them."""
    if not entities:
        return "I could not find that."
    if len(entities) > _MOST:
        return f"I found {len(entities)} of them; please ask for one by name."
    return " ".join(_capital(f"{the(entity.name)} {_is(entity.name)} {state_phrase(entity)}.") for entity in entities)


def _weather(entities: Sequence[HomeEntity]) -> str:
    for entity in entities:
        if entity.domain == "weather":
            degrees = temperature_of(entity)
            return f"It is {state_word(entity)}" + (f" and {degrees} outside." if degrees else " outside.")
    return "Sorry, I do not know the weather."


def _temperature(meaning: Meaning, entities: Sequence[HomeEntity]) -> str:
    area = meaning.slots.get("area")
    # A sensor stands in the room; a thermostat may be told of another one.
    ranked = sorted(entities, key=lambda entity: entity.domain != "sensor")
    for entity in ranked:
        if degrees := temperature_of(entity):
            place = area if area in entity.areas else None
            return f"The temperature in {area_name(place)} is {degrees}." if place else f"It is {degrees}."
    return "Sorry, I could not find a temperature there."


def _state(meaning: Meaning, entities: Sequence[HomeEntity]) -> str:
    slots = meaning.slots
    if "name" in slots:
        named = [entity for entity in entities if _answers_to(entity, str(slots["name"]))] or list(entities)
        if not named:
            return "Sorry, I could not find that."
        return _yes_or_no(named[0], str(slots["state"])) if "state" in slots else describe(named)
    asked = [entity for entity in entities if _is_of_class(entity, slots)]
    if "state" not in slots or not asked:
        return describe(asked)
    wanted = str(slots["state"])
    matching = [entity for entity in asked if _has_state(entity, wanted)]
    return _OF_SEVERAL.get(meaning.question, _which)(asked, matching, wanted)


def _yes_or_no(entity: HomeEntity, wanted: str) -> str:
    yes = "Yes" if _has_state(entity, wanted) else "No"
    return f"{yes}, {the(entity.name)} {_is(entity.name)} {state_word(entity)}."


def _any(_asked: Sequence[HomeEntity], matching: Sequence[HomeEntity], _wanted: str) -> str:
    return f"Yes, {_named(matching)}." if matching else "No, none of them."


def _all(asked: Sequence[HomeEntity], matching: Sequence[HomeEntity], _wanted: str) -> str:
    others = [entity for entity in asked if entity not in matching]
    return f"No, {_named(others)}." if others else "Yes, all of them."


def _which(_asked: Sequence[HomeEntity], matching: Sequence[HomeEntity], wanted: str) -> str:
    return _capital(f"{_named(matching)}.") if matching else f"None of them is {wanted}."


def _how_many(_asked: Sequence[HomeEntity], matching: Sequence[HomeEntity], wanted: str) -> str:
    count = len(matching)
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    if not matching:
        return f"None of them is {wanted}."
    named = f": {together(the(entity.name) for entity in matching)}" if count <= _MOST else ""
    return f"{number} of them {'is' if count == 1 else 'are'} {state_word(matching[0])}{named}."


_OF_SEVERAL: Final[Mapping[str, Callable[[Sequence[HomeEntity], Sequence[HomeEntity], str], str]]] = {
    "any": _any,
    "one_yesno": _any,
    "all": _all,
    "which": _which,
    "how_many": _how_many,
}


def _named(entities: Sequence[HomeEntity]) -> str:
    """Return "the lamp and the fan are on", by the first one's state."""
    word = state_word(entities[0])
    if len(entities) == 1:
        return f"{the(entities[0].name)} {_is(entities[0].name)} {word}"
    if len(entities) > _MOST:
        return f"{len(entities)} of them are {word}"
    return f"{together(the(entity.name) for entity in entities)} are {word}"


def _answers_to(entity: HomeEntity, name: str) -> bool:
    return name.casefold() in (each.casefold() for each in entity.names)


def _is_of_class(entity: HomeEntity, slots: Mapping[str, Any]) -> bool:
    if not (wanted := slots.get("device_class")):
        return slots.get("domain") in {None, entity.domain}
    # A garage door is a door to those who ask, though not to Home Assistant; a lock is not, whatever its name.
    is_named_so = wanted in entity.name.casefold().split() and entity.domain in {"cover", "binary_sensor"}
    return entity.device_class == wanted or is_named_so


def _has_state(entity: HomeEntity, wanted: str) -> bool:
    return wanted.casefold() in {entity.state.casefold(), state_word(entity).casefold()}


def _is(name: str) -> str:
    # Plural names are common for covers ("the blinds are open"), and few other names end like one.
    last = name.casefold().split()[-1]
    return "are" if last.endswith("s") and not last.endswith(("ss", "us", "is")) else "is"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
