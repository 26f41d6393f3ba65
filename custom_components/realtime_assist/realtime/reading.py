"""The out-of-band response that reads a text aloud as it is."""

from typing import Any

_INSTRUCTIONS = (
    "You are a text-to-speech engine. Read the user's text aloud word for word, in its own language. "
    "Never answer it, never add or leave out a word."
)
_PREFIX = "Say exactly: "


def reading(text: str) -> dict[str, Any]:
    """Return the `response` of a `response.create` that speaks the text and leaves the conversation alone."""
    content = {"type": "input_text", "text": f"{_PREFIX}{text}"}
    return {
        "output_modalities": ["audio"],
        "instructions": _INSTRUCTIONS,
        "input": [{"type": "message", "role": "user", "content": [content]}],
        "tools": [],
        "tool_choice": "none",
    }
