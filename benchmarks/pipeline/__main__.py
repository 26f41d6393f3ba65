"""How long does an answer take, and whose time is it? All ways to an answer side by side, in one run."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
import sys
import tempfile

import aiohttp

from benchmarks.machine import facts, load
from benchmarks.pipeline.house import BUILD, House, pipeline_house
from benchmarks.pipeline.kinds import KINDS, SCRIPTS, TEXT, Kind, Length, Output, Way
from benchmarks.pipeline.lanes import Slot, alone, beats
from benchmarks.pipeline.page import COMMAND, PLOT, SECTION, plot, section
from benchmarks.pipeline.results import Results, Row
from benchmarks.pipeline.run import Measured, Moment, Spoken, ask, measured, speak
from benchmarks.pipeline.server import Sent
from benchmarks.sections import DOCS, PAGE
from demo.lifetime import exit_status
from demo.processes import DemoError
from demo.report import Report

DEFAULT_TURNS = 100
ALONE = Kind(way=Way.SAFE, length=Length.SHORT, output=Output.WAV)
FEWEST_ALONE, ALONE_SHARE = 3, 10
REPORT_EVERY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    turns: int
    docs: Path


def parse(arguments: Sequence[str]) -> Options:
    """Return the options, or leave with a usage message."""
    parser = argparse.ArgumentParser(COMMAND, description=__doc__)
    parser.add_argument("--turns", type=int, default=DEFAULT_TURNS, help="of each row (default: %(default)s)")
    parser.add_argument("--docs", type=Path, default=DOCS, help=f"the folder of {PAGE}")
    found = parser.parse_args(arguments)
    if found.turns < 1:
        parser.error("--turns must be 1 or more")
    return Options(turns=found.turns, docs=found.docs)


async def bench(options: Options, report: Report) -> bool:
    """Measure everything and write section and plot; failed runs are told and do not end it."""
    report.step(f"starting Home Assistant, its servers, and ears and a voice; logs go to {BUILD}/")
    begun = load()
    results = Results(alone=Row(kind=ALONE))
    with tempfile.TemporaryDirectory(prefix="realtime-assist-") as folder:
        async with pipeline_house(Path(folder)) as house:
            report.step(f"the house is ready; {options.turns} rounds of {len(KINDS)} runs, after one to warm up")
            await _round(house, 0, Results(alone=Row(kind=ALONE)))
            for _ in range(max(FEWEST_ALONE, options.turns // ALONE_SHARE)):
                await _beat(house, alone(ALONE), {ALONE: results.alone})
            report.step(f"alone: {_told(results.alone)}")
            for number in range(options.turns):
                await _round(house, number, results)
                if (number + 1) % REPORT_EVERY == 0 or number + 1 in {1, options.turns}:
                    report.step(f"round {number + 1}: {_told(results.rows[ALONE])}")
    for row in (results.alone, *results.rows.values()):
        for failure in row.failures:
            report.step(f"a run failed ({row.kind}): {failure}")
    written = section(results, facts(begun), options.turns)
    print(written)
    await asyncio.to_thread(SECTION.write, options.docs, written, {PLOT: plot(results)})
    report.step(f"wrote {options.docs / PAGE}")
    return all(row.runs for row in results.rows.values())


async def _round(house: House, number: int, results: Results) -> None:
    """Run every row once."""
    lengths = {kind: house.speech[kind.length].seconds for kind in KINDS}
    for beat in beats(number, lengths):
        await _beat(house, beat, results.rows)
    for kind in TEXT:
        results.rows[kind].add(await _asked(house, kind))


async def _beat(house: House, beat: Sequence[Slot], rows: Mapping[Kind, Row]) -> None:
    """Run several rows side by side. What the local voice has said before is forgotten, so that it has to speak."""
    await house.api.action("tts", "clear_cache")
    async with asyncio.TaskGroup() as group:
        running = {slot.kind: group.create_task(_spoken(house, slot)) for slot in beat}
    for kind, task in running.items():
        rows[kind].add(task.result())


async def _spoken(house: House, slot: Slot) -> Measured | str:
    """Measure one run, or return why it failed."""
    kind = slot.kind
    spoken = Spoken(
        satellite=house.satellites[slot.lane],
        pipeline_id=house.pipelines[kind],
        pcm=house.speech[kind.length].pcm,
        output=kind.output,
    )
    server = house.servers.get(kind)
    if server is not None:
        server.take_sent()
    await asyncio.sleep(slot.begin)
    try:
        seen, first_byte = await speak(house.api, house.starts, spoken)
        return _as_scripted(kind, measured(seen, first_byte, Sent() if server is None else server.take_sent()))
    except (DemoError, ValueError, aiohttp.ClientError) as err:
        return str(err) or type(err).__name__


async def _asked(house: House, kind: Kind) -> Measured | str:
    """Measure one question in writing, or return why it failed."""
    try:
        return _as_scripted(kind, await ask(house.api, house.pipelines[kind], SCRIPTS[kind.length].sentence))
    except (DemoError, TimeoutError) as err:
        return str(err) or type(err).__name__


def _as_scripted(kind: Kind, found: Measured) -> Measured:
    if found.answer != (script := SCRIPTS[kind.length]).answer:
        raise DemoError(f'the answer was to be "{script.answer}", it was "{found.answer}"')
    return found


def _told(row: Row) -> str:
    if not row.runs:
        return f"{row.kind}: all {row.count} runs failed"
    first = median(row.milliseconds(Moment.FIRST_AUDIO))
    return f"{row.kind}: first audio after {first:.0f} ms, {len(row.failures)} of {row.count} runs failed"


def main() -> int:
    """Return the exit status of `scripts/benchmark pipeline`."""
    report = Report()
    return exit_status(bench(parse(sys.argv[1:]), report), report)


if __name__ == "__main__":
    sys.exit(main())
