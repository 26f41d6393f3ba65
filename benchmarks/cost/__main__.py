"""How is it all measured and written down? Models, houses, options and long conversations, in one house."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
import logging
from pathlib import Path
import sys

from benchmarks.cost import documents
from benchmarks.cost.bill import Bill
from benchmarks.cost.measuring import TYPICAL, Bench, Measured, Prompt, bench
from benchmarks.cost.page import PLOT, SECTION, command_table, picture, section
from benchmarks.cost.results import Results
from benchmarks.cost.variations import (
    RECOMMENDED,
    TRUNCATIONS,
    VARIATIONS,
    Truncated,
    Variation,
    long_conversation,
    measure,
    on_model,
)
from benchmarks.sections import DOCS
from custom_components.realtime_assist.realtime import DialectName
from custom_components.realtime_assist.realtime.catalog import KNOWN_MODELS
from demo.lifetime import exit_status
from demo.report import Report

HOUSES = (10, TYPICAL, 200)
"""How many entities are exposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    docs: Path
    only: str | None


def parse(arguments: Sequence[str]) -> Options:
    """Return the options, or leave with a usage message."""
    parser = argparse.ArgumentParser("scripts/benchmark cost", description=__doc__)
    parser.add_argument("--docs", type=Path, default=DOCS, help="the folder of performance.md")
    parser.add_argument("--only", metavar="MODEL", help="print what a command costs on one model, and write nothing")
    found = parser.parse_args(arguments)
    return Options(docs=found.docs, only=found.only)


async def run(options: Options, report: Report) -> bool:
    """Measure and write down."""
    # What a development machine lacks, such as a library for pictures, is nothing to this.
    logging.disable(logging.ERROR)
    async with bench() as place:
        if options.only is not None:
            print(command_table([(options.only, await _on(place, options.only))]))
            return True
        report.step("the house is ready")
        results = Results(
            models=await _models(place, report),
            houses=await _houses(place, report),
            variations=await _variations(place, report),
            conversations=await _conversations(place, report),
        )
        written = section(results, place.speaker.compared)
    SECTION.write(options.docs, written, {PLOT: picture(results)})
    if options.docs == DOCS:
        documents.write(results)
    print(written)
    return True


def models() -> Sequence[str]:
    """Return one of all models that cost the same and that answer today, by the catalog."""
    found: dict[tuple[str, str], str] = {}
    for each in KNOWN_MODELS:
        if each.prices.is_complete and each.dialect is DialectName.GA and each.prices.source is not None:
            found.setdefault((each.prices.source, each.id.partition("-20")[0]), each.id)
    return tuple(found.values())


async def _on(place: Bench, name: str) -> Measured:
    return await measure(place, Variation(title=name, changes=on_model(name)))


async def _models(place: Bench, report: Report) -> dict[str, Measured]:
    found = {}
    for name in models():
        found[name] = await _on(place, name)
        report.step(name)
    return found


async def _houses(place: Bench, report: Report) -> list[tuple[Prompt, Measured]]:
    found = []
    for exposed in HOUSES:
        place.house.expose(exposed)
        measured = await measure(place, RECOMMENDED)
        found.append((place.prompt(exposed), measured))
        report.step(f"{exposed} entities")
    place.house.expose(TYPICAL)
    return found


async def _variations(place: Bench, report: Report) -> list[tuple[Variation, Measured]]:
    found = []
    for variation in VARIATIONS:
        found.append((variation, await measure(place, variation)))
        report.step(variation.title)
    return found


async def _conversations(place: Bench, report: Report) -> list[tuple[Truncated, Sequence[Bill]]]:
    found: list[tuple[Truncated, Sequence[Bill]]] = []
    for truncated in TRUNCATIONS:
        found.append((truncated, await long_conversation(place, truncated)))
        report.step(truncated.title)
    return found


def main() -> int:
    """Return the exit status of `scripts/benchmark cost`."""
    report = Report()
    return exit_status(run(parse(sys.argv[1:]), report), report)


if __name__ == "__main__":
    sys.exit(main())
