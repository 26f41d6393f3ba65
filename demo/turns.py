"""What is said to the house in one go, by voice or as text, and how it is shown."""

from pathlib import Path

from demo.agent import Agent
from demo.audio import ANSWER_RATE, ASSIST_RATE, decode, read_speech, seconds, without_silent_end, write_wav
from demo.commands import COMMANDS, RECORDINGS, Command
from demo.ears import Ears
from demo.hass_api import HassApi
from demo.report import Report
from demo.states import changes, look
from demo.verdict import Evidence, failures
from demo.voice_run import speak


class Turns:
    """The agent of a running house, and where the spoken answers go."""

    def __init__(self, api: HassApi, agent: Agent, ears: Ears, report: Report, build: Path) -> None:
        self._api = api
        self._agent = agent
        self._ears = ears
        self._report = report
        self._build = build

    async def commands(self) -> int:
        """Speak all commands and return how many went as expected."""
        passed = 0
        conversation_id: str | None = None
        for number, command in enumerate(COMMANDS, 1):
            evidence = await self.command(number, command, conversation_id if command.follows_up else None)
            conversation_id = evidence.run.conversation_id
            wrong = failures(command, evidence)
            self._report.outcome(wrong)
            passed += not wrong
        return passed

    async def command(self, number: int, command: Command, conversation_id: str | None = None) -> Evidence:
        """Prepare the house, speak one command and show what came of it; to judge it is left to the caller."""
        pcm = await read_speech(RECORDINGS / f"{command.recording}.wav")
        for action in command.before:
            await self._api.action(action.domain, action.name, **action.data)
        self._report.command(number, command, seconds(without_silent_end(pcm), ASSIST_RATE))
        return await self._spoken(pcm, f"{number}-{command.recording}.wav", conversation_id)

    async def wav(self, path: Path) -> bool:
        """Speak a sound file; True when the run ended with an answer."""
        pcm = await read_speech(path)
        self._report.step(f"speaking {path} ({seconds(without_silent_end(pcm), ASSIST_RATE):.1f} s)")
        evidence = await self._spoken(pcm, f"answer-to-{path.stem}.wav", None)
        if evidence.run.error:
            self._report.row("result", f"FAILED: {evidence.run.error}")
        return not evidence.run.error

    async def text(self, text: str, conversation_id: str | None) -> tuple[bool, str | None]:
        """Say something in writing; whether an answer came, and its conversation."""
        self._report.step(f'asking "{text}"')
        before = await look(self._api)
        fields = {"conversation_id": conversation_id} if conversation_id else {}
        result = await self._api.call("conversation/process", text=text, agent_id=self._agent.conversation, **fields)
        self._report.changes(changes(before, await look(self._api)))
        response = result["response"]
        self._report.row("answer", response["speech"].get("plain", {}).get("speech", ""))
        if response["response_type"] == "error":
            self._report.row("result", f"FAILED: {response['data'].get('code')}")
        return response["response_type"] != "error", result["conversation_id"]

    async def _spoken(self, pcm: bytes, name: str, conversation_id: str | None) -> Evidence:
        before = await look(self._api)
        run = await speak(self._api, self._agent.pipeline_id, pcm, conversation_id=conversation_id)
        after = await look(self._api)
        answer = await decode(run.audio)
        spoken = self._build / name
        if answer:
            write_wav(spoken, answer, ANSWER_RATE)
        evidence = Evidence(
            run=run,
            after=after,
            changes=changes(before, after),
            heard_back=await self._ears.hear(answer) if answer else "",
            conversation_id=conversation_id,
        )
        self._report.evidence(evidence, spoken, answer)
        return evidence
