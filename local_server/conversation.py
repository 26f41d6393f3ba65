"""What was said and called so far, read from conversation items as they stand on the wire."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import json
from typing import Any, Final

from .toolbox import short_name

type Item = Mapping[str, Any]

_SAY_EXACTLY: Final = "Say exactly: "


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRun:
    """A function call of the turn with its output."""

    tool: str
    """Short name."""
    arguments: Mapping[str, Any]
    output: Any
    """Parsed JSON, or the text if it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The conversation from the point of view of the next response."""

    earlier: tuple[str, ...] = ()
    """What the user said in earlier turns, oldest first."""
    said: str = ""
    """What the user said last; empty if nothing was understood."""
    has_image: bool = False
    """Whether the last thing the user sent holds a picture."""
    is_asked: bool = False
    """Whether the user spoke last, rather than a tool or nobody."""
    runs: tuple[ToolRun, ...] = ()
    """The tools that have answered since the user spoke."""


def read_conversation(items: Sequence[Item]) -> Conversation:
    """Read the items, oldest first."""
    turns = [at for at, item in enumerate(items) if _is_user(item)]
    if not turns:
        return Conversation(runs=_runs(items))
    last = items[turns[-1]]
    return Conversation(
        earlier=tuple(text for at in turns[:-1] if (text := text_of(items[at]))),
        said=text_of(last),
        has_image=any(part.get("type") == "input_image" for part in _parts(last)),
        is_asked=turns[-1] == len(items) - 1,
        runs=_runs(items[turns[-1] + 1 :]),
    )


def verbatim(instructions: str, items: Sequence[Item]) -> str | None:
    """Return the text that is to be read aloud as it is, if that is what the response is for.

    That is what follows "Say exactly: " at the beginning of the last item's text (a user's or system message), or of
    the response's own instructions.
    """
    last = text_of(items[-1]) if items and items[-1].get("role") in {"user", "system"} else ""
    for text in (last, instructions):
        if text.lstrip().startswith(_SAY_EXACTLY):
            return text.lstrip().removeprefix(_SAY_EXACTLY).strip()
    return None


def text_of(item: Item) -> str:
    """Return the text of a message, typed or heard; an empty string for anything else."""
    found = (part.get("text") or part.get("transcript") or "" for part in _parts(item))
    return " ".join(text.strip() for text in found if text.strip())


def _is_user(item: Item) -> bool:
    return item.get("type", "message") == "message" and item.get("role") == "user"


def _parts(item: Item) -> Iterable[Mapping[str, Any]]:
    content = item.get("content")
    if isinstance(content, str):
        return ({"type": "input_text", "text": content},)
    return tuple(part for part in content or () if isinstance(part, Mapping))


def _runs(items: Sequence[Item]) -> tuple[ToolRun, ...]:
    outputs = {item.get("call_id"): item.get("output") for item in items if item.get("type") == "function_call_output"}
    return tuple(
        ToolRun(
            tool=short_name(str(item.get("name", ""))),
            arguments=arguments if isinstance(arguments := _json(item.get("arguments")), Mapping) else {},
            output=_json(outputs[item.get("call_id")]),
        )
        for item in items
        if item.get("type") == "function_call" and item.get("call_id") in outputs
    )


def _json(text: object) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
