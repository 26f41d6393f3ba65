"""What happens when a model is gone, then the server, and then Home Assistant restarts? The demo's story of fallbacks."""

from collections.abc import AsyncIterator, Sequence
import contextlib
from dataclasses import dataclass
from pathlib import Path
import tempfile
from typing import Any

from demo.agent import Agent, add_agent, compatible_account
from demo.commands import COMMANDS, Command
from demo.ears import Ears
from demo.fallbacks import EVENT, Step, failures as fallback_failures, steps
from demo.forms import reconfigure
from demo.furnish import furnish
from demo.hass_api import HassApi
from demo.home_assistant import REPOSITORY, RunningHomeAssistant, home_assistant
from demo.local_speech import Engines, LocalSpeech
from demo.logs import what_matters
from demo.processes import DemoError, free_port
from demo.report import Report
from demo.sensors import Readings, differences, readings, unmet
from demo.server import KEY, LocalServer
from demo.turns import Turns
from demo.verdict import failures

BUILD = Path("build/demo-fallback")
SCENARIO = Path(__file__).with_name("scenarios") / "first-model-refused.yaml"
"""The server of the first chapter: the agent's first model is gone from it."""
FIRST, SECOND = "gpt-realtime-2.1", "gpt-realtime-2.1-mini"
HOME_ASSISTANT_AGENT = "conversation.home_assistant"
BY_NAME, BY_AREA, _, QUESTION, _ = COMMANDS
SENSORS = {"turns": "2", "fallbacks_model": "1", "fallbacks_agent": "1"}
"""What must have been counted after the first two chapters."""
POSITIVE_SENSORS = ("cost_today", "cost_total", "first_audio")


@dataclass(slots=True)
class Score:
    """How many expectations were met, of how many."""

    passed: int = 0
    total: int = 0

    def count(self, wrong: Sequence[str]) -> Sequence[str]:
        """Count one expectation and hand on what is wrong with it."""
        self.total += 1
        self.passed += not wrong
        return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Props:
    """What the story is told with."""

    folder: Path
    server_port: int
    home_assistant_port: int
    speech: LocalSpeech
    ears: Ears
    report: Report


async def fallback_story(report: Report) -> bool:
    """Tell the story; True when all of it went as expected."""
    score = Score()
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="realtime-assist-")))
        server = LocalServer(REPOSITORY / BUILD / "local-server.log", port=(server_port := free_port()))
        await stack.enter_async_context(server)
        report.step(f"starting Home Assistant, the local server, and ears and a voice; logs go to {BUILD}/")
        ears = await stack.enter_async_context(Ears(after=server.base_url))
        speech = await stack.enter_async_context(LocalSpeech(REPOSITORY / BUILD / "local-speech.log"))
        props = Props(
            folder=folder,
            server_port=server_port,
            home_assistant_port=free_port(),
            speech=speech,
            ears=ears,
            report=report,
        )
        await _tell(props, server, score)
        report.part()
        report.step("closing the house")
    report.verdict(score.passed, score.total, "expectations met")
    return score.passed == score.total


async def _tell(props: Props, server: LocalServer, score: Score) -> None:
    report = props.report
    async with _house(props, score, "home-assistant.log") as house:
        agent, engines = await _furnished(props, house, server)
        chapters = _Chapters(house.api, agent, props, score)
        await server.stop()
        async with LocalServer(
            REPOSITORY / BUILD / "local-server-without-a-model.log", port=props.server_port, scenario=SCENARIO
        ) as poorer:
            await poorer.base_url()
            report.part()
            report.step(f"the server has lost {FIRST}: it refuses that model as api.openai.com does")
            gone = Step(kind="model", left=FIRST, taken=SECOND, reason="model_not_found")
            await chapters.speak(1, BY_AREA, (gone,))
            report.part()
            report.step("the server is killed")
            await poorer.kill()
        await chapters.speak(2, BY_NAME, _without_a_server(agent, engines))
        before = await readings(house.api, agent.entry_id)
        _show_sensors(report, before)
        report.outcome(score.count(unmet(before, SENSORS, POSITIVE_SENSORS)))
        report.part()
        report.step("restarting Home Assistant while nothing answers")
    async with _house(props, score, "home-assistant-again.log") as house:
        report.step("the sensors after the restart")
        report.outcome(score.count(differences(before, await readings(house.api, agent.entry_id))))
        await _Chapters(house.api, agent, props, score).speak(3, QUESTION, _without_a_server(agent, engines))


@contextlib.asynccontextmanager
async def _house(props: Props, score: Score, log: str) -> AsyncIterator[RunningHomeAssistant]:
    """Run Home Assistant on the story's folder; where something is not as expected, its log says more."""
    path = REPOSITORY / BUILD / log
    async with home_assistant(props.folder, port=props.home_assistant_port, log=path) as house:
        before = score.total - score.passed
        try:
            yield house
        except DemoError:
            props.report.log("Home Assistant's log", what_matters(house.process.text()))
            raise
        if score.total - score.passed > before:
            props.report.log("Home Assistant's log", what_matters(house.process.text()))


async def _furnished(props: Props, house: RunningHomeAssistant, server: LocalServer) -> tuple[Agent, Engines]:
    """Furnish the house, add the agent and the local engines, and make these its fallbacks."""
    report, api = props.report, house.api
    report.step("Home Assistant is running; waiting for the local server")
    account = compatible_account(await server.base_url(), KEY)
    await furnish(api)
    report.step(f"the house is furnished; adding Realtime Assist with {account.name}")
    agent = await add_agent(api, account)
    engines = await props.speech.add_to(api)
    await _give_fallbacks(api, agent, engines)
    report.step(f"its fallbacks: {SECOND}, then {engines.stt}, {HOME_ASSISTANT_AGENT} and {engines.tts}")
    await props.ears.ready()
    return agent, engines


async def _give_fallbacks(api: HassApi, agent: Agent, engines: Engines) -> None:
    """Choose the local engines in the agent's own form, as a user does."""
    (subentry,) = await api.call("config_entries/subentries/list", entry_id=agent.entry_id)
    changes: dict[str, Any] = {"fallback_stt": engines.stt, "fallback_tts": engines.tts}
    await reconfigure(api, agent.entry_id, subentry["subentry_type"], subentry["subentry_id"], changes)


def _without_a_server(agent: Agent, engines: Engines) -> tuple[Step, ...]:
    """Return the fallbacks of a turn that no model can answer."""
    return (
        Step(kind="stt", left=agent.stt, taken=engines.stt),
        Step(kind="agent", left=agent.conversation, taken=HOME_ASSISTANT_AGENT),
        Step(kind="tts", left=agent.tts, taken=engines.tts),
    )


class _Chapters:
    """What is said to one running house in the course of the story."""

    def __init__(self, api: HassApi, agent: Agent, props: Props, score: Score) -> None:
        self._api = api
        self._turns = Turns(api, agent, props.ears, props.report, BUILD)
        self._report = props.report
        self._score = score

    async def speak(self, number: int, command: Command, expected: Sequence[Step]) -> None:
        """Speak a command; compare what came of it, and which fallbacks were told on the bus."""
        async with self._api.subscribe("subscribe_events", event_type=EVENT) as events:
            evidence = await self._turns.command(number, command)
            # The answer to a call comes after every event before it.
            await self._api.call("get_config")
            found = steps(events)
        for step in found:
            self._report.row("fallback", str(step))
        self._report.outcome(self._score.count([*failures(command, evidence), *fallback_failures(expected, found)]))


def _show_sensors(report: Report, found: Readings) -> None:
    """Print what a dashboard would show."""
    report.part()
    report.step("the agent's sensors")
    width = max(len(reading.name) for reading in found.values())
    for reading in found.values():
        report.row("", f"{reading.name:<{width}}  {reading}")
