"""When a transcript says what a text says."""

import pytest

from custom_components.realtime_assist.session.verbatim import Verbatim


def follows(text: str, transcript: str) -> tuple[bool, bool]:
    """Return whether the transcript went on with the text to its end, and whether it is whole then."""
    verbatim = Verbatim(text)
    goes_on = [verbatim.goes_on(piece) for piece in transcript]
    return all(goes_on), verbatim.whole


@pytest.mark.parametrize(
    ("text", "transcript"),
    [
        ("Dinner is ready.", "Dinner is ready."),
        ("Dinner is ready.", "dinner is ready!"),
        ("Es ist das Küchenlicht.", "Es ist das Küchen Licht"),
        ("Straße", "STRASSE"),
        ("It is 21 degrees.", "It is twenty-one degrees."),
        ("It is twenty-one degrees.", "It is 21 degrees."),
        ("It is 21 °C outside.", "It is twenty-one degrees Celsius outside."),
        (
            "Es sind 1234567 Zeichen.",
            "Es sind eine Million zweihundertvierunddreißigtausendfünfhundertsiebenundsechzig Zeichen.",
        ),
        ("That is 50 % of €3.", "That is fifty percent of three euros."),
        ("At 7:05 the train goes.", "At five past seven the train goes."),
        ("もう夕食です。", "もう夕食です"),
        ("...", ""),
    ],
)
def test_same_words_are_the_text(text: str, transcript: str) -> None:
    assert follows(text, transcript) == (True, True)


@pytest.mark.parametrize(
    ("text", "transcript"),
    [
        ("Dinner is ready.", "Sure! Dinner is ready."),
        ("Dinner is ready.", "Dinner is not ready."),
        ("Dinner is ready.", "Dinner is ready. Anything else?"),
        ("It is 21 degrees.", "It is, as far as anybody in this house could tell me before the evening, warm degrees."),
        ("Dinner", "12 of them"),
    ],
)
def test_other_words_are_not(text: str, transcript: str) -> None:
    assert not follows(text, transcript)[0]


def test_text_that_breaks_off_goes_on_so_far_and_is_not_whole() -> None:
    assert follows("Dinner is ready.", "Dinner is") == (True, False)


def test_blanks_are_no_beginning() -> None:
    verbatim = Verbatim("Dinner is ready.")
    assert verbatim.goes_on(" ... ")
    assert not verbatim.begun
