"""Answers to what is said to anybody and is no command."""

import re
from typing import Final

_REPLIES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), reply)
    for pattern, reply in (
        (
            r"\b(?:hello|hi|hey|good (?:morning|afternoon|evening))\b(?! .+ (?:on|off)\b)",
            "Hello! What can I do for you?",
        ),
        (r"\bhow are you\b", "I am well, thank you. What can I do for you?"),
        (
            r"\b(?:who|what) are you\b|\bwhat(?:'s| is) your name\b",
            "I am the voice of this house, running on its own machine.",
        ),
        (r"\bwhat can you do\b", "I can switch what is in this house and tell you how it is."),
        (r"\b(?:can|do) you hear me\b", "Yes, I can hear you."),
        (r"\b(?:thank you|thanks|well done)\b", "You are welcome."),
        (r"\b(?:good ?bye|bye|good night|see you)\b", "Goodbye."),
    )
)


def small_talk(text: str) -> str | None:
    """Return a reply to a few words of politeness, or None; what is long is not small talk."""
    if len(text.split()) > 6:
        return None
    return next((reply for pattern, reply in _REPLIES if pattern.search(text)), None)
