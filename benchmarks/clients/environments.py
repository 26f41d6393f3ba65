"""Where does each client run? In the project's environment, or in one of its own with pinned packages, made once."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
import os
from pathlib import Path
import shutil

from benchmarks.clients.certificates import trusting
from demo.home_assistant import REPOSITORY
from demo.processes import DemoError

BUILD = Path("build/benchmarks")
_REQUIREMENTS = Path("benchmarks/requirements")
_UV = Path(".tools/bin/uv")
_OWN = Path(".venv/bin/python")
# What OpenTelemetry would report stays here. Keys that happen to lie around are not handed on either.
_QUIET = {"OTEL_SDK_DISABLED": "true", "PYTHONHASHSEED": "0"}
_KEPT = ("HOME", "LANG", "PATH", "TMPDIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One client: its driver's name, what it is called in tables, and what it is compared as."""

    driver: str
    title: str
    requirements: str | None = None
    """The name of the pinned packages; None for the project's own environment."""

    @property
    def python(self) -> Path:
        """Return the interpreter that has the library."""
        return _OWN if self.requirements is None else _folder(self.requirements) / "bin/python"


OURS = Contestant(driver="ours", title="Realtime Assist")
FLOOR = Contestant(driver="floor", title="floor: websockets, orjson, nothing else")
CONTESTANTS = (
    FLOOR,
    OURS,
    Contestant(driver="openai_sdk", title="openai SDK 3.54.0", requirements="openai"),
    Contestant(driver="livekit_agents", title="livekit-agents 1.8.9", requirements="livekit"),
    Contestant(driver="pipecat_ai", title="pipecat-ai 1.14.0", requirements="pipecat"),
    Contestant(driver="pydantic_ai", title="pydantic-ai-slim 2.68.0", requirements="pydantic_ai"),
)


def process_environment(certificates: Path) -> dict[str, str]:
    """Return the environment variables that every client's process gets, and no others."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | _QUIET | trusting(certificates)


async def make_environments(contestants: Iterable[Contestant]) -> None:
    """Make what is missing, or older than its pinned packages. Raises DemoError where a package cannot be had."""
    for name in {contestant.requirements for contestant in contestants} - {None}:
        assert name is not None
        wanted, folder = REPOSITORY / _REQUIREMENTS / f"{name}.txt", REPOSITORY / _folder(name)
        stamp = folder / ".requirements"
        if stamp.exists() and stamp.read_bytes() == wanted.read_bytes():
            continue
        folder.parent.mkdir(parents=True, exist_ok=True)
        await _uv("venv", "--quiet", "--clear", "--python", str(REPOSITORY / _OWN), str(folder))
        python = str(folder / "bin/python")
        await _uv("pip", "sync", "--quiet", "--compile-bytecode", "--python", python, str(wanted))
        shutil.copyfile(wanted, stamp)


async def _uv(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(str(REPOSITORY / _UV), *arguments, cwd=REPOSITORY)
    if await process.wait():
        raise DemoError(f"uv {' '.join(arguments[:2])} failed; is the network there?")


def _folder(name: str) -> Path:
    return BUILD / f"venv-{name}"
