"""The exit status tells the truth about how a script ended."""

import asyncio
import os
import signal

import pytest

from demo.lifetime import exit_status
from demo.processes import DemoError
from demo.report import Report


@pytest.mark.parametrize(("passed", "status"), [(True, 0), (False, 1)])
def test_work_that_ends_by_itself(passed: bool, status: int) -> None:
    async def work() -> bool:
        return passed

    assert exit_status(work(), Report()) == status


def test_work_that_fails_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> bool:
        raise DemoError("the house is on fire")

    assert exit_status(work(), Report()) == 1
    assert "the house is on fire" in capsys.readouterr().err


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_work_that_is_ended_from_outside_ends_what_it_started(ended_by: signal.Signals) -> None:
    ended = []

    async def work() -> bool:
        try:
            os.kill(os.getpid(), ended_by)
            await asyncio.Event().wait()
        finally:
            ended.append("the house")
        return True

    assert exit_status(work(), Report()) == 130
    assert ended == ["the house"]
