"""How the local server runs beside the demo, in a process of its own."""

import asyncio
import json
import os
from pathlib import Path
import sys
from typing import Self

from demo.home_assistant import REPOSITORY
from demo.processes import ChildProcess, DemoError

KEY = "sk-local"
START_SECONDS = 60
LOG_LINES = 15


class LocalServer:
    """The realtime server without internet; entering starts it, `base_url` waits for it."""

    def __init__(self, log: Path, *, port: int = 0, scenario: Path | None = None, verbose: bool = False) -> None:
        script = [] if scenario is None else ["--scenario", str(scenario)]
        script += ["--verbose"] if verbose else []
        self._process = ChildProcess(
            "the local server",
            [sys.executable, "-m", "local_server", "--port", str(port), "--key", KEY, *script],
            log=log,
            env={name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"},
            cwd=REPOSITORY,
        )

    async def __aenter__(self) -> Self:
        """Start the server without waiting for it."""
        await self._process.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the server."""
        await self.stop()

    async def stop(self) -> None:
        """End the server in good order; safe to call twice."""
        await self._process.stop()

    async def kill(self) -> None:
        """End the server as a power cut does; safe to call twice."""
        await self._process.kill()

    def log_tail(self) -> list[str]:
        """Return the last lines of the server's log without the line that announces it."""
        return [line for line in self._process.text().splitlines() if not line.startswith('{"url"')][-LOG_LINES:]

    def received(self, event_type: str) -> int:
        """Return how many events of a type have come from clients; a server that is verbose knows."""
        return sum(line.endswith(f" < {event_type}") for line in self._process.text().splitlines())

    async def base_url(self) -> str:
        """Return the URL that ends in /v1 as soon as the server is warm; raises `DemoError` when it never is."""
        try:
            async with asyncio.timeout(START_SECONDS):
                while (url := announced_url(self._process.text())) is None:
                    self._process.check()
                    await asyncio.sleep(0.1)
                return url
        except TimeoutError:
            tail = self._process.tail()
            raise DemoError(f"the local server was not ready in {START_SECONDS} s. Its log ends:\n{tail}") from None


def announced_url(log: str) -> str | None:
    """Return the http URL in the server's one JSON line, or None while the line is not there."""
    for line in log.splitlines(keepends=True):
        if line.startswith("{") and line.endswith("}\n"):
            url: str = json.loads(line)["http_url"]
            return url
    return None
