"""How long does an answer take, and whose time is it? Safe, eager and cascaded pipelines side by side, in one run."""

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
import os
from pathlib import Path
import platform
import sys
import tempfile

from benchmarks.machine import commit, load, processor
from benchmarks.timeline_house import BUILD, Cell, Way, timeline_house
from benchmarks.timeline_page import Facts, Row, page
from benchmarks.timeline_run import Measured, Moment, measure, measured
from benchmarks.timeline_server import SCRIPTS, Length
from demo.hass_api import HassApi
from demo.home_assistant import REPOSITORY
from demo.lifetime import exit_status
from demo.processes import DemoError
from demo.report import Report

PAGE = Path("docs/timeline.md")
DEFAULT_REPEATS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    repeats: int
    output: Path


def parse(arguments: Sequence[str]) -> Options:
    """Return the options, or leave with a usage message."""
    parser = argparse.ArgumentParser("scripts/timeline", description=__doc__)
    parser.add_argument("--repeats", type=int, default=DEFAULT_REPEATS, help="runs of each row (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=REPOSITORY / PAGE, help="where the page goes")
    found = parser.parse_args(arguments)
    if found.repeats < 1:
        parser.error("--repeats must be 1 or more")
    return Options(repeats=found.repeats, output=found.output)


async def bench(options: Options, report: Report) -> bool:
    """Measure everything and write the page."""
    report.step(f"starting Home Assistant, four servers, and ears and a voice; logs go to {BUILD}/")
    begun = load()
    runs: Mapping[tuple[Way, Length], list[Measured]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="realtime-assist-") as folder:
        async with timeline_house(Path(folder)) as (api, cells):
            report.step(f"the house is ready; {options.repeats} rounds of {len(cells)} runs, and one to warm up")
            for number in range(options.repeats + 1):
                for cell in cells:
                    found = await _run(api, cell)
                    if number:
                        runs[cell.way, cell.length].append(found)
                report.step(f"round {number}: " + ", ".join(_told(cell, runs) for cell in cells if number))
    rows = [Row(way=way, length=length, runs=found) for (way, length), found in runs.items()]
    text = page(rows, _facts(options.repeats, f"{begun} before and {load()} after"))
    await asyncio.to_thread(options.output.write_text, text)
    print(text)
    return True


async def _run(api: HassApi, cell: Cell) -> Measured:
    """Measure one run, and wait until its answer would have been heard."""
    await api.call("assist_pipeline/pipeline/set_preferred", pipeline_id=cell.pipeline_id)
    await api.action("tts", "clear_cache")
    if cell.server:
        cell.server.take_first_audio()
    seen, first_byte = await measure(api, cell.pcm)
    found = measured(seen, first_byte, cell.server.take_first_audio() if cell.server else None)
    script = SCRIPTS[cell.length]
    if found.answer != script.answer:
        raise DemoError(f'{cell.way} was to answer "{script.answer}", it answered "{found.answer}"')
    await asyncio.sleep(script.audio_ms / 1000)
    return found


def _told(cell: Cell, runs: Mapping[tuple[Way, Length], list[Measured]]) -> str:
    last = runs[cell.way, cell.length][-1]
    return f"{cell.length} {cell.way} {last.after_speech[Moment.FIRST_AUDIO] * 1000:.0f}"


def _facts(repeats: int, load: str) -> Facts:
    return Facts(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=f"{processor()}, {os.cpu_count()} cores",
        home_assistant=version("homeassistant"),
        python=platform.python_version(),
        commit=commit(),
        load=load,
        repeats=repeats,
    )


def main() -> int:
    """Return the exit status of `scripts/timeline`."""
    report = Report()
    return exit_status(bench(parse(sys.argv[1:]), report), report)


if __name__ == "__main__":
    sys.exit(main())
