"""A command passes only when the house, the answer and the voice are as expected."""

from dataclasses import replace

import pytest

from demo.commands import COMMANDS, RECORDINGS, Command, ExpectedState
from demo.states import Change
from demo.verdict import Evidence, failures
from demo.voice_run import VoiceRun

COMMAND = Command(
    title="a light",
    recording="light-by-name",
    sentence="Turn on the bedside lamp.",
    states=(ExpectedState(entity_id="light.bedside_lamp", value="on"),),
    answer=("lamp",),
)


def run(**changed: object) -> VoiceRun:
    said = VoiceRun(
        transcript="turn on the bedside lamp",
        answer="Turned on the bedside lamp.",
        conversation_id="one",
        audio=b"mp3",
    )
    return replace(said, **changed)


def evidence(**changed: object) -> Evidence:
    return replace(
        Evidence(
            run=run(),
            after={("light.bedside_lamp", "state"): "on", ("light.hall_light", "state"): "off"},
            changes=(Change(entity_id="light.bedside_lamp", attribute="state", before="off", after="on"),),
            heard_back="turned on the bedside lamp",
        ),
        **changed,
    )


def test_all_as_expected() -> None:
    assert failures(COMMAND, evidence()) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (evidence(run=run(error="stt-stream-failed: no")), "without an error, got stt-stream-failed: no"),
        (evidence(run=run(transcript="What time is it?")), 'expected the transcript "Turn on the bedside lamp."'),
        (evidence(after={}), "expected light.bedside_lamp state to become on, got None"),
        (
            evidence(changes=(Change(entity_id="light.hall_light", attribute="state", before="off", after="on"),)),
            "expected nothing else to change, got light.hall_light: off -> on",
        ),
        (evidence(run=run(answer=" "), heard_back=""), "expected an answer, got none"),
        (evidence(run=run(answer="Turned on the light."), heard_back="turned on the light"), 'to say "lamp"'),
        (evidence(run=run(audio=b""), heard_back=""), "expected a spoken answer, got no audio"),
        (evidence(heard_back="have a nice day"), 'it was heard as "have a nice day" (word error rate 100%'),
        (evidence(conversation_id="other"), "expected conversation other to go on, got one"),
    ],
)
def test_each_failure_says_what_was_expected(found: Evidence, expected: str) -> None:
    (failure,) = failures(COMMAND, found)
    assert expected in failure


def test_a_conversation_that_goes_on_passes() -> None:
    assert failures(COMMAND, evidence(conversation_id="one")) == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.recording)
def test_every_command_has_its_recording_and_an_expectation(command: Command) -> None:
    assert (RECORDINGS / f"{command.recording}.wav").is_file()
    assert command.states or command.answer


def test_the_last_command_follows_up() -> None:
    assert [command.follows_up for command in COMMANDS] == [False, False, False, False, True]
