"""The satellite's body sounds and listens as real parts do."""

import array
import asyncio
from collections.abc import AsyncIterator, Callable
import time

import pytest
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.wake import Detection

from demo.satellite_body import CHUNK_SAMPLES, WAKE_WORD, Body, Loudspeaker, is_wake_sound, wake_sound

SPEECH = array.array("h", [3000] * CHUNK_SAMPLES * 2).tobytes()


@pytest.fixture
async def body(socket_enabled: None) -> AsyncIterator[Body]:
    async with Body() as body:
        yield body


def chunk(pcm: bytes, rate: int = 16_000) -> Event:
    return AudioChunk(rate=rate, width=2, channels=1, audio=pcm).event()


async def until(body: Body, happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        await body.until(happened)


def test_wake_word_is_told_from_silence() -> None:
    assert is_wake_sound(wake_sound())
    assert not is_wake_sound(bytes(CHUNK_SAMPLES * 2))
    assert not is_wake_sound(b"")


async def test_microphone_hears_what_is_played_and_silence_around_it(body: Body) -> None:
    assert body.microphone.play(wake_sound(), SPEECH) == pytest.approx(3 * 0.064)
    async with AsyncClient.from_uri(body.uri("mic")) as client:
        heard = [AudioChunk.from_event(event).audio async for event in events(client, 4)]
    assert b"".join(heard) == wake_sound() + SPEECH + bytes(CHUNK_SAMPLES * 2)


async def test_microphone_speaks_in_real_time(body: Body) -> None:
    begin = time.monotonic()
    async with AsyncClient.from_uri(body.uri("mic")) as client:
        assert len([event async for event in events(client, 4)]) == 4
    assert time.monotonic() - begin >= 3 * 0.064


async def test_wake_word_in_the_satellites_audio_is_detected(body: Body) -> None:
    async with AsyncClient.from_uri(body.uri("wake")) as client:
        await client.write_event(chunk(bytes(2048)))
        await client.write_event(chunk(wake_sound()))
        event = await client.read_event()
    assert event is not None
    assert Detection.from_event(event).name == WAKE_WORD


async def test_loudspeaker_keeps_each_answer_by_itself(body: Body) -> None:
    async with AsyncClient.from_uri(body.uri("snd")) as client:
        for pcm in (b"\1\0" * 10, b"\2\0" * 20):
            await client.write_event(AudioStart(rate=22_050, width=2, channels=1).event())
            await client.write_event(chunk(pcm, 22_050))
            await client.write_event(AudioStop().event())
        await until(body, lambda: len(body.loudspeaker.answers) == 2 and body.loudspeaker.answers[1].complete)
    assert [(answer.rate, bytes(answer.pcm)) for answer in body.loudspeaker.answers] == [
        (22_050, b"\1\0" * 10),
        (22_050, b"\2\0" * 20),
    ]


def test_second_answer_begins_when_the_first_has_been_heard() -> None:
    loudspeaker = Loudspeaker()
    for _ in range(2):
        loudspeaker.begin(22_050)
        loudspeaker.hear(bytes(22_050 * 2))
    first, second = loudspeaker.answers
    assert first.ends - first.begins == pytest.approx(1)
    assert second.begins == pytest.approx(first.ends)
    assert loudspeaker.silent_from == second.ends
    assert second.first_byte < second.begins


async def test_lamp_is_told_what_home_assistant_says(body: Body) -> None:
    async with AsyncClient.from_uri(body.uri("event")) as client:
        await client.write_event(Event(type="timer-finished", data={"id": "1"}))
        await until(body, lambda: bool(body.told))
    assert [(told.event.type, told.event.data) for told in body.told] == [("timer-finished", {"id": "1"})]


async def events(client: AsyncClient, count: int) -> AsyncIterator[Event]:
    for _ in range(count):
        event = await client.read_event()
        assert event is not None
        yield event
