"""An answer's way is counted as a satellite would notice it, and its page says where the figures come from."""

import asyncio
from itertools import pairwise
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import websockets

from benchmarks.machine import Facts, Machine
from benchmarks.pipeline.__main__ import parse
from benchmarks.pipeline.kinds import CASCADED, KINDS, REALTIME, SCRIPTS, Kind, Length, Output, Way
from benchmarks.pipeline.lanes import CASCADE_SECONDS, LANES, STAGGER_SECONDS, beats
from benchmarks.pipeline.page import plot, section
from benchmarks.pipeline.results import Results, Row
from benchmarks.pipeline.run import Measured, Moment, measured
from benchmarks.pipeline.server import KEY, Sent, TimedServer
from benchmarks.pipeline.sound import WAV_HEADER_BYTES, silent_bytes
from demo.commands import RECORDINGS
from demo.processes import DemoError

FACTS = Facts(
    date="2026-11-22",
    machine=Machine(processor="a machine", cores=2, system="Linux 6", python="3.14.2", commit="abc"),
    load="0.1 before and 0.2 after",
)
SHORT_SAFE = Kind(way=Way.SAFE, length=Length.SHORT, output=Output.WAV)


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
            event("intent-start", 101.6),
            event("intent-progress", asked, tts_start_streaming=True),
            event("intent-progress", 102.2, chat_log_delta={"content": " " * 61}),
            event("intent-progress", 102.3, chat_log_delta={"content": "It is"}),
            answered("It is on.", 102.4),
            event("tts-start", 102.5),
        ],
    }


def sent(first_audio: float | None, end_of_speech: float | None = None) -> Sent:
    return Sent(first_audio=first_audio, end_of_speech=end_of_speech)


def test_moments_count_from_the_end_of_speech() -> None:
    run = measured(streamed(asked=102.1), first_byte=102.6, sent=sent(102.0))
    assert run.answer == "It is on."
    assert {moment: round(at, 3) for moment, at in run.after_speech.items()} == {
        Moment.END_NOTICED: 1.0,
        Moment.TRANSCRIPT: 1.5,
        Moment.AGENT_ASKED: 1.6,
        Moment.TTS_ASKED: 2.1,
        Moment.FIRST_TEXT: 2.3,
        Moment.TEXT_COMPLETE: 2.4,
        Moment.FIRST_AUDIO: 2.6,
    }


@pytest.mark.parametrize(("asked", "delta", "own"), [(102.1, 102.0, 0.5), (102.1, 102.2, 0.4)])
def test_own_part_begins_with_the_later_of_delta_and_question(asked: float, delta: float, own: float) -> None:
    run = measured(streamed(asked=asked), first_byte=102.6, sent=sent(delta))
    assert run.own_part == pytest.approx(own)
    assert run.delta_to_byte == pytest.approx(102.6 - delta)


def test_a_server_that_finds_the_end_of_speech_is_who_notices_it() -> None:
    run = measured(streamed(asked=102.1), first_byte=102.6, sent=sent(102.0, end_of_speech=100.5))
    assert run.after_speech[Moment.END_NOTICED] == pytest.approx(0.5)


def test_cascade_has_no_part_of_ours_and_tells_its_text_as_a_whole() -> None:
    seen = {
        "speech_end": 100.0,
        "events": [
            event("stt-vad-end", 100.5),
            event("stt-end", 101.0),
            event("intent-start", 101.0),
            answered("Yes.", 101.1),
            event("tts-start", 101.2),
        ],
    }
    run = measured(seen, first_byte=102.0, sent=sent(None))
    assert run.own_part is None
    assert run.after_speech[Moment.FIRST_TEXT] == pytest.approx(1.1)
    assert run.after_speech[Moment.TTS_ASKED] == pytest.approx(1.2)


def test_run_that_lacks_a_moment_is_no_figure() -> None:
    seen = {"speech_end": 100.0, "events": [answered("Yes.", 101.1)]}
    with pytest.raises(DemoError, match="end noticed, transcript, agent asked, TTS asked"):
        measured(seen, first_byte=102.0, sent=sent(None))


def test_sound_begins_after_the_metadata_of_a_flac() -> None:
    info, padding = bytes([0, 0, 0, 34]) + bytes(34), bytes([0x81, 0, 0, 5]) + bytes(5)
    head = b"fLaC" + info + padding
    assert silent_bytes(Output.FLAC, head + b"sound") == len(head)
    assert silent_bytes(Output.FLAC, head[:-5]) == len(head)
    assert silent_bytes(Output.FLAC, head[:-6]) is None
    assert silent_bytes(Output.FLAC, b"fL") is None
    with pytest.raises(ValueError, match="no FLAC"):
        silent_bytes(Output.FLAC, b"RIFF")
    assert silent_bytes(Output.WAV, b"RIFF") == WAV_HEADER_BYTES


@pytest.mark.parametrize("number", range(8))
def test_every_row_is_spoken_once_in_a_round_and_never_at_the_moment_of_another(number: int) -> None:
    lengths = {kind: 2.0 if kind.length is Length.SHORT else 2.2 for kind in KINDS}
    planned = list(beats(number, lengths))

    assert sorted(str(slot.kind) for beat in planned for slot in beat) == sorted(map(str, (*REALTIME, *CASCADED)))
    for beat in planned:
        assert len({slot.lane for slot in beat}) == len(beat) <= LANES + 1
        silence = {Way.SERVER_VAD: 0.5}
        noticed = {slot.kind: slot.begin + lengths[slot.kind] + silence.get(slot.kind.way, 1.2) for slot in beat}
        realtime = sorted(at for kind, at in noticed.items() if kind.way is not Way.CASCADED)
        (cascade,) = (at for kind, at in noticed.items() if kind.way is Way.CASCADED)
        assert realtime[0] - cascade == pytest.approx(CASCADE_SECONDS)
        assert all(after - before == pytest.approx(STAGGER_SECONDS) for before, after in pairwise(realtime))
        assert min(slot.begin for slot in beat) == 0


def run(first_audio: float, own: float | None) -> Measured:
    after = dict.fromkeys(Moment, 1.0) | {Moment.TTS_ASKED: 0.9, Moment.FIRST_AUDIO: first_audio}
    return Measured(after_speech=after, answer="", own_part=own, delta_to_byte=own)


def results() -> Results:
    found = Results(alone=Row(kind=SHORT_SAFE, runs=[run(2.3, 0.002)]))
    for kind, row in found.rows.items():
        match kind.way:
            case Way.SAFE if kind.output is Output.WAV:
                row.runs = [run(2.4, 0.004), run(2.6, 0.008)]
            case Way.SAFE | Way.SERVER_VAD:
                row.runs = [run(2.6, 0.1)]
            case Way.EAGER:
                row.runs = [run(2.0, 0.003)]
            case Way.CASCADED:
                row.runs = [run(3.0, None)]
            case Way.TEXT:
                row.runs = [Measured(after_speech={Moment.TEXT_COMPLETE: 0.002}, answer="")]
    return found


def test_page_has_every_row_its_facts_and_the_gain() -> None:
    text = section(results(), FACTS, turns=2)
    steady = "1000 / 1000 / 1000 | 1000 / 1000 / 1000 | 1000 / 1000 / 1000 | 1000 / 1000 / 1000 | 900 / 900 / 900"
    assert f"| short | safe | wav | {steady} | 2500 / 2600 / 2600 | 0 of 2 |" in text
    assert f"| long | cascaded | wav | {steady} | 3000 / 3000 / 3000 | 0 of 1 |" in text
    assert "| long | eager | wav | 3.0 / 3.0 / 3.0 | 3.0 / 3.0 / 3.0 |" in text
    assert "short answers: eager is 500 ms ahead of safe, 600 ms ahead of server VAD, 1000 ms ahead of cascaded" in text
    assert "long answers, safe: as flac the first sound is 100 ms behind wav" in text
    assert "short answers, eager: the speech is asked for 100 ms before the text is complete" in text
    assert "| long | 2.0 / 2.0 / 2.0 | 0 of 1 |" in text
    assert "| alone | 1 | 1000 / 1000 / 1000 | 2300 / 2300 / 2300 | 2.0 / 2.0 / 2.0 |" in text
    assert "`scripts/benchmark pipeline --turns 2`" in text
    assert "a machine, 2 cores" in text
    assert max(map(len, (line for line in text.splitlines() if not line.startswith("|")))) <= 120


def test_failed_runs_are_counted_and_a_row_without_any_other_has_no_figures() -> None:
    found = results()
    found.rows[SHORT_SAFE].add("a run was not over in 20 s")
    lost = Kind(way=Way.EAGER, length=Length.SHORT, output=Output.WAV)
    found.rows[lost].runs.clear()
    found.rows[lost].add("gone")
    found.alone.runs.clear()

    text = section(found, FACTS, turns=3)
    assert "| 2500 / 2600 / 2600 | 1 of 3 |" in text
    assert "| short | eager | wav | none | none | none | none | none | none | 1 of 1 |" in text
    assert "short answers: eager is" not in text
    assert "One row by itself" not in text


def test_picture_has_a_bar_with_a_tick_for_every_row_that_is_heard() -> None:
    root = ET.fromstring(plot(results()))
    panels = root.findall("{http://www.w3.org/2000/svg}g")
    assert [len(panel.findall("{http://www.w3.org/2000/svg}rect")) for panel in panels] == [5, 5]
    assert [len(panel.findall("{http://www.w3.org/2000/svg}path")) for panel in panels] == [5, 5]


def test_lengths_lie_on_both_sides_of_what_home_assistant_streams() -> None:
    assert len(SCRIPTS[Length.SHORT].answer) <= 60 < len(SCRIPTS[Length.LONG].answer)
    assert all((RECORDINGS / f"{script.recording}.wav").is_file() for script in SCRIPTS.values())


async def test_server_says_once_when_its_first_audio_left(socket_enabled: None) -> None:
    async with TimedServer(SCRIPTS[Length.SHORT], 2.0) as server, asyncio.timeout(10):
        assert server.take_sent().first_audio is None
        url = f"{server.base_url.replace('http', 'ws', 1)}/realtime?model=gpt-realtime-2.1"
        async with websockets.connect(url, additional_headers={"Authorization": f"Bearer {KEY}"}) as socket:
            await socket.send(json.dumps({"type": "response.create"}))
            while json.loads(await socket.recv())["type"] != "response.done":
                pass
        assert server.take_sent().first_audio is not None
        assert server.take_sent().first_audio is None


def test_command_line_asks_for_at_least_one_turn(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse([]).turns == 100
    assert parse(["--turns", "2", "--docs", "folder"]).docs == Path("folder")
    with pytest.raises(SystemExit, match="2"):
        parse(["--turns", "0"])
    assert "--turns must be 1 or more" in capsys.readouterr().err
