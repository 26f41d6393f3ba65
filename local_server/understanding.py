"""From a sentence to the intents it means, over exactly the names and tools of one session."""

from collections.abc import Iterable
from dataclasses import replace
import re
from typing import Any, Final

from gazetteer_matcher import GazetteerMatcher
from hassil import Intents, recognize_best
from hassil.intents import TextSlotList, TextSlotValue
from hassil.util import remove_punctuation
from home_assistant_intents import get_intents

from .follow_up import redirected, with_target_spoken
from .home import Home
from .meaning import ANSWERED_BY, NEVERMIND, Meaning
from .own_phrases import measurement_asked, own_meaning
from .toolbox import Toolbox
from .wording import plain, rewritten

type Meanings = tuple[Meaning, ...]

_SOUND: Final = re.compile(r"volume|loud|quiet|soft|sound|music|radio|speaker|tv", re.IGNORECASE)
_KNOWN_AT_MOST: Final = 256
_WARM_UP: Final = "Turn on the kitchen light and set it to 50 percent."


class Understanding:
    """Home Assistant's sentence templates and its gazetteer, without Home Assistant; English only."""

    def __init__(self) -> None:
        self._intents = Intents.from_dict(get_intents("en") or {})
        self._gazetteer = GazetteerMatcher()
        # Home Assistant asks the gazetteer when nothing else is left; here an apology is better than a guess.
        self._gazetteer.max_unexplained_important = 0
        self._gazetteer.max_unexplained_unimportant = 0
        self._home = Home()
        self._templates = self._intents
        self._lists: dict[str, TextSlotList] = {}
        self._known: dict[tuple[str, str], Meanings] = {}

    def warm(self) -> None:
        """Parse the sentence templates, which otherwise costs the first sentence up to 3 s."""
        self.meanings(_WARM_UP, Home(), Toolbox())
        for intent in self._intents.intents.values():
            for data in intent.data:
                for sentence in data.sentences:
                    sentence.get_required_clauses(self._intents.expansion_rules)

    def meanings(self, text: str, home: Home, toolbox: Toolbox, previous: Meanings = ()) -> Meanings:
        """Return what the sentence means, or nothing; `previous` is what "it" and "what about" refer to."""
        self._enter(home, toolbox)
        # Every response reads the whole conversation again.
        key = (text, repr(previous))
        if key not in self._known:
            if len(self._known) >= _KNOWN_AT_MOST:
                self._known.clear()
            self._known[key] = self.best_of((text,), home, toolbox, previous)[1]
        return self._known[key]

    def best_of(
        self, hypotheses: Iterable[str], home: Home, toolbox: Toolbox, previous: Meanings = ()
    ) -> tuple[str, Meanings]:
        """Return the first hypothesis that means anything with its meanings; else the first and nothing."""
        self._enter(home, toolbox)
        texts = tuple(hypotheses)
        for attempt in (self._by_template, self._by_gazetteer):
            for text in texts:
                if found := attempt(text, home, toolbox, previous):
                    return text, found
        return (texts[0] if texts else ""), ()

    def _enter(self, home: Home, toolbox: Toolbox) -> None:
        offered = {name for name, tool in ANSWERED_BY.items() if tool in toolbox} | {*toolbox.short_names, NEVERMIND}
        kept = {name: intent for name, intent in self._intents.intents.items() if name in offered}
        if kept.keys() != self._templates.intents.keys():
            self._templates = replace(self._intents, intents=kept)
            self._known.clear()
        if home == self._home:
            return
        self._home = home
        self._known.clear()
        self._lists = _slot_lists(home)
        self._gazetteer.set_home(_gazetteer_home(home))

    def _by_template(self, text: str, home: Home, toolbox: Toolbox, previous: Meanings) -> Meanings:
        if own := own_meaning(plain(text), home, toolbox):
            return (own,)
        if turned := redirected(text, previous, home):
            return turned
        found = self._recognized(text, home) or self._recognized(plain(text), home)
        if found and found.is_aimed:
            return (found,)
        if referring := with_target_spoken(plain(text), previous):
            # Said of what was just talked about, it is a better reading than one that only fits the room.
            about = own_meaning(referring, home, toolbox) or self._recognized(referring, home)
            if about := about or self._recognized(rewritten(referring), home):
                return (about,)
            if several := self._interpreted(referring, home, toolbox):
                return several
        found = found or self._recognized(rewritten(plain(text)), home)
        return (found,) if found else ()

    def _by_gazetteer(self, text: str, home: Home, toolbox: Toolbox, _previous: Meanings) -> Meanings:
        for wording in dict.fromkeys((text, plain(text), rewritten(plain(text)))):
            if found := self._interpreted(wording, home, toolbox):
                return found
        asked = measurement_asked(plain(text), home, toolbox)
        return (asked,) if asked else ()

    def _recognized(self, text: str, home: Home) -> Meaning | None:
        result = recognize_best(
            text,
            self._templates,
            slot_lists=dict(self._lists),
            intent_context={"area": home.area} if home.area else None,
            language="en",
            best_slot_name="name",
        )
        if result is None:
            return None
        slots = {name: entity.value for name, entity in result.entities.items()}
        return Meaning(intent=result.intent.name, slots=slots, question=result.response or "")

    def _interpreted(self, text: str, home: Home, toolbox: Toolbox) -> Meanings:
        if not home.entities:
            return ()
        found = self._gazetteer.interpret(remove_punctuation(text), context_area=home.area)
        if not found.accepted:
            return ()
        meanings = tuple(
            Meaning(intent=frame.intent, slots=_spelled(frame.slots, home), question=frame.response_key or "")
            for frame in found.frames
        )
        offered = self._templates.intents
        if all(each.intent in offered or each.intent in toolbox for each in meanings) and _is_told(meanings, text):
            return meanings
        return ()


def _is_told(meanings: Meanings, text: str) -> bool:
    # "Turn down the heating" is no wish for less volume.
    return bool(_SOUND.search(text)) or all(meaning.intent != "HassSetVolumeRelative" for meaning in meanings)


def _spelled(slots: dict[str, Any], home: Home) -> dict[str, Any]:
    """Return the gazetteer's slots with names for its ids, which are positions for entities."""
    spelled = dict(slots)
    if "name" in spelled:
        spelled["name"] = home.entities[int(spelled["name"])].name
    return spelled


def _slot_lists(home: Home) -> dict[str, TextSlotList]:
    names = [(name, name, {"domain": entity.domain}) for entity in home.entities for name in entity.names]
    areas: list[tuple[str, str, dict[str, str]]] = [
        (name, area, {}) for area, answers in home.areas.items() for name in answers
    ]
    floors: list[tuple[str, str, dict[str, str]]] = [(home.floor, home.floor, {})] if home.floor else []
    return {
        slot: TextSlotList(
            name=slot,
            values=[
                TextSlotValue.from_tuple((heard, spelled, context), allow_template=False)
                for name, spelled, context in values
                # An empty name would match anywhere in the sentence.
                if (heard := remove_punctuation(name).strip())
            ],
        )
        for slot, values in (("name", names), ("area", areas), ("floor", floors))
    }


def _gazetteer_home(home: Home) -> dict[str, Any]:
    entities: dict[str, dict[str, Any]] = {
        str(at): {
            "name": entity.name,
            "aliases": list(entity.names[1:]),
            "domain": entity.domain,
            "area": entity.areas[0] if entity.areas else None,
        }
        for at, entity in enumerate(home.entities)
    }
    areas = {area: {"name": area, "aliases": list(names[1:]), "floor": None} for area, names in home.areas.items()}
    return {"areas": areas, "floors": {}, "entities": entities}
