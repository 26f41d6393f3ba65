"""What is it like to live with a satellite? One that is real wakes, is spoken to, hears a timer end and is interrupted."""

import asyncio
from collections.abc import Callable, Sequence
import contextlib
from dataclasses import dataclass
from pathlib import Path
import tempfile

from demo.agent import add_agent, compatible_account
from demo.ears import Ears
from demo.furnish import furnish
from demo.home_assistant import REPOSITORY, RunningHomeAssistant, home_assistant
from demo.logs import what_matters
from demo.processes import free_port
from demo.report import Report
from demo.satellite import RunningSatellite, move_in, satellite
from demo.satellite_scenes import AREA, INTERRUPTION, LONG_ANSWER, OWN_ROOM, QUESTION, TIMER, TIMER_SECONDS
from demo.satellite_turns import SatelliteTurns, Spoken
from demo.server import KEY, LocalServer
from demo.verdict import Evidence, failures

BUILD = Path("build/demo-satellite")
TIMER_SLACK_SECONDS = 2.0
"""A timer may end this much later, or seem to end earlier, than it was set for: its start is told a moment late."""

TRUNCATE = "conversation.item.truncate"
LISTEN_SECONDS = 1.0
"""What is heard of the long answer before it is interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that runs while the story is told."""

    server: LocalServer
    house: RunningHomeAssistant
    satellite: RunningSatellite
    ears: Ears


async def satellite_story(report: Report) -> bool:
    """Tell the story; True when all of it went as expected."""
    results: list[bool] = []

    def count(wrong: Sequence[str]) -> None:
        results.append(not wrong)
        report.outcome(wrong)

    async with contextlib.AsyncExitStack() as stack:
        stage = await _stage(stack, report)
        try:
            await _tell(stage, report, count)
        finally:
            if not results or not all(results):
                report.log("Home Assistant's log", what_matters(stage.house.process.text()))
                report.log("the satellite's log", stage.satellite.process.tail().splitlines())
        report.part()
        report.step("closing the house")
    report.verdict(sum(results), len(results), "scenes as expected")
    return all(results)


async def _stage(stack: contextlib.AsyncExitStack, report: Report) -> Stage:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="realtime-assist-")))
    build = REPOSITORY / BUILD
    server = await stack.enter_async_context(LocalServer(build / "local-server.log", verbose=True))
    report.step(f"starting Home Assistant, the local server and a satellite; logs go to {BUILD}/")
    ears = await stack.enter_async_context(Ears(after=server.base_url))
    body = await stack.enter_async_context(satellite(build / "satellite.log"))
    house = await stack.enter_async_context(home_assistant(folder, port=free_port(), log=build / "home-assistant.log"))
    return Stage(server=server, house=house, satellite=body, ears=ears)


async def _tell(stage: Stage, report: Report, count: Callable[[Sequence[str]], None]) -> None:
    api = stage.house.api
    account = compatible_account(await stage.server.base_url(), KEY)
    await furnish(api)
    report.step(f"the house is furnished; adding Realtime Assist with {account.name}")
    agent = await add_agent(api, account)
    entity_id = await move_in(api, stage.satellite, AREA)
    report.step(f"{entity_id} stands in the {AREA.lower()} and speaks to {agent.conversation}")
    await stage.ears.ready()
    turns = SatelliteTurns(
        api, agent.pipeline_id, body=stage.satellite.body, ears=stage.ears, report=report, build=BUILD
    )

    spoken = await turns.speak(1, OWN_ROOM)
    count(failures(OWN_ROOM, await turns.show(spoken)))
    await turns.silence()
    spoken = await turns.speak(2, TIMER)
    count([*failures(TIMER, await turns.show(spoken)), *await _timer(turns, spoken, report)])
    evidence = await turns.show(await turns.speak(3, QUESTION))
    count([*failures(QUESTION, evidence), *unequal(evidence)])
    await turns.silence()
    first = await turns.speak(4, LONG_ANSWER)
    await asyncio.sleep(LISTEN_SECONDS)
    cut = stage.server.received(TRUNCATE)
    second = await turns.speak(5, INTERRUPTION)
    count(failures(LONG_ANSWER, await turns.show(first)))
    evidence = await turns.show(second)
    report.row("woken", interruption_told(first, second))
    count(
        [
            *failures(INTERRUPTION, evidence),
            *not_interrupted(first, second),
            *_not_cut(stage.server.received(TRUNCATE) - cut),
        ]
    )


async def _timer(turns: SatelliteTurns, turn: Spoken, report: Report) -> list[str]:
    """Wait until the satellite hears the timer end; return what is wrong with that."""
    started = await turns.told("timer-started", turn.told_from, TIMER_SLACK_SECONDS)
    if started is None:
        return ["expected the satellite to hear of its timer, it was told of none"]
    ended = await turns.told("timer-finished", turn.told_from, TIMER_SECONDS + TIMER_SLACK_SECONDS)
    if ended is None:
        return [f"expected the satellite to hear its timer end in {TIMER_SECONDS} s, it did not"]
    report.row("timer", f"the satellite heard it end {ended - started:.1f} s after it was set")
    if abs(ended - started - TIMER_SECONDS) > TIMER_SLACK_SECONDS:
        return [f"expected the timer to end after {TIMER_SECONDS} s, it took {ended - started:.1f} s"]
    return []


def unequal(evidence: Evidence) -> list[str]:
    """Return what differs between the answer's text and the loudspeaker's file, word by word."""
    if evidence.speech_error == 0:
        return []
    return [f'expected the file to say "{evidence.run.answer}" to the word, it says "{evidence.heard_back}"']


def interruption_told(first: Spoken, second: Spoken) -> str:
    """Say where in the first answer the second wake word came."""
    if first.answer is None:
        return "there was no answer to interrupt"
    into, whole = second.woken - first.answer.begins, first.answer.ends - first.answer.begins
    return f"{into:.1f} s into an answer of {whole:.1f} s, after its run had ended"


def not_interrupted(first: Spoken, second: Spoken) -> list[str]:
    """Return why the second wake word did not come while the first answer was played."""
    if first.answer is not None and first.answer.begins < second.woken < first.answer.ends:
        return []
    return ["expected the second wake word to come while the answer before was still being played"]


def _not_cut(times: int) -> list[str]:
    """Return that the model still believes to have said what nobody heard."""
    return [] if times else ["expected the model to be told how much of its answer was heard, it was not"]
