"""The entities, areas and floors that a session's prompt names."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
import re

import yaml  # type: ignore[import-untyped] # PyYAML has no types of its own

_STATIC_CONTEXT = re.compile(r"^Static Context\b.*$", re.MULTILINE)
_LIVE_CONTEXT = re.compile(r"^Live Context\b.*$", re.MULTILINE)
_WHERE = re.compile(r"You are in area (?P<area>.+?)(?: \(floor (?P<floor>.+?)\))? and all generic commands")


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeEntity:
    """One exposed entity as Home Assistant's prompt describes it; the state only where live context gives one."""

    names: tuple[str, ...]
    domain: str
    areas: tuple[str, ...] = ()
    state: str = ""
    attributes: dict[str, str]

    @property
    def name(self) -> str:
        """The name that comes first, before the aliases."""
        return self.names[0]

    @property
    def device_class(self) -> str:
        """The device class, or an empty string where the prompt does not say."""
        return self.attributes.get("device_class", "")


@dataclass(frozen=True, kw_only=True)
class Home:
    """The part of a home that a session may talk about."""

    entities: tuple[HomeEntity, ...] = ()
    area: str | None = None
    """Where the satellite stands."""
    floor: str | None = None

    @cached_property
    def areas(self) -> dict[str, tuple[str, ...]]:
        """Each area's name with all names it answers to, itself first."""
        found = {entity.areas[0]: entity.areas for entity in self.entities if entity.areas}
        if self.area and self.area not in found:
            found[self.area] = (self.area,)
        return found

    @cached_property
    def _by_name(self) -> dict[str, HomeEntity]:
        return {name.casefold(): entity for entity in reversed(self.entities) for name in entity.names}

    def entity(self, name: object) -> HomeEntity | None:
        """Return the entity that answers to this name, in whatever case."""
        return self._by_name.get(str(name).casefold())

    def area_named(self, name: object) -> str | None:
        """Return the area that answers to this name, in whatever case."""
        wanted = str(name).casefold()
        for area, names in self.areas.items():
            if wanted in (each.casefold() for each in names):
                return area
        return None

    def within(self, area: str, domain: str | None = None) -> Iterator[HomeEntity]:
        """Yield the area's entities, of one domain if given."""
        for entity in self.entities:
            if area in entity.areas and domain in {None, entity.domain}:
                yield entity


def read_home(instructions: str) -> Home:
    """Read Home Assistant's Assist prompt; without a static context, the home is empty."""
    where = _WHERE.search(instructions)
    return Home(
        entities=_entities_after(_STATIC_CONTEXT, instructions),
        area=where["area"] if where else None,
        floor=where["floor"] if where else None,
    )


def read_live_context(result: str) -> tuple[HomeEntity, ...]:
    """Read what the tool GetLiveContext answered."""
    return _entities_after(_LIVE_CONTEXT, result)


def _entities_after(heading: re.Pattern[str], text: str) -> tuple[HomeEntity, ...]:
    if not (found := heading.search(text)):
        return ()
    block: list[str] = []
    for line in text[found.end() :].lstrip("\n").splitlines():
        if not line.startswith(("- ", " ")):
            break
        block.append(line)
    try:
        rows = yaml.safe_load("\n".join(block))
    except yaml.YAMLError:
        return ()
    return tuple(_entity(row) for row in rows or () if isinstance(row, dict) and row.get("names"))


def _entity(row: dict[str, object]) -> HomeEntity:
    attributes = row.get("attributes")
    return HomeEntity(
        names=_split(row["names"]),
        domain=str(row.get("domain", "")),
        areas=_split(row.get("areas", "")),
        state=_word(row.get("state", "")),
        attributes={str(k): _word(v) for k, v in attributes.items()} if isinstance(attributes, dict) else {},
    )


def _split(names: object) -> tuple[str, ...]:
    # Home Assistant joins names and aliases with a comma, so a comma inside a name is lost on the way.
    return tuple(part for name in str(names).split(",") if (part := name.strip()))


def _word(value: object) -> str:
    # YAML reads an unquoted on or off as a boolean.
    match value:
        case True:
            return "on"
        case False:
            return "off"
        case None:
            return ""
        case _:
            return str(value)
