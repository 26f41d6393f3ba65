"""A satellite answers pings, and its scenes pass and fail for the reasons that they name."""

import asyncio
from functools import partial
from pathlib import Path
from typing import override

import pytest
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.ping import Ping, Pong
from wyoming.server import AsyncEventHandler

from demo.answering_satellite import answering
from demo.commands import RECORDINGS
from demo.satellite_body import Answer
from demo.satellite_scenes import INTERRUPTION, LONG_ANSWER, OWN_ROOM, QUESTION, TIMER
from demo.satellite_turns import Spoken, stamps
from demo.server import LocalServer
from demo.story_satellite import interruption_told, not_interrupted, unequal
from demo.timeline import Mark
from demo.verdict import Evidence
from demo.voice_run import VoiceRun
from demo.wyoming_server import HOST, listen, port_of


class Deaf(AsyncEventHandler):
    """As the satellite is: what it does not know is an echo here, so that the test sees it arrive."""

    @override
    async def handle_event(self, event: Event) -> bool:
        await self.write_event(Event(type=f"{event.type} unanswered"))
        return True


class Answering(Deaf):
    """With the answer to a ping."""

    handle_event = answering(Deaf.handle_event)


async def test_ping_is_answered_with_its_text_and_nothing_else_is_touched(socket_enabled: None) -> None:
    server = await listen(partial(Answering), 0)
    async with AsyncTcpClient(HOST, port_of(server)) as client, asyncio.timeout(5):
        await client.write_event(Ping(text="1").event())
        pong = await client.read_event()
        await client.write_event(Event(type="describe"))
        other = await client.read_event()
    server.close()
    assert pong is not None
    assert Pong.from_event(pong).text == "1"
    assert other is not None
    assert other.type == "describe unanswered"


@pytest.mark.parametrize(
    "command",
    [OWN_ROOM, TIMER, QUESTION, LONG_ANSWER, INTERRUPTION],
    ids=lambda command: command.recording,
)
def test_every_scene_has_its_recording(command) -> None:
    assert (RECORDINGS / f"{command.recording}.wav").is_file()


def spoken(*, woken: float = 0, begins: float = 0, seconds: float | None = 0) -> Spoken:
    pcm = None if seconds is None else bytearray(int(seconds * 22_050) * 2)
    answer = None if pcm is None else Answer(rate=22_050, first_byte=begins, begins=begins, pcm=pcm)
    return Spoken(
        number=1,
        command=QUESTION,
        seconds=2,
        run=VoiceRun(),
        before={},
        after={},
        answer=answer,
        woken=woken,
        told_from=0,
    )


def evidence(answer: str, heard_back: str) -> Evidence:
    return Evidence(run=VoiceRun(answer=answer), after={}, changes=(), heard_back=heard_back)


def test_loudspeakers_file_must_say_the_answer_to_the_word() -> None:
    assert unequal(evidence("It is 18.5 °C.", "It is eighteen point five degrees Celsius")) == []
    (wrong,) = unequal(evidence("It is on.", "It is off."))
    assert '"It is on."' in wrong
    assert '"It is off."' in wrong


@pytest.mark.parametrize(("woken", "interrupts"), [(9.9, False), (10.1, True), (14.9, True), (15.1, False)])
def test_second_wake_word_must_come_while_the_answer_is_played(woken: float, interrupts: bool) -> None:
    first, second = spoken(begins=10, seconds=5), spoken(woken=woken)
    assert (not_interrupted(first, second) == []) is interrupts


def test_interruption_is_told_by_the_answers_own_clock() -> None:
    told = interruption_told(spoken(begins=10, seconds=5), spoken(woken=11))
    assert told.startswith("1.0 s into an answer of 5.0 s")


def test_answer_that_never_came_was_not_interrupted() -> None:
    silent = spoken(seconds=None)
    assert interruption_told(silent, spoken()) == "there was no answer to interrupt"
    assert not_interrupted(silent, spoken())


def test_record_of_a_run_is_read_on_the_demos_clock() -> None:
    events = [
        {"type": "stt-start", "data": {}, "timestamp": "1970-01-01T00:16:39+00:00"},
        {"type": "stt-end", "data": {}, "timestamp": "1970-01-01T00:16:40+00:00"},
    ]
    assert [(stamp.mark, stamp.at) for stamp in stamps(events, -900)] == [(Mark.TRANSCRIPT, 100)]


def test_server_knows_how_often_it_was_told_something(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("DEBUG:server:0 < conversation.item.truncate\nDEBUG:server:0 > conversation.item.truncated\n")
    assert LocalServer(log, verbose=True).received("conversation.item.truncate") == 1
