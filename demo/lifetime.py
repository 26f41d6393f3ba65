"""How a script of the demo ends: by itself, for a reason that it tells, or from outside."""

import asyncio
from collections.abc import Coroutine
import signal
from typing import Any

from demo.processes import DemoError
from demo.report import Report

INTERRUPTED = 130


def exit_status(work: Coroutine[Any, Any, bool], report: Report) -> int:
    """Run the work and return 0 when it is true, 1 when it is false or fails, 130 when it was ended from outside.

    Ctrl-C, SIGTERM and SIGHUP cancel the work, so that its contexts end what they started.
    """
    return asyncio.run(_to_the_end(work, report))


async def _to_the_end(work: Coroutine[Any, Any, bool], report: Report) -> int:
    task = asyncio.create_task(work, name="demo")
    loop = asyncio.get_running_loop()
    for ended_by in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(ended_by, task.cancel)
    try:
        return 0 if await task else 1
    except DemoError as error:
        report.failed(str(error))
        return 1
    except asyncio.CancelledError:
        report.step("ended from outside; nothing is left running")
        return INTERRUPTED
