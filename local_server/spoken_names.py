"""How entities and areas are named in a spoken sentence."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .meaning import Meaning

_PLURALS: Final = {
    "light": "lights",
    "switch": "switches",
    "fan": "fans",
    "cover": "covers",
    "lock": "locks",
    "media_player": "media players",
    "climate": "thermostats",
    "vacuum": "vacuums",
    "blind": "blinds",
    "curtain": "curtains",
    "shade": "shades",
    "shutter": "shutters",
    "window": "windows",
    "door": "doors",
    "garage": "garage doors",
    "outlet": "outlets",
    "tv": "televisions",
    "speaker": "speakers",
}


def the(name: str) -> str:
    """Return a name as it stands inside a sentence: "the kitchen light"; names of their own keep their capitals."""
    if name.casefold().startswith(("the ", "my ", "our ")):
        return name
    first, _, rest = name.partition(" ")
    if first[1:] == first[1:].lower() and (not rest or rest == rest.lower()):
        name = name[:1].lower() + name[1:]
    return f"the {name}"


def area_name(area: str) -> str:
    """Return an area as it stands inside a sentence: "the living room"."""
    return the(area.lower() if area.istitle() else area)


def together(parts: Iterable[str]) -> str:
    """Return "a, b and c"."""
    *most, last = dict.fromkeys(parts)
    return f"{', '.join(most)} and {last}" if most else last


def spoken_target(slots: Mapping[str, Any], anything: str = "everything") -> str:
    """Return what arguments aim at: a name, or a kind of thing (else `anything`) in an area; empty if at nothing."""
    if name := slots.get("name"):
        return the(str(name))
    kind = _first(slots.get("device_class")) or _first(slots.get("domain"))
    place = _place(slots)
    if not kind:
        return f"{anything}{place}" if place else ""
    return f"the {_PLURALS.get(kind, kind.replace('_', ' ') + 's')}{place}"


def spoken_targets(meanings: Iterable[Meaning]) -> str:
    """Return what several meanings aim at, in one phrase."""
    found = [target for meaning in meanings if (target := spoken_target(meaning.slots))]
    return together(found) if found else ""


def _place(slots: Mapping[str, Any]) -> str:
    if area := slots.get("area"):
        return f" in {area_name(str(area))}"
    floor = slots.get("floor")
    return f" on {area_name(str(floor))}" if floor else ""


def _first(value: object) -> str:
    match value:
        case [first, *_]:
            return str(first)
        case str():
            return value
        case _:
            return ""
