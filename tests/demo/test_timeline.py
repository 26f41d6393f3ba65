"""A timeline says when the user noticed what."""

from typing import Any

import pytest

from demo.report import timeline_rows
from demo.timeline import Mark, Stamp, Timeline, marks


def progress(**delta: Any) -> dict[str, Any]:
    return {"type": "intent-progress", "data": {"chat_log_delta": delta}}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"type": "run-start", "data": {}}, []),
        ({"type": "stt-vad-end", "data": {"timestamp": 900}}, [Mark.END_OF_SPEECH_NOTICED]),
        ({"type": "stt-end", "data": {"stt_output": {"text": "hi"}}}, [Mark.TRANSCRIPT]),
        ({"type": "run-end", "data": None}, [Mark.RUN_END]),
        (progress(role="assistant"), []),
        (progress(content="Done"), [Mark.FIRST_TEXT]),
        (progress(content=" " * 61), []),
        (progress(tool_calls=[{"tool_name": "a", "tool_args": {}}]), [Mark.TOOL_CALL]),
        (progress(role="tool_result", content="20 degrees"), []),
        ({"type": "intent-progress", "data": {"tts_start_streaming": True}}, []),
    ],
)
def test_events_mark_what_a_listener_would_notice(event: dict[str, Any], expected: list[Mark]) -> None:
    assert list(marks(event)) == expected


def test_times_count_from_the_end_of_speech_and_first_ones_win() -> None:
    timeline = Timeline(
        speech_end=100.0,
        stamps=(
            Stamp(mark=Mark.FIRST_AUDIO, at=101.25),
            Stamp(mark=Mark.FIRST_TEXT, at=101.5),
            Stamp(mark=Mark.TRANSCRIPT, at=99.9),
            Stamp(mark=Mark.FIRST_TEXT, at=101.0),
        ),
    )
    assert timeline.milliseconds() == {Mark.TRANSCRIPT: -100, Mark.FIRST_TEXT: 1000, Mark.FIRST_AUDIO: 1250}
    assert list(timeline.milliseconds()) == [Mark.TRANSCRIPT, Mark.FIRST_TEXT, Mark.FIRST_AUDIO]


def test_every_time_stands_under_the_end_of_its_label() -> None:
    timeline = Timeline(speech_end=0.0, stamps=(Stamp(mark=Mark.FIRST_AUDIO, at=0.75),))
    labels, times = timeline_rows(timeline)
    end = labels.index(Mark.FIRST_AUDIO.value) + len(Mark.FIRST_AUDIO.value)
    assert times[:end].endswith("750")
    assert times.split() == ["750" if mark is Mark.FIRST_AUDIO else "-" for mark in Mark]
