"""What `scripts/demo` can be asked for, and the order in which it does it."""

import argparse
import asyncio
from collections.abc import Sequence
import contextlib
from dataclasses import dataclass
import os
from pathlib import Path
import sys
import tempfile

from demo.agent import Account, add_agent, compatible_account, openai_account
from demo.commands import COMMANDS
from demo.ears import Ears
from demo.furnish import furnish
from demo.home_assistant import PASSWORD, REPOSITORY, USER_NAME, RunningHomeAssistant, home_assistant
from demo.lifetime import exit_status
from demo.logs import what_matters
from demo.processes import DemoError, free_port
from demo.report import Report
from demo.server import KEY, LocalServer
from demo.story_fallback import fallback_story
from demo.story_satellite import satellite_story
from demo.turns import Turns

BUILD = Path("build/demo")
EPILOG = """
Without --text or --wav five recorded commands are spoken and checked; the exit status is 0 when all went as expected.
With OPENAI_API_KEY in the environment api.openai.com answers (and is paid), else a local server without internet.
The story of fallbacks and the satellite's are always told with local servers.
"""
STORIES = {"fallback": fallback_story, "satellite": satellite_story}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    texts: tuple[str, ...] = ()
    sounds: tuple[Path, ...] = ()
    keep: bool = False
    story: str | None = None

    @property
    def speaks_commands(self) -> bool:
        """Whether the recorded commands are spoken, for want of anything else to say."""
        return not self.texts and not self.sounds


def parse(arguments: Sequence[str]) -> Options:
    """Return the options, or leave with a usage message."""
    parser = argparse.ArgumentParser(
        "scripts/demo", description="Speak to a small house in a real Home Assistant.", epilog=EPILOG
    )
    parser.add_argument("--text", action="append", default=[], help="ask this in writing; again for a conversation")
    parser.add_argument("--wav", action="append", default=[], type=Path, help="speak this sound file; may be repeated")
    parser.add_argument("--keep", action="store_true", help="leave the house running until Ctrl-C")
    parser.add_argument("--story", choices=["fallback"], help="tell what happens when models and servers are gone")
    parser.add_argument(
        "--satellite", action="store_const", const="satellite", dest="story", help="speak through a real satellite"
    )
    found = parser.parse_args(arguments)
    if found.story and (found.text or found.wav or found.keep):
        parser.error("--story and --satellite go with no other option")
    # The script has changed to the repository's folder; the caller's paths are relative to another.
    sounds = tuple(Path(os.environ.get("DEMO_CALLED_FROM", ""), path) for path in found.wav)
    for path in sounds:
        if not path.is_file():
            parser.error(f"there is no file {path}")
    return Options(texts=tuple(found.text), sounds=sounds, keep=found.keep, story=found.story)


async def demo(options: Options, report: Report, key: str | None) -> bool:
    """Start everything, do what is asked and end everything; True when all went as expected."""
    passed, total = await _visit(options, report, key)
    report.verdict(passed, total, "commands as expected" if options.speaks_commands else "turns answered")
    return passed == total


async def _visit(options: Options, report: Report, key: str | None) -> tuple[int, int]:
    """Return how many of how many turns went as expected, when nothing runs any more."""
    build = REPOSITORY / BUILD
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="realtime-assist-")))
        server = None
        if not key:
            server = await stack.enter_async_context(LocalServer(build / "local-server.log"))
        report.step(f"starting Home Assistant{'' if key else ' and the local server'}; logs go to {BUILD}/")
        ears = await stack.enter_async_context(Ears(after=server.base_url if server else None))
        house = await stack.enter_async_context(
            home_assistant(folder, port=free_port(), log=build / "home-assistant.log")
        )
        try:
            passed, total = await _show(options, report, house, ears, await _account(key, server, report))
        except DemoError:
            _explain(report, house, server)
            raise
        if passed < total:
            _explain(report, house, server)
        if options.keep:
            await _keep(report, house)
        report.part()
        report.step("closing the house")
    return passed, total


async def _keep(report: Report, house: RunningHomeAssistant) -> None:
    report.step(f"the house stays open at {house.url} (login {USER_NAME}, password {PASSWORD}); Ctrl-C ends it")
    try:
        await house.process.wait()
        house.process.check()
    except asyncio.CancelledError:
        # This is how a kept house is meant to end: the turns before it decide the exit status.
        task = asyncio.current_task()
        assert task is not None
        task.uncancel()


def _explain(report: Report, house: RunningHomeAssistant, server: LocalServer | None) -> None:
    """Show what the logs say about a failure."""
    report.log("Home Assistant's log", what_matters(house.process.text()))
    if server and (lines := server.log_tail()):
        report.log("the local server's log", lines)


async def _account(key: str | None, server: LocalServer | None, report: Report) -> Account:
    if server is None:
        return openai_account(key or "")
    report.step("Home Assistant is running; waiting for the local server")
    return compatible_account(await server.base_url(), KEY)


async def _show(
    options: Options, report: Report, house: RunningHomeAssistant, ears: Ears, account: Account
) -> tuple[int, int]:
    """Furnish the house, add the agent and take the turns; return how many of how many went as expected."""
    await furnish(house.api)
    report.step(f"the house is furnished; adding Realtime Assist with {account.name}")
    agent = await add_agent(house.api, account)
    report.step(f"the pipeline has {agent.stt}, {agent.conversation} and {agent.tts}")
    await ears.ready()
    return await _take_turns(options, Turns(house.api, agent, ears, report, BUILD))


async def _take_turns(options: Options, turns: Turns) -> tuple[int, int]:
    if options.speaks_commands:
        return await turns.commands(), len(COMMANDS)
    passed = 0
    conversation_id: str | None = None
    for text in options.texts:
        answered, conversation_id = await turns.text(text, conversation_id)
        passed += answered
    for path in options.sounds:
        passed += await turns.wav(path)
    return passed, len(options.texts) + len(options.sounds)


def main() -> int:
    """Return the exit status of `scripts/demo`."""
    options = parse(sys.argv[1:])
    key = os.environ.get("OPENAI_API_KEY")
    report = Report(secret=key)
    if options.story:
        return exit_status(STORIES[options.story](report), report)
    return exit_status(demo(options, report, key), report)


if __name__ == "__main__":
    sys.exit(main())
