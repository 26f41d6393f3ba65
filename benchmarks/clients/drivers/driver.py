"""What is every client asked to do, and what does it tell? The part of a driver that knows no library.

A line of JSON on stdin, `{"command": ..., ...}`, is answered by one on stdout. Whatever a library prints goes to
stderr.
"""

import asyncio
from collections.abc import Callable, Sequence
import gc
import json
from pathlib import Path
import resource
import sys
import time
from typing import Any, Protocol

from benchmarks.clients.stamps import FRAME_BYTES, FRAME_MS, sent_at

type OnPcm = Callable[[bytes | memoryview], None]
"""Called with each piece of an answer's PCM, the moment that a user of the library gets it."""


def unheard(pcm: bytes | memoryview) -> None:
    """Refuse audio that nobody has asked for."""
    raise RuntimeError(f"{len(pcm)} bytes of audio came unasked")


INSTRUCTIONS = "You are the voice of this house."
QUESTION = "Turn on the light."
MODEL = "gpt-realtime-2.1"
VOICE = "marin"
KEY = "sk-benchmark"


class Client(Protocol):
    """One session of a library."""

    frame: bytes
    """20 ms of speech in the format that the library is given: PCM16 at 24 kHz where it resamples nothing."""

    async def connect(self, base_url: str) -> None:
        """Open a session; it may return before the server has confirmed it."""
        ...

    async def respond(self, on_pcm: OnPcm) -> None:
        """Ask for an answer and return when it is over."""
        ...

    async def append(self, frame: bytes) -> None:
        """Send what the user has just said."""
        ...

    async def close(self) -> None:
        """End the session."""
        ...


# Longer than a library needs to hand out what it has.
_PATIENCE = 5.0

SPEECH = bytes(range(1, 241)) * (FRAME_BYTES // 240)


class Driver:
    """Runs one library's sessions as it is told."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make
        self._url = ""
        self._clients: list[Client] = []

    async def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        """Do one thing; return what was measured, in nanoseconds, seconds or bytes as the name says."""
        match command:
            case {"command": "dial", "url": url, "count": count}:
                return {"dialled_ns": await self._dial(url, count)}
            case {"command": "hang_up"}:
                await self._hang_up()
                return {}
            case {"command": "latency", "count": count}:
                return {"latency_ns": await self._latency(count)}
            case {"command": "listen", "num_deltas": num_deltas}:
                return await self._cpu(lambda: self._listen(num_deltas))
            case {"command": "speak", "num_frames": num_frames, "speed": speed}:
                return await self._cpu(lambda: self._speak(num_frames, speed))
            case {"command": "talk", "num_deltas": num_deltas, "num_frames": num_frames}:
                return await self._cpu(lambda: self._talk(num_deltas, num_frames))
            case {"command": "memory"}:
                return {"bytes": _resident_bytes()}
        raise ValueError(f"unknown command: {command}")

    async def _dial(self, url: str, count: int) -> list[int]:
        begun = []
        for _ in range(count):
            client = self._make()
            begun.append(time.monotonic_ns())
            await client.connect(url)
            self._clients.append(client)
            # The next dial must not begin in the middle of this one's greeting.
            await asyncio.sleep(0.02)
        return begun

    async def _hang_up(self) -> None:
        clients, self._clients = self._clients, []
        for client in clients:
            await client.close()

    async def _latency(self, count: int) -> list[int]:
        """Return how long the first audio of each answer was on its way."""
        found: list[int] = []

        def on_pcm(pcm: bytes | memoryview) -> None:
            now = time.monotonic_ns()
            if (sent := sent_at(pcm)) is not None:
                found.append(now - sent)

        for _ in range(count):
            await self._clients[0].respond(on_pcm)
            # What the answer has left to do is no part of the next one's latency.
            await asyncio.sleep(0.005)
        if len(found) != count:
            raise RuntimeError(f"{len(found)} of {count} answers were heard")
        return found

    async def _listen(self, num_deltas: int) -> None:
        """Hear one long answer."""
        await _hear(self._clients[0], num_deltas)

    async def _speak(self, num_frames: int, speed: float) -> None:
        """Send frames one by one, `speed` times as fast as somebody speaks."""
        await _say(self._clients[:1], num_frames, speed)

    async def _talk(self, num_deltas: int, num_frames: int) -> None:
        """Speak in all sessions at once, then listen in all of them."""
        await _say(self._clients, num_frames, 1.0)
        await asyncio.gather(*(_hear(client, num_deltas) for client in self._clients))

    async def _cpu(self, work: Callable[[], Any]) -> dict[str, Any]:
        """Return the processor's and the clock's seconds of some work."""
        gc.collect()
        wall, cpu = time.monotonic(), time.process_time()
        await work()
        return {"cpu_s": time.process_time() - cpu, "wall_s": time.monotonic() - wall}


async def _hear(client: Client, num_deltas: int) -> None:
    """Have one answer, and see that all of it came. Raises TimeoutError where it did not."""
    heard, whole = 0, asyncio.Event()

    def on_pcm(pcm: bytes | memoryview) -> None:
        nonlocal heard
        heard += sent_at(pcm) is not None
        if heard == num_deltas:
            whole.set()

    await client.respond(on_pcm)
    # Some libraries tell that an answer is over before the last of it was taken.
    async with asyncio.timeout(_PATIENCE):
        await whole.wait()


async def _say(clients: Sequence[Client], num_frames: int, speed: float) -> None:
    """Send frames on time, each to all clients."""
    begun, pause = time.monotonic(), FRAME_MS / 1000 / speed
    for number in range(num_frames):
        await asyncio.sleep(begun + number * pause - time.monotonic())
        for client in clients:
            await client.append(client.frame)
    # What is queued is sent before anybody looks at the clock.
    await asyncio.sleep(0.02)


def _resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def _run(driver: Driver, imported_in: float) -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr
    print(json.dumps({"import_s": imported_in}), file=answers, flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await driver.obey(json.loads(line))), file=answers, flush=True)


def run(driver: Driver, imported_in: float) -> None:
    """Obey until stdin ends; `imported_in` is how many seconds the library's import took."""
    asyncio.run(_run(driver, imported_in))
