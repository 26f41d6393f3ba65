"""A child process is followed by its log and ended by its pid."""

import os
from pathlib import Path
import signal
import sys

import pytest

from demo.processes import ChildProcess, DemoError, free_port, is_free
from demo.server import announced_url


def child(code: str, log: Path) -> ChildProcess:
    return ChildProcess("the child", [sys.executable, "-c", code], log=log, env=os.environ, cwd=log.parent)


async def test_leaving_the_context_ends_the_program(tmp_path: Path) -> None:
    async with child("import signal; signal.pause()", tmp_path / "log") as running:
        running.check()
        assert running.returncode is None
    assert running.returncode == -signal.SIGTERM


async def test_a_killed_program_is_not_asked_and_stays_killed(tmp_path: Path) -> None:
    async with child(
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()", tmp_path / "log"
    ) as deaf:
        await deaf.kill()
        assert deaf.returncode == -signal.SIGKILL
        await deaf.kill()
    assert deaf.returncode == -signal.SIGKILL


async def test_a_program_that_ended_is_reported_with_its_last_words(tmp_path: Path) -> None:
    async with child("raise SystemExit('no such house')", tmp_path / "log") as ended:
        await ended.wait()
        with pytest.raises(DemoError, match=r"the child ended with exit status 1[^$]*no such house"):
            ended.check()


def test_a_free_port_can_be_listened_on() -> None:
    assert is_free(free_port())


def test_the_servers_url_is_known_once_its_line_is_complete() -> None:
    line = '{"url": "ws://127.0.0.1:4711/v1", "http_url": "http://127.0.0.1:4711/v1"}\n'
    assert announced_url("warming up\n" + line[:-1]) is None
    assert announced_url("warming up\n" + line) == "http://127.0.0.1:4711/v1"
