"""Two sentences are as far apart as they sound."""

import pytest

from demo.words import says, spoken_words, word_error_rate


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 18.5 °C.", "it's eighteen point five degrees celsius"),
        ("Twenty-two degrees", "twenty two degrees"),
        ("Minus: -4°, 40%", "minus minus four degrees forty percent"),
        ("Rooms 7 to 119 and 1000", "rooms seven to one hundred nineteen and one zero zero zero"),
        ("It\N{RIGHT SINGLE QUOTATION MARK}s on", "it's on"),
        ("", ""),
    ],
)
def test_numbers_and_signs_are_spelt_out(text: str, words: str) -> None:
    assert " ".join(spoken_words(text)) == words


@pytest.mark.parametrize(
    ("reference", "heard", "rate"),
    [
        ("Turned on the lamp.", "turned on the lamp", 0),
        ("Turned on the lamp", "turned off the lamp", 0.25),
        ("Turned on the lamp", "the lamp", 0.5),
        ("Turned on the lamp", "turned on the big old lamp", 0.5),
        ("Turned on the lamp", "", 1),
        ("", "thank you", 2),
        ("22 degrees", "Twenty-two degrees!", 0),
    ],
)
def test_word_error_rate_counts_edits_per_reference_word(reference: str, heard: str, rate: float) -> None:
    assert word_error_rate(reference, heard) == pytest.approx(rate)


def test_a_number_is_not_found_inside_another() -> None:
    assert says("The bedroom is at 18.5 degrees.", "18.5")
    assert says("Eighteen point five.", "18.5")
    assert not says("It is 8.5 degrees", "18.5")
    assert not says("It is 218.5 degrees", "18.55")
