"""The engine that needs no network: a process of its own hears, decides and speaks."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
import itertools
import os
from pathlib import Path
import sys
from typing import Any, Final, override

from .engine import Decision, Engine, FunctionCall, Situation
from .engine_errors import EngineError
from .pipe import Frame, encode, receive_frame
from .voice import sentences

_ROOT: Final = Path(__file__).resolve().parent.parent
_ENDING_SECONDS: Final = 3.0
"""What the process gets to finish the request it is at before it is killed."""


class OfflineEngine(Engine):
    """Starts its process with the first request, and again after a crash; requests are answered in their order.

    Every method raises EngineError, whose message says what to do.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Frame]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._receiving: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._is_closed = False

    @property
    def process_id(self) -> int | None:
        """The process that works now, or None before the first request and after the end."""
        return self._process.pid if self._process else None

    async def warm(self) -> None:
        """Load everything now, about 5 s, instead of with the first turn."""
        await self._ask("warm")

    @override
    async def transcribe(self, pcm: bytes, situation: Situation) -> str:
        header, _ = await self._ask("transcribe", pcm, situation=_as_dict(situation))
        return str(header["text"])

    @override
    async def decide(self, situation: Situation) -> Decision:
        header, _ = await self._ask("decide", situation=_as_dict(situation))
        decision = header["decision"]
        return Decision(text=decision["text"], calls=tuple(FunctionCall(**call) for call in decision["calls"]))

    @override
    async def speak(self, text: str, voice: str) -> AsyncIterator[bytes]:
        for sentence in sentences(text):
            _, pcm = await self._ask("speak", sentence=sentence, voice=voice)
            yield pcm

    @override
    async def close(self) -> None:
        self._is_closed = True
        async with self._starting:
            if self._process and self._process.stdin:
                self._process.stdin.close()
            if self._receiving is None:
                return
            try:
                async with asyncio.timeout(_ENDING_SECONDS):
                    await asyncio.shield(self._receiving)
            except TimeoutError:
                if self._process:
                    self._process.kill()
                await self._receiving

    async def _ask(self, do: str, body: bytes = b"", **arguments: Any) -> Frame:
        stdin = await self._stdin()
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            stdin.write(encode({"id": number, "do": do, **arguments}, body))
            await stdin.drain()
            header, result = await answer
        except ConnectionError:
            raise EngineError("The local engine's process has ended; ask again to start a new one.") from None
        finally:
            self._waiting.pop(number, None)
        if "error" in header:
            raise EngineError(header["error"])
        return header, result

    async def _stdin(self) -> asyncio.StreamWriter:
        async with self._starting:
            if self._is_closed:
                raise EngineError("The local engine is closed; make a new one.")
            if self._process is None:
                self._process = await _start_process()
                self._receiving = asyncio.create_task(self._receive(self._process), name="local engine answers")
            if self._process.stdin is None:
                raise EngineError("The local engine's process has no standard input.")
            return self._process.stdin

    async def _receive(self, process: asyncio.subprocess.Process) -> None:
        """Hand out answers until the process ends; what still waits then learns of it."""
        try:
            while process.stdout:
                header, body = await receive_frame(process.stdout)
                waiting = self._waiting.get(header["id"])
                # Whoever was cancelled does not wait any more.
                if waiting is not None and not waiting.done():
                    waiting.set_result((header, body))
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        code = await process.wait()
        self._process = None
        ended = EngineError(f"The local engine's process ended with exit code {code}; ask again to start a new one.")
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ended)


async def _start_process() -> asyncio.subprocess.Process:
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    # One BLAS thread: the features' matrices are too small to be worth more.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "local_server.worker"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )


def _as_dict(situation: Situation) -> dict[str, Any]:
    return {
        "instructions": situation.instructions,
        "tools": list(situation.tools),
        "items": [_without_pixels(item) for item in situation.items],
    }


def _without_pixels(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the item without the contents of its pictures, which nothing here can see."""
    content = item.get("content")
    if not isinstance(content, Sequence) or isinstance(content, str):
        return item
    kept = [{"type": "input_image"} if part.get("type") == "input_image" else part for part in content]
    return {**item, "content": kept}
