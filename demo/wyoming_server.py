"""How do ears and a voice without internet look to Home Assistant? As two Wyoming servers, in a process of their own."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
import json
import signal
import sys
from typing import Any, override

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.server import AsyncEventHandler
from wyoming.tts import Synthesize

from local_server.engine_errors import EngineError
from local_server.hearing import Hearing
from local_server.speech_audio import MODEL_RATE, WIRE_RATE
from local_server.voice import Voice, sentences

HOST = "127.0.0.1"
LANGUAGE = "en"
EARS = "Local ears"
VOICE = "Local voice"
TIMBRE = "sage"
"""None of the voices that the demo's agent speaks with, so that a listener hears who it is."""
_ATTRIBUTION = Attribution(name="Realtime Assist demo", url="")
_INSTALLED: Mapping[str, Any] = {"attribution": _ATTRIBUTION, "installed": True, "version": "1", "description": None}

EARS_INFO = Info(
    asr=[
        AsrProgram(
            name=EARS, models=[AsrModel(name="whisper-tiny.en", languages=[LANGUAGE], **_INSTALLED)], **_INSTALLED
        )
    ]
)
VOICE_INFO = Info(
    tts=[TtsProgram(name=VOICE, voices=[TtsVoice(name=TIMBRE, languages=[LANGUAGE], **_INSTALLED)], **_INSTALLED)]
)

type Hear = Callable[[bytes, int], str]
"""Takes PCM16 mono and its rate, 16,000 or 24,000 Hz; returns what was said, empty for noise. May block."""
type Speak = Callable[[str], bytes]
"""Takes a sentence; returns PCM16 mono at 24,000 Hz. May block."""


class EarsHandler(AsyncEventHandler):
    """One connection to the ears: audio in, its transcript out."""

    def __init__(self, hear: Hear, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._hear = hear
        self._rate = MODEL_RATE
        self._pcm = bytearray()

    @override
    async def handle_event(self, event: Event) -> bool:
        """Take one event; the connection stays open for the next speech."""
        if Describe.is_type(event.type):
            await self.write_event(EARS_INFO.event())
        elif AudioStart.is_type(event.type):
            self._rate = AudioStart.from_event(event).rate
            self._pcm.clear()
        elif AudioChunk.is_type(event.type):
            self._pcm += AudioChunk.from_event(event).audio
        elif AudioStop.is_type(event.type):
            await _told(self, self._transcribe)
        return True

    async def _transcribe(self) -> None:
        text = await asyncio.to_thread(self._hear, bytes(self._pcm), self._rate)
        await self.write_event(Transcript(text=text, language=LANGUAGE).event())


class VoiceHandler(AsyncEventHandler):
    """One connection to the voice: a text in, its sound out, sentence by sentence."""

    def __init__(self, speak: Speak, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._speak = speak

    @override
    async def handle_event(self, event: Event) -> bool:
        """Take one event; the connection stays open for the next text."""
        if Describe.is_type(event.type):
            await self.write_event(VOICE_INFO.event())
        elif Synthesize.is_type(event.type):
            await _told(self, partial(self._synthesize, Synthesize.from_event(event).text))
        return True

    async def _synthesize(self, text: str) -> None:
        sound: dict[str, Any] = {"rate": WIRE_RATE, "width": 2, "channels": 1}
        await self.write_event(AudioStart(**sound).event())
        for sentence in sentences(text):
            pcm = await asyncio.to_thread(self._speak, sentence)
            await self.write_event(AudioChunk(audio=pcm, **sound).event())
        await self.write_event(AudioStop().event())


async def _told(handler: AsyncEventHandler, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work; the client is told of a failure that says what to do."""
    try:
        await work()
    except EngineError as err:
        await handler.write_event(Error(text=str(err)).event())


type HandlerFactory = Callable[[asyncio.StreamReader, asyncio.StreamWriter], AsyncEventHandler]


async def listen(factory: HandlerFactory, port: int) -> asyncio.Server:
    """Return a server on a port of this machine, 0 for any that is free; each connection gets a handler of its own."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await factory(reader, writer).run()

    return await asyncio.start_server(connected, host=HOST, port=port)


def port_of(server: asyncio.Server) -> int:
    """Return the port that a server listens on."""
    port: int = server.sockets[0].getsockname()[1]
    return port


def _warm() -> tuple[Hear, Speak]:
    """Load both models."""
    hearing, voice = Hearing(), Voice()

    def hear(pcm: bytes, rate: int) -> str:
        found = hearing.transcribe(pcm, rate=rate)
        return found[0].text if found else ""

    return hear, lambda sentence: voice.speak(sentence, TIMBRE)


async def serve(ears_port: int, voice_port: int) -> None:
    """Serve until SIGTERM; print one JSON line with both ports when Home Assistant may come."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    hear, speak = await asyncio.to_thread(_warm)
    ears = await listen(partial(EarsHandler, hear), ears_port)
    voice = await listen(partial(VoiceHandler, speak), voice_port)
    print(json.dumps({"ears": port_of(ears), "voice": port_of(voice)}), flush=True)
    await ended.wait()
    for server in (ears, voice):
        server.close()


def main() -> int:
    """Return the exit status of `python -m demo.wyoming_server`."""
    parser = argparse.ArgumentParser("python -m demo.wyoming_server", description=__doc__)
    parser.add_argument("--ears-port", type=int, default=0, help="port of the ears (default: any that is free)")
    parser.add_argument("--voice-port", type=int, default=0, help="port of the voice (default: any that is free)")
    found = parser.parse_args()
    asyncio.run(serve(found.ears_port, found.voice_port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
