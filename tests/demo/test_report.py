"""What the demo prints can be read by a stranger and holds no key."""

from pathlib import Path

import pytest

from demo.commands import COMMANDS
from demo.report import Report
from demo.states import Change
from demo.timeline import Mark, Stamp, Timeline
from demo.verdict import Evidence
from demo.voice_run import ToolCall, VoiceRun


def clock(*times: float) -> object:
    return iter(times).__next__


def test_a_command_is_shown_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(clock=clock(100, 107.5))
    report.command(1, COMMANDS[0], 1.54)
    report.evidence(
        Evidence(
            run=VoiceRun(
                transcript="Turn on the bedside lamp.",
                answer="Turned on the bedside lamp.",
                tools=[ToolCall(name="intent__HassTurnOn", arguments={"name": "Bedside lamp"})],
                timeline=Timeline(speech_end=3.0, stamps=(Stamp(mark=Mark.TRANSCRIPT, at=3.5),)),
            ),
            after={},
            changes=(Change(entity_id="light.bedside_lamp", attribute="state", before="off", after="on"),),
            heard_back="turned on the lamp",
        ),
        Path("build/demo/1.wav"),
        bytes(48000),
    )
    report.outcome(["expected more"])
    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == [
        "",
        '[  7.5 s] 1. a light by its name: speaking "Turn on the bedside lamp." (1.5 s)',
        "heard      Turn on the bedside lamp.",
        'tool       intent__HassTurnOn {"name": "Bedside lamp"}',
        "changed    light.bedside_lamp: off -> on",
        "answer     Turned on the bedside lamp.",
        "voice      build/demo/1.wav (1.0 s)",
        "heard back turned on the lamp (word error rate 20%)",
        "ms after   end noticed   transcript   tool call   first text   run end   first audio   last audio",
        "speech end           -          500           -            -         -             -            -",
        "result     NOT AS EXPECTED",
        "expected more",
    ]


@pytest.mark.parametrize(
    ("passed", "line"),
    [
        (5, "PASSED: 5 of 5 commands as expected, 41 s in total\n"),
        (4, "FAILED: 4 of 5 commands as expected, 41 s in total\n"),
    ],
)
def test_the_last_line_is_the_verdict(passed: int, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    Report(clock=clock(0, 41.2)).verdict(passed, 5, "commands as expected")
    assert capsys.readouterr().out == line


def test_the_key_is_never_printed(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(secret="sk-house")
    report.step("adding with sk-house")
    report.log("a log", ["Bearer sk-house"])
    report.failed("sk-house was refused")
    printed = capsys.readouterr()
    assert "sk-house" not in printed.out + printed.err
    assert "*** was refused" in printed.err
