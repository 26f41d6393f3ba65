"""What a crowd of satellites notices is counted from what it has seen and what the server has seen."""

import asyncio
import json
from pathlib import Path
import sys
from xml.etree import ElementTree as ET

import pytest
import websockets

from benchmarks.clients.process import line_process
from benchmarks.machine import Facts, Machine
from benchmarks.scale.__main__ import parse
from benchmarks.scale.crowd import FRAME_BYTES, Samples, way_in
from benchmarks.scale.page import plot, section
from benchmarks.scale.server import KEY, NUM_DELTAS

FACTS = Facts(
    date="2026-11-22",
    machine=Machine(processor="a machine", cores=2, system="Linux 6", python="3.14.2", commit="abc"),
    load="0.1 before and 0.2 after",
)


def test_a_frame_has_arrived_with_the_last_of_its_bytes() -> None:
    # What a resampler keeps back of the first frame comes with the second one.
    arrivals = [(10.025, FRAME_BYTES - 40), (10.050, 2 * FRAME_BYTES - 40), (10.090, 4 * FRAME_BYTES - 40)]

    assert way_in(10.0, arrivals) == pytest.approx([0.005, 0.010, 0.030, 0.010])
    assert way_in(10.0, [(10.1, 100)]) == []


def crowd(count: int, answered: list[float], resident_mib: int, talking: float) -> Samples:
    return Samples(
        count=count,
        answered=answered,
        first_turns=[1.8],
        delta_to_sound=[0.002],
        way_in=[0.001, 0.004],
        lags=[0.0005],
        talking=[talking],
        cpu_per_turn=[0.1],
        server_cpu=[0.05],
        resident_bytes=resident_mib << 20,
        microphone_seconds=3.4,
        turns=len(answered),
    )


def test_page_says_what_a_crowd_adds_and_what_one_more_satellite_takes() -> None:
    crowds = [
        crowd(1, [1.7], 250, 0.05),
        crowd(11, [1.8, 2.0], 270, 0.25),
        Samples(count=50, turns=50, failures=["late"] * 50, talking=[1.0], cpu_per_turn=[0.1]),
    ]
    limited = Samples(count=20, turns=20, failures=["no session was free"] * 4)

    text = section(crowds, limited, 16, FACTS, "scripts/benchmark scale --rounds 2")

    assert "| 11 | 2 | 0 | 1900 / 2000 | 200 / 300 | 1800 / 1800 | 2.0 / 2.0 | 2.5 / 4.0 | 0.5 / 0.5 |" in text
    assert "| 11 | 0.25 | 0.10 | 270 |" in text
    joined = " ".join(text.split())
    assert "One more satellite takes 2048 KiB. A turn in the largest crowd takes 0.10 s" in joined
    assert "34 open microphones fill a core" in joined
    assert "16 sessions at once by default" in joined
    assert "Of 20 satellites that talked at once with these, 16 were answered" in joined
    assert "4 times *no session was free*" in joined
    assert "The server took at most 5% of a core." in joined
    assert "| 50 | 50 | 50 | none | none | none | none | none | none |" in text
    assert max(map(len, (line for line in text.splitlines() if not line.startswith("|")))) <= 120


def test_picture_has_a_line_for_each_figure() -> None:
    crowds = [crowd(1, [1.7], 250, 0.05), crowd(11, [1.8, 2.0], 270, 0.25)]
    panels = ET.fromstring(plot(crowds)).findall("{http://www.w3.org/2000/svg}g")

    assert [len(panel.findall("{http://www.w3.org/2000/svg}polyline")) for panel in panels] == [2, 2, 1, 1]


async def test_the_server_hears_and_answers_a_turn_and_tells_of_it_once(socket_enabled: None, tmp_path: Path) -> None:
    command = (sys.executable, "-m", "benchmarks.scale.server")
    async with line_process("the server", command, {}, tmp_path / "log") as server, asyncio.timeout(20):
        url = (await server.answer())["base_url"].replace("http", "ws", 1)
        seen: list[str] = []
        async with websockets.connect(
            f"{url}/realtime", additional_headers={"Authorization": f"Bearer {KEY}"}
        ) as socket:
            for event in (
                {"type": "input_audio_buffer.append", "audio": "AAAA"},
                {"type": "input_audio_buffer.append", "audio": "AAA="},
                {"type": "input_audio_buffer.commit"},
                {"type": "response.create", "response": {"metadata": {"turn": "1"}}},
            ):
                await socket.send(json.dumps(event))
            while not seen or seen[-1] != "response.done":
                event = json.loads(await socket.recv())
                seen.append(event["type"])
                if seen[-1] == "conversation.item.input_audio_transcription.completed":
                    sentence = event["transcript"]
        told = await server.ask("take")
        again = await server.ask("take")

    assert seen.count("response.output_audio.delta") == NUM_DELTAS
    assert event["response"]["metadata"] == {"turn": "1"}
    [turn] = told["turns"]
    assert turn["sentence"] == sentence
    assert [num_bytes for _, num_bytes in turn["arrivals"]] == [3, 5]
    assert turn["first_audio"] > turn["arrivals"][-1][0]
    assert again["turns"] == []


def test_command_line_takes_as_many_satellites_as_an_agent_may_have(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse([]).satellites == (1, 10, 25, 50)
    assert parse(["--satellites", "5", "2", "--rounds", "2"]).satellites == (2, 5)
    for wrong in (["--satellites", "0"], ["--satellites", "101"], ["--rounds", "0"]):
        with pytest.raises(SystemExit, match="2"):
            parse(wrong)
    assert "--satellites must be from 1 to 100" in capsys.readouterr().err
