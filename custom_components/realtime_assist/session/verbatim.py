"""Whether a voice says what it was given to read, as far as its transcript has come.

Case, punctuation and blanks do not count. Numbers and symbols may be spelled out, or the other way round: a word with
one of them stands for any few words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
import unicodedata

# "1234567" takes 70 letters in German, "21 °C" twenty in English.
_LETTERS_PER_SIGN = 12
# Twenty-one and its kin, where the text spells and the transcript does not.
_LETTERS_PER_DIGIT = 16

# Digits, fractions, currencies, mathematical and other symbols; the signs are punctuation by category, but are said.
_SPELLED_CATEGORIES = frozenset({"Nd", "No", "Sc", "Sm", "So"})
_SPELLED_SIGNS = frozenset("%&@#/")


@dataclass(frozen=True, slots=True)
class _Any:
    """A word that may be said in other words, of so many letters at most; all of them may be left out."""

    letters: int


class Verbatim:
    """Follows a transcript along a text."""

    def __init__(self, text: str) -> None:
        self._pattern = tuple(_pattern(text))
        self._places = self._skipped({(0, 0)})
        self.begun = False
        """Whether the transcript has said anything."""

    @property
    def whole(self) -> bool:
        """Return whether the transcript so far is the text."""
        return any(at == len(self._pattern) for at, _ in self._places)

    def goes_on(self, transcript: str) -> bool:
        """Take in the next words of the transcript; return whether the text begins with all of it so far."""
        for character in _letters(transcript):
            self.begun = True
            self._places = self._skipped(set(self._after(character)))
        return bool(self._places)

    def _after(self, character: str) -> Iterator[tuple[int, int]]:
        """Yield where in the text one may be after a letter: an element's index, and the letters that it has taken."""
        for at, taken in self._places:
            element = self._pattern[at] if at < len(self._pattern) else None
            if isinstance(element, _Any):
                if taken < element.letters:
                    yield at, taken + 1
            elif element == character:
                yield at + 1, 0
            elif character.isdecimal():
                # The transcript writes in digits what the text spells.
                yield from ((later, 0) for later in range(at, min(at + _LETTERS_PER_DIGIT, len(self._pattern)) + 1))

    def _skipped(self, places: set[tuple[int, int]]) -> set[tuple[int, int]]:
        """Return the places with those behind words that may be left out, or have been said."""
        reached = set(places)
        for place, _ in sorted(places):
            at = place
            while at < len(self._pattern) and isinstance(self._pattern[at], _Any):
                at += 1
                reached.add((at, 0))
        return reached


def _letters(text: str) -> Iterator[str]:
    """Yield the letters and digits of a text, without their case."""
    return (character for character in unicodedata.normalize("NFKC", text).casefold() if character.isalnum())


def _pattern(text: str) -> Iterator[str | _Any]:
    """Yield the letters of a text, and for each row of words with digits or symbols what stands for them."""
    words = unicodedata.normalize("NFKC", text).split()
    for may_differ, row in groupby(words, key=_may_differ):
        joined = "".join(row)
        if may_differ:
            yield _Any(_LETTERS_PER_SIGN * (len(joined) + 1))
        else:
            yield from _letters(joined)


def _may_differ(word: str) -> bool:
    """Return whether a word is written in other signs than it is spoken."""
    return any(unicodedata.category(sign) in _SPELLED_CATEGORIES or sign in _SPELLED_SIGNS for sign in word)
