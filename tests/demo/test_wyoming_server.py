"""Home Assistant's Wyoming client finds ears and a voice that work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from homeassistant.components.wyoming.data import WyomingService
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.tts import Synthesize

from demo.local_speech import announced_ports
from demo.wyoming_server import EARS, HOST, VOICE, EarsHandler, HandlerFactory, VoiceHandler, listen, port_of
from local_server.engine_errors import EngineError


@asynccontextmanager
async def serving(factory: HandlerFactory) -> AsyncIterator[int]:
    server = await listen(factory, 0)
    try:
        yield port_of(server)
    finally:
        server.close()


def hear(pcm: bytes, rate: int) -> str:
    return f"{len(pcm)} bytes at {rate}"


def speak(sentence: str) -> bytes:
    return sentence.encode().ljust(100)


def fail(_: str) -> bytes:
    raise EngineError("The voice is missing: install it")


async def test_home_assistant_sees_what_each_server_offers(socket_enabled: None) -> None:
    async with serving(partial(EarsHandler, hear)) as ears, serving(partial(VoiceHandler, speak)) as voice:
        heard, spoken = await WyomingService.create(HOST, ears), await WyomingService.create(HOST, voice)
    assert heard is not None
    assert spoken is not None
    assert (heard.get_name(), heard.platforms) == (EARS, ["stt"])
    assert (spoken.get_name(), spoken.platforms) == (VOICE, ["tts"])


async def test_speech_is_written_down_once_for_each_recording(socket_enabled: None) -> None:
    async with serving(partial(EarsHandler, hear)) as port, AsyncTcpClient(HOST, port) as client:
        for size in (320, 640):
            await client.write_event(Transcribe(language="en").event())
            await client.write_event(AudioStart(rate=16_000, width=2, channels=1).event())
            for _ in range(2):
                await client.write_event(AudioChunk(rate=16_000, width=2, channels=1, audio=bytes(size)).event())
            await client.write_event(AudioStop().event())
            event = await client.read_event()
            assert event is not None
            assert Transcript.from_event(event).text == f"{2 * size} bytes at 16000"


async def test_text_is_spoken_sentence_by_sentence(socket_enabled: None) -> None:
    async with serving(partial(VoiceHandler, speak)) as port, AsyncTcpClient(HOST, port) as client:
        await client.write_event(Synthesize(text="The light is on. Good night.").event())
        spoken = []
        while (event := await client.read_event()) is not None and not AudioStop.is_type(event.type):
            if AudioChunk.is_type(event.type):
                chunk = AudioChunk.from_event(event)
                assert (chunk.rate, chunk.width, chunk.channels) == (24_000, 2, 1)
                spoken.append(chunk.audio.decode().strip())
    assert spoken == ["The light is on.", "Good night."]


async def test_client_is_told_why_nothing_is_spoken(socket_enabled: None) -> None:
    async with serving(partial(VoiceHandler, fail)) as port, AsyncTcpClient(HOST, port) as client:
        await client.write_event(Synthesize(text="Hello.").event())
        while (event := await client.read_event()) is not None and not Error.is_type(event.type):
            pass
        assert event is not None
        assert Error.from_event(event).text == "The voice is missing: install it"


def test_ports_are_read_from_the_one_whole_line() -> None:
    assert announced_ports("loading\n") is None
    assert announced_ports('{"ears": 1, "voice"') is None
    assert announced_ports('loading\n{"ears": 1, "voice": 2}\n') == {"ears": 1, "voice": 2}
