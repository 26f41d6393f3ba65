"""How old may the time be that stands in the instructions? New instructions are read anew, and all that was said with them."""

from datetime import datetime, timedelta
import re

# Home Assistant's own words where the agent has no tool that tells the time.
_TOLD = re.compile(r"Current time is (\d\d:\d\d:\d\d)\. Today's date is (\d{4}-\d\d-\d\d)\.")
MAX_AGE = timedelta(minutes=1)
"""Who asks for the time is told no seconds."""


def steady(before: str, now: str) -> str:
    """Return the instructions of before where those of now only differ in a time that is not much later, else those of now."""
    then_told, now_told = _TOLD.search(before), _TOLD.search(now)
    if then_told is None or now_told is None or _TOLD.sub("", before) != _TOLD.sub("", now):
        return now
    is_recent = timedelta(0) <= _time(now_told) - _time(then_told) <= MAX_AGE
    return before if is_recent else now


def _time(told: re.Match[str]) -> datetime:
    return datetime.fromisoformat(f"{told[2]}T{told[1]}")
