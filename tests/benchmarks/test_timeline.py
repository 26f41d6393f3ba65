"""The timeline counts what a satellite would notice, and says where its figures come from."""

import asyncio
import json
from pathlib import Path

import pytest
import websockets

from benchmarks.pipeline_timeline import parse
from benchmarks.timeline_house import Way
from benchmarks.timeline_page import Facts, Row, page, percentile
from benchmarks.timeline_run import Measured, Moment, measured
from benchmarks.timeline_server import KEY, SCRIPTS, Length, TimedServer
from demo.commands import RECORDINGS
from demo.processes import DemoError

FACTS = Facts(
    date="2026-11-22",
    machine="a machine, 2 cores",
    home_assistant="2026.11.0",
    python="3.14.2",
    commit="abc",
    load="0.1",
    repeats=2,
)


def event(kind: str, at: float, **data: object) -> dict[str, object]:
    return {"type": kind, "at": at, "data": data}


def answered(text: str, at: float) -> dict[str, object]:
    return event("intent-end", at, intent_output={"response": {"speech": {"plain": {"speech": text}}}})


def streamed(asked: float) -> dict[str, object]:
    """Return a run whose speech ended at 100 s, and whose short answer was asked for in the stream."""
    return {
        "speech_end": 100.0,
        "events": [
            event("run-start", 98.0),
            event("stt-vad-end", 101.0),
            event("stt-end", 101.5),
            event("intent-progress", asked, tts_start_streaming=True),
            event("intent-progress", 102.2, chat_log_delta={"content": " " * 61}),
            event("intent-progress", 102.3, chat_log_delta={"content": "It is"}),
            answered("It is on.", 102.4),
            event("tts-start", 102.5),
        ],
    }


def test_moments_count_from_the_end_of_speech() -> None:
    run = measured(streamed(asked=102.1), first_byte=102.6, first_delta=102.0)
    assert run.answer == "It is on."
    assert {moment: round(at, 3) for moment, at in run.after_speech.items()} == {
        Moment.END_NOTICED: 1.0,
        Moment.TRANSCRIPT: 1.5,
        Moment.ASKED: 2.1,
        Moment.FIRST_TEXT: 2.3,
        Moment.TEXT_COMPLETE: 2.4,
        Moment.FIRST_AUDIO: 2.6,
    }


@pytest.mark.parametrize(("asked", "delta", "own"), [(102.1, 102.0, 0.5), (102.1, 102.2, 0.4)])
def test_own_part_begins_with_the_later_of_delta_and_question(asked: float, delta: float, own: float) -> None:
    run = measured(streamed(asked=asked), first_byte=102.6, first_delta=delta)
    assert run.own_part == pytest.approx(own)
    assert run.delta_to_byte == pytest.approx(102.6 - delta)


def test_cascade_has_no_part_of_ours_and_tells_its_text_as_a_whole() -> None:
    seen = {
        "speech_end": 100.0,
        "events": [event("stt-end", 101.0), answered("Yes.", 101.1), event("tts-start", 101.2)],
    }
    run = measured(seen, first_byte=102.0, first_delta=None)
    assert run.own_part is None
    assert run.after_speech[Moment.FIRST_TEXT] == pytest.approx(1.1)
    assert run.after_speech[Moment.ASKED] == pytest.approx(1.2)


def test_failed_run_is_no_figure() -> None:
    seen = {"speech_end": 100.0, "events": [event("error", 101.0, code="stt-stream-failed", message="gone")]}
    with pytest.raises(DemoError, match="stt-stream-failed: gone"):
        measured(seen, first_byte=102.0, first_delta=None)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1, 100)])
def test_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert percentile(range(100, 0, -1), share) == value


def run(first_audio: float, own: float | None) -> Measured:
    after = dict.fromkeys(Moment, 1.0) | {Moment.ASKED: 0.9, Moment.FIRST_AUDIO: first_audio}
    return Measured(after_speech=after, answer="", own_part=own, delta_to_byte=own)


def test_page_has_every_row_its_facts_and_the_gain() -> None:
    rows = [Row(way=Way.SAFE, length=length, runs=[run(2.4, 0.004), run(2.6, 0.008)]) for length in Length]
    rows += [Row(way=Way.EAGER, length=length, runs=[run(2.0, 0.003)]) for length in Length]
    rows += [Row(way=Way.CASCADED, length=length, runs=[run(3.0, None)]) for length in Length]
    text = page(rows, FACTS)
    assert "| short | safe | 1000 | 1000 | 1000 | 900 | 1000 | 2500 | 2600 |" in text
    assert "| long | eager | 3.0 ms | 3.0 ms | 3.0 ms | 3.0 ms |" in text
    assert "short answers: eager is 500 ms ahead of safe, 1000 ms ahead of cascaded" in text
    assert "short answers, eager: the speech is asked for 100 ms before the text is complete" in text
    assert "| long | cascaded | 1000 | 1000 | 1000 | 900 | 1000 | 3000 | 3000 |" in text
    assert "`scripts/timeline --repeats 2`" in text
    assert "a machine, 2 cores" in text
    assert max(map(len, text.splitlines())) <= 120


def test_page_does_without_a_way_that_was_not_measured() -> None:
    text = page([Row(way=Way.SAFE, length=Length.SHORT, runs=[run(2.0, 0.001)])], FACTS)
    assert "ahead of" not in text


def test_lengths_lie_on_both_sides_of_what_home_assistant_streams() -> None:
    assert len(SCRIPTS[Length.SHORT].answer) <= 60 < len(SCRIPTS[Length.LONG].answer)
    assert all((RECORDINGS / f"{script.recording}.wav").is_file() for script in SCRIPTS.values())


async def test_server_says_once_when_its_first_audio_left(socket_enabled: None) -> None:
    async with TimedServer(SCRIPTS[Length.SHORT]) as server, asyncio.timeout(10):
        assert server.take_first_audio() is None
        url = f"{server.base_url.replace('http', 'ws', 1)}/realtime?model=gpt-realtime-2.1"
        async with websockets.connect(url, additional_headers={"Authorization": f"Bearer {KEY}"}) as socket:
            await socket.send(json.dumps({"type": "response.create"}))
            while json.loads(await socket.recv())["type"] != "response.done":
                pass
        assert server.take_first_audio() is not None
        assert server.take_first_audio() is None


def test_command_line_asks_for_at_least_one_round(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse([]).repeats == 30
    assert parse(["--repeats", "2", "--output", "x.md"]).output == Path("x.md")
    with pytest.raises(SystemExit, match="2"):
        parse(["--repeats", "0"])
    assert "--repeats must be 1 or more" in capsys.readouterr().err
