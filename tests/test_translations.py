"""Whether every language says what English says: the same keys, the same gaps to fill, and nothing left in English."""

from collections import Counter
from collections.abc import Iterator
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.realtime_assist.const import DOMAIN
from custom_components.realtime_assist.errors import TRANSLATED, async_error_sentence
from custom_components.realtime_assist.texts import Texts

from .test_errors import ERRORS

FOLDER = Path(__file__).parent.parent / "custom_components" / DOMAIN / "translations"
OTHERS = [language for language in TRANSLATED if language != "en"]
# Names that are the same in every language, and too long to pass for a cognate.
NAMES = {"Hugging Face speech-to-speech"}
LONGEST_COGNATE = 3
"""Words that English and another language may share by chance, as in "Transcription"."""


def leaves(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text with the way to it."""
    for key, branch in tree.items():
        if isinstance(branch, dict):
            yield from leaves(branch, f"{path}{key}.")
        else:
            yield f"{path}{key}", branch


TEXTS = {language: dict(leaves(json.loads((FOLDER / f"{language}.json").read_text()))) for language in TRANSLATED}
ENGLISH = TEXTS["en"]


def shape(text: str) -> Counter[str]:
    """Return what of a text no language may change: gaps, code, addresses, emphasis, line breaks and list items."""
    gaps = [f"{{{name}}}" for _, name, _, _ in Formatter().parse(text) if name is not None]
    return Counter([*gaps, *re.findall(r"`[^`]*`|\]\([^)]*\)|\*\*|\n- |\n", text)])


def words(text: str) -> list[str]:
    """Return the words of a text without its gaps."""
    return re.findall(r"[^\W\d_]+", re.sub(r"\{\w+\}|`[^`]*`", " ", text))


def test_every_file_is_a_language_that_is_spoken() -> None:
    """A sentence is looked for in these languages only."""
    assert {path.stem for path in FOLDER.glob("*.json")} == set(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_two_files_can_be_laid_side_by_side(language: str) -> None:
    """Keys from a to z, two blanks a level, letters as they are written."""
    text = (FOLDER / f"{language}.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_is_complete(language: str) -> None:
    """Nothing is missing, and nothing is left of what English has given up."""
    assert sorted(ENGLISH.keys() - TEXTS[language].keys()) == []
    assert sorted(TEXTS[language].keys() - ENGLISH.keys()) == []


@pytest.mark.parametrize("language", OTHERS)
def test_gaps_and_markup_are_those_of_english(language: str) -> None:
    """So that every value finds its place, and every link its address."""
    texts = TEXTS[language]
    assert [key for key in ENGLISH.keys() & texts.keys() if shape(texts[key]) != shape(ENGLISH[key])] == []


@pytest.mark.parametrize("language", OTHERS)
def test_texts_are_plain(language: str) -> None:
    """No blanks at the ends or at a line's end, no HTML, no addresses: hassfest refuses them."""
    for key, text in TEXTS[language].items():
        assert text == text.strip() != "", key
        assert not re.search(r"[ \t]\n|  |https?://|<[a-z/]|\[%key:", text), key


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    """Short words may be alike; sentences are not."""
    same = {text for key, text in TEXTS[language].items() if text == ENGLISH.get(key)}
    assert sorted(text for text in same - NAMES if len(words(text)) > LONGEST_COGNATE) == []


@pytest.mark.parametrize("language", OTHERS)
async def test_every_failure_has_a_sentence_of_the_language_for_the_ear(hass: HomeAssistant, language: str) -> None:
    """The sentence is short, whole, free of marks that nobody can speak, and told apart from the others."""
    sentences = {error: await async_error_sentence(hass, language, error()) for error in ERRORS}
    english = {error: await async_error_sentence(hass, "en", error()) for error in ERRORS}
    assert len(set(sentences.values())) == len({error.reason for error in ERRORS})
    for error, sentence in sentences.items():
        assert sentence != english[error]
        assert sentence.endswith(".")
        assert len(sentence) < 110
        assert not set(sentence) & set("`{}*_/;:()")


async def test_what_is_filled_in_is_of_the_language_of_the_house(hass: HomeAssistant) -> None:
    """A form that is read in German says the rest in German as well."""
    hass.config.language = "de"
    texts = await Texts.async_load(hass)
    assert texts.text("cost_less", percent="20", model="gpt-realtime") == "20 % weniger als gpt-realtime"
    assert texts.voice("marin") == "marin (empfohlen)"
