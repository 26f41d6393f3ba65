"""How is a process asked for something? By a line of JSON, and it answers with one."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
import json
from pathlib import Path
from typing import Any

from demo.home_assistant import REPOSITORY
from demo.processes import DemoError

# The longest thing that is asked for takes a few seconds.
_PATIENCE = 60.0
_LONGEST_LINE = 1 << 20


class LineProcess:
    """A child that obeys on stdin and answers on stdout."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self._name = name
        self._process = process
        self._log = log

    async def answer(self) -> Any:
        """Return the next line. Raises DemoError for a child that has nothing more to say."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(_PATIENCE):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise DemoError(f"{self._name} says nothing; see {self._log}") from None
        if not line:
            raise DemoError(f"{self._name} has ended; see {self._log}")
        return json.loads(line)

    async def ask(self, command: str, **fields: Any) -> Any:
        """Return the answer to a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"command": command, **fields}).encode() + b"\n")
        return await self.answer()


@asynccontextmanager
async def line_process(
    name: str, command: Sequence[str | Path], environment: Mapping[str, str], log: Path
) -> AsyncIterator[LineProcess]:
    """Run a child in the repository; it is ended afterwards. What it says on stderr goes to the log."""
    with log.open("a") as stderr:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=REPOSITORY,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            limit=_LONGEST_LINE,
        )
    try:
        yield LineProcess(name, process, log)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
