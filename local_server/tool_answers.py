"""What the tools that know something answered, in words."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from .answers import answer_question, describe
from .confirmations import duration
from .conversation import ToolRun
from .home import read_live_context
from .meaning import DATE_TIME, LIVE_CONTEXT, Meaning
from .own_phrases import GET_ITEMS
from .spoken_names import the, together
from .tool_output import data_of, failed

NOT_KNOWN: Final = "Sorry, I could not find that out."

type Teller = Callable[[Mapping[str, Any], ToolRun, Meaning | None], str]


def tells(run: ToolRun) -> bool:
    """Return whether the tool was asked for what it knows rather than for what it does."""
    return run.tool in _TELLERS


def told(run: ToolRun, question: Meaning | None) -> str:
    """Return what the tool answered to the question; without one, whatever it said."""
    if failed(run.output):
        return NOT_KNOWN
    return _TELLERS[run.tool](data_of(run.output), run, question)


def _live_context(data: Mapping[str, Any], _run: ToolRun, question: Meaning | None) -> str:
    entities = read_live_context(str(data.get("result", "")))
    return answer_question(question, entities) if question else describe(entities)


def _date_time(data: Mapping[str, Any], _run: ToolRun, question: Meaning | None) -> str:
    try:
        moment = datetime.fromisoformat(f"{data.get('date')}T{data.get('time')}")
    except ValueError:
        return NOT_KNOWN
    if question and question.intent == "HassGetCurrentDate":
        return f"Today is {moment:%A, %B} {moment.day}."
    return f"It is {moment.hour % 12 or 12}:{moment:%M %p}."


def _list_items(data: Mapping[str, Any], run: ToolRun, _question: Meaning | None) -> str:
    name = the(str(run.arguments.get("todo_list", "list")))
    words = [
        str(item.get("summary", "")) if isinstance(item, Mapping) else str(item) for item in data.get("items") or ()
    ]
    return f"On {name}: {together(words)}." if words else f"There is nothing on {name}."


def _timers(data: Mapping[str, Any], _run: ToolRun, _question: Meaning | None) -> str:
    slots = data.get("speech_slots")
    timers = slots.get("timers") if isinstance(slots, Mapping) else None
    if not timers:
        return "There is no timer."
    return " ".join(f"The timer has {duration(timer, 'rounded_{}_left')} left." for timer in timers)


_TELLERS: Final[Mapping[str, Teller]] = {
    LIVE_CONTEXT: _live_context,
    DATE_TIME: _date_time,
    "HassTimerStatus": _timers,
    **dict.fromkeys(GET_ITEMS, _list_items),
}
