"""How far two sentences are apart when they are read aloud."""

import re

# fmt: off
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
_SIGNS = {
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{MINUS SIGN}": "-",
    "°c": " degrees celsius ",
    "°f": " degrees fahrenheit ",
    "°": " degrees ",
    "%": " percent ",
}
_MINUS = re.compile(r"(?<!\w)-(?=\d)")
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def spoken_words(text: str) -> list[str]:
    """Return the words of a text as a voice would say them: lower case, numbers spelt out, no punctuation."""
    text = text.lower()
    for sign, said in _SIGNS.items():
        text = text.replace(sign, said)
    return _WORD.findall(_NUMBER.sub(_said, _MINUS.sub(" minus ", text)))


def word_error_rate(reference: str, heard: str) -> float:
    """Return insertions, deletions and substitutions per word of the reference; 0 is equal, 1 or more is lost."""
    wanted, got = spoken_words(reference), spoken_words(heard)
    row = list(range(len(got) + 1))
    for i, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(got, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1] / max(len(wanted), 1)


def says(text: str, phrase: str) -> bool:
    """Say whether the phrase's words stand in the text one after another, so "8.5" is not in "18.5"."""
    return f" {' '.join(spoken_words(phrase))} " in f" {' '.join(spoken_words(text))} "


def _said(match: re.Match[str]) -> str:
    whole, fraction = match.groups()
    words = _integer(whole)
    if fraction:
        words += ["point", *(_ONES[int(digit)] for digit in fraction)]
    return f" {' '.join(words)} "


def _integer(digits: str) -> list[str]:
    number = int(digits)
    if number < 20:
        return [_ONES[number]]
    if number < 100:
        return [_TENS[number // 10], *([_ONES[number % 10]] if number % 10 else [])]
    if number < 1000:
        return [_ONES[number // 100], "hundred", *(_integer(str(number % 100)) if number % 100 else [])]
    # Larger numbers do not occur in a house: digit by digit is equal on both sides, which is all that is asked.
    return [_ONES[int(digit)] for digit in digits]
