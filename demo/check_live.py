"""What `scripts/check_live` can be asked for: it talks to a real server, and says what that costs first."""

import argparse
import asyncio
from collections.abc import Sequence
import contextlib
from dataclasses import dataclass
from decimal import Decimal
import os
from pathlib import Path
import ssl
import sys

from custom_components.realtime_assist.realtime import OPENAI_BASE_URL, Endpoint, InvalidBaseUrl
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL
from demo.audio import ANSWER_RATE, ASSIST_RATE, read_speech, seconds, without_silent_end, write_wav
from demo.ears import Ears
from demo.home_assistant import REPOSITORY
from demo.lifetime import exit_status
from demo.live_checks import HEADINGS, RECORDING, Check, Evidence, checks, failures, figures, is_hopeless
from demo.live_estimate import estimate
from demo.live_talk import LiveServer, speak, write
from demo.report import Report
from demo.server import KEY, LocalServer

BUILD = Path("build/check-live")
EPILOG = """
The key is OPENAI_API_KEY in the environment; it is sent to OpenAI's own hosts alone. Four short turns are taken: two voices, one spoken question, one fallback.
Nothing is sent before the estimate was answered with "yes". The exit status is 0 when all went as expected.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for; no URL is the local server."""

    url: str | None
    key: str | None
    model: str
    yes: bool


def parse(arguments: Sequence[str], key: str | None) -> Options:
    """Return the options, or leave with a usage message."""
    parser = argparse.ArgumentParser(
        "scripts/check_live", description="Try a realtime server with the integration's own sessions.", epilog=EPILOG
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--url", default=OPENAI_BASE_URL, help="the server's base URL (default: %(default)s)")
    where.add_argument("--local", action="store_true", help="start the local server and try that; needs no key")
    parser.add_argument(
        "--key-from", metavar="VARIABLE", help="the environment variable with the key of a server that is not OpenAI's"
    )
    parser.add_argument("--model", default=DEFAULT_MODEL, help="the model to try (default: %(default)s)")
    parser.add_argument("--yes", action="store_true", help="do not ask before money is spent")
    found = parser.parse_args(arguments)
    if found.local:
        return Options(url=None, key=KEY, model=found.model, yes=True)
    try:
        endpoint = Endpoint(base_url=found.url)
    except InvalidBaseUrl as err:
        parser.error(f"--url: {err}")
    if endpoint.is_openai and not key:
        parser.error("there is no OPENAI_API_KEY in the environment; set it, or try the local server with --local")
    # OpenAI's key is nobody else's business.
    fitting = key if endpoint.is_openai else os.environ.get(found.key_from or "")
    return Options(url=found.url, key=fitting, model=found.model, yes=found.yes)


async def check_live(options: Options, report: Report) -> bool:
    """Take all checks and show them as a table; True when all went as expected."""
    wanted = checks(options.model)
    async with contextlib.AsyncExitStack() as stack:
        url = options.url
        if url is None:
            local = await stack.enter_async_context(LocalServer(REPOSITORY / BUILD / "local-server.log"))
            report.step("starting the local server")
            url = await local.base_url()
        ears = await stack.enter_async_context(Ears())
        server = LiveServer(
            endpoint=Endpoint(base_url=url, api_key=options.key),
            ssl_context=await asyncio.to_thread(ssl.create_default_context),
        )
        await ears.ready()
        report.step(f"talking to {server.endpoint.host}")
        passed = await _take_all(wanted, server, ears, report)
    report.verdict(passed, len(wanted), "checks as expected")
    return passed == len(wanted)


def agreed(options: Options, report: Report, speech_seconds: float) -> bool:
    """Say what the checks will cost and return whether that is agreed to."""
    talks = [speech_seconds if check.recording else 0.0 for check in checks(options.model)]
    where = "the local server, which is free; elsewhere it would be" if options.url is None else options.url
    report.step(f"{len(talks)} turns with {options.model} at {where}: {estimate(options.model, talks)}")
    if options.yes:
        return True
    if not sys.stdin.isatty():
        report.failed("there is nobody to ask; --yes agrees beforehand")
        return False
    return input('Type "yes" to go on: ').strip().lower() == "yes"


async def _take_all(wanted: Sequence[Check], server: LiveServer, ears: Ears, report: Report) -> int:
    """Take the checks one by one, print their table, and return how many went as expected."""
    rows: list[tuple[str, ...]] = [("", *HEADINGS)]
    passed, spent = 0, Decimal(0)
    for check in wanted:
        evidence = await _take(check, server, ears)
        wrong = failures(check, evidence)
        _show(report, check, evidence, wrong)
        rows.append((check.name, *figures(evidence)))
        passed += not wrong
        spent += evidence.talk.spent or 0
        if is_hopeless(evidence.talk.error):
            report.step("every other check would fail in the same way")
            break
    _table(report, rows)
    report.row("spent", f"{spent:.6f} USD by the catalog's prices, as far as they are known")
    return passed


async def _take(check: Check, server: LiveServer, ears: Ears) -> Evidence:
    async with server.session(check.rungs) as session:
        if check.recording is None:
            talk = await write(session, check.text)
        else:
            talk = await speak(session, without_silent_end(await read_speech(check.recording)))
    return Evidence(talk=talk, heard_back=await ears.hear(talk.pcm) if talk.pcm else "")


def _show(report: Report, check: Check, evidence: Evidence, wrong: Sequence[str]) -> None:
    """Tell one check, and keep its sound."""
    talk = evidence.talk
    report.part()
    report.step(f"{check.name}: {check.recording.name if check.recording else check.text}")
    if talk.transcript:
        report.row("heard", talk.transcript)
    for step in talk.turn.descents:
        report.row("fallback", f"{step.left.model} -> {step.taken.model} ({step.reason})")
    if talk.turn.answer_text:
        report.row("answer", talk.turn.answer_text)
    if talk.pcm:
        path = BUILD / f"{check.name}.wav"
        write_wav(REPOSITORY / path, talk.pcm, ANSWER_RATE)
        report.row("voice", f"{path} ({seconds(talk.pcm, ANSWER_RATE):.1f} s)")
        report.row("heard back", evidence.heard_back)
    report.outcome(wrong)


def _table(report: Report, rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells as columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    report.part()
    for label, *cells in rows:
        report.row(label, "   ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)))


def main() -> int:
    """Return the exit status of `scripts/check_live`."""
    key = os.environ.get("OPENAI_API_KEY") or None
    options = parse(sys.argv[1:], key)
    report = Report(secret=options.key)
    speech = asyncio.run(read_speech(RECORDING))
    if not agreed(options, report, seconds(without_silent_end(speech), ASSIST_RATE)):
        return 1
    return exit_status(check_live(options, report), report)


if __name__ == "__main__":
    sys.exit(main())
