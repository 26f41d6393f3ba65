"""Sentences without what politeness and conversation add to them."""

import re
from typing import Final

_BEFORE: Final = re.compile(
    r"^(?:(?:hey|hi|okay|ok|oh|well|so|alright|and|then|now|also|please|just|actually|no|yes|yeah|thanks|thank you|"
    r"(?:could|can|would|will) you|i (?:want|need) you to|i(?:'d| would) like you to)[\s,]+)+",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"(?:[\s,]+(?:please|again|too|as well|also|now|right now|for me|thanks|thank you|instead|then))+$", re.IGNORECASE
)

_REWRITES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"^dim (.+) to (.+)$", r"set \1 brightness to \2"),
        (r"^dim (.+)$", r"set \1 brightness to 30 percent"),
        (r"^(?:brighten|make) (.+?)(?: brighter)$", r"set \1 brightness to 100 percent"),
        (r"^brighten (.+)$", r"set \1 brightness to 100 percent"),
        (r"^make (.+) darker$", r"set \1 brightness to 30 percent"),
        (r"^(?:turn|bring) (.+) (?:up|down) to (.+)$", r"set \1 to \2"),
        (r"^set (.+) to half$", r"set \1 to 50 percent"),
        (r"^(open|close) (.+) half ?way$", r"set \2 to 50 percent"),
        (r"^send (.+) (?:home|back|to (?:its|the) (?:dock|base))$", r"return \1 to base"),
        (r"^(?:play|continue|unpause) (.+)$", r"resume \1"),
        (r"^(?:start|power up|fire up) (.+)$", r"turn on \1"),
        (r"^(?:shut off|kill) (.+)$", r"turn off \1"),
        (r"^(turn|switch) (.+) back (on|off)$", r"\1 \2 \3"),
        (r"^is (.+) still (.+)$", r"is \1 \2"),
        (r"^what(?:'s| is) (.+) (?:set to|doing)$", r"what is the state of \1"),
        (r"^(?:how (?:warm|cold|hot) is it|what(?:'s| is) the temperature) outside$", "what is the weather"),
        (r"^is it (?:raining|sunny|cold|warm|windy|snowing)(?: outside)?$", "what is the weather"),
    )
)
"""Ways to say what the sentence templates know in other words."""


def plain(text: str) -> str:
    """Return the sentence without greeting, politeness and final mark; the whole if nothing else is in it."""
    bare = text.strip().rstrip(".!?… ")
    shorter = _AFTER.sub("", _BEFORE.sub("", bare)).strip(" ,")
    return shorter or bare


def rewritten(text: str) -> str:
    """Return the sentence in the words that the templates know, or as it is."""
    for pattern, replacement in _REWRITES:
        if pattern.match(text):
            return pattern.sub(replacement, text)
    return text
