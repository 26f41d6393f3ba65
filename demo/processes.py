"""How the demo starts another program, follows its log and ends it."""

import asyncio
from collections.abc import Mapping, Sequence
import contextlib
from pathlib import Path
import signal
import socket
from typing import Self

TAIL_LINES = 25


class DemoError(Exception):
    """Something that stops the demo; its text says what to do and may span lines."""


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Say whether nobody listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class ChildProcess:
    """A program in a process group of its own, which Ctrl-C in the terminal does not reach.

    stdout and stderr go to `log`, a file that is written anew. Leaving the context ends the program by its own pid.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path,
        stop_seconds: float = 10,
    ) -> None:
        self.name = name
        self.log = log
        self._arguments = arguments
        self._env = env
        self._cwd = cwd
        self._stop_seconds = stop_seconds
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start the program."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(self._env),
                cwd=self._cwd,
                start_new_session=True,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the program."""
        await self.stop()

    @property
    def pid(self) -> int:
        """The process id; raises `DemoError` before the program was started."""
        if self._process is None:
            raise DemoError(f"{self.name} was not started")
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, or None while the program runs or before it was started."""
        return self._process.returncode if self._process else None

    async def wait(self) -> int:
        """Wait until the program has ended and return its exit status."""
        if self._process is None:
            raise DemoError(f"{self.name} was not started")
        return await self._process.wait()

    def check(self) -> None:
        """Raise `DemoError` with the end of the log when the program has ended by itself."""
        if self.returncode is not None:
            raise DemoError(f"{self.name} ended with exit status {self.returncode}. Its log ends:\n{self.tail()}")

    def text(self) -> str:
        """Return the log so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self, lines: int = TAIL_LINES) -> str:
        """Return the last lines of the log, indented."""
        return "\n".join(f"    {line}" for line in self.text().splitlines()[-lines:]) or "    (empty)"

    async def kill(self) -> None:
        """End the program without asking; safe to call twice."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """Ask the program to end, then make it; safe to call twice."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        for ask, patience in ((signal.SIGTERM, self._stop_seconds), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(ask)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await process.wait()
                return
