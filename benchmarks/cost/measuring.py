"""What do the ten commands come to? Each in a new conversation, and all in one."""

from collections.abc import AsyncIterator, Sequence
import contextlib
from dataclasses import dataclass
from pathlib import Path
import tempfile

from homeassistant.components.assist_pipeline import PipelineStage

from benchmarks.cost.bill import Bill
from benchmarks.cost.commands import COMMANDS, Command
from benchmarks.cost.counting import Counting
from benchmarks.cost.engine import CommandEngine
from benchmarks.cost.house import House, cost_house
from benchmarks.cost.speaking import Speaker
from local_server.wire import RealtimeServer
from local_server.wire.usage import preface

_KEY = "sk-bench"
_ENTITIES = "Static Context:"
"""What Home Assistant writes before the list of what is exposed."""
TYPICAL = 50
"""How many entities a typical house exposes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The bills of the commands, in their order."""

    fresh: Sequence[Bill]
    """Each in a conversation of its own."""
    warm: Sequence[Bill]
    """One after the other in one conversation, which has begun with another command that is not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What stands before every conversation, in tokens."""

    exposed: int
    instructions: int
    """What the agent is told, without what is in the house."""
    entities: int
    """What of the house stands in the instructions."""
    tools: int
    num_tools: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.instructions + self.entities + self.tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A house, and somebody who speaks in it to a server that counts."""

    house: House
    engine: CommandEngine
    counting: Counting
    speaker: Speaker

    async def fresh(
        self, commands: Sequence[Command] = COMMANDS, *, end_stage: PipelineStage = PipelineStage.TTS
    ) -> list[Bill]:
        """Speak each command in a conversation of its own."""
        return [bill for command in commands for bill in await self._conversation([command], end_stage)]

    async def warm(
        self, commands: Sequence[Command] = COMMANDS, *, end_stage: PipelineStage = PipelineStage.TTS
    ) -> list[Bill]:
        """Speak the commands in one conversation, after their last one, which is not counted."""
        return (await self._conversation([commands[-1], *commands], end_stage))[1:]

    async def measure(self, *, end_stage: PipelineStage = PipelineStage.TTS) -> Measured:
        """Speak the ten commands both ways."""
        return Measured(fresh=await self.fresh(end_stage=end_stage), warm=await self.warm(end_stage=end_stage))

    def prompt(self, exposed: int) -> Prompt:
        """Return what stood before the last conversation, in a house that exposes this many entities."""
        text, tools = self.counting.instructions, self.counting.tools
        before, _, _ = text.partition(_ENTITIES)
        whole, *declared = (segment.text for segment in preface(text, tools))
        (instructions,) = (segment.text for segment in preface(before, ()))
        return Prompt(
            exposed=exposed,
            instructions=instructions,
            entities=whole - instructions,
            tools=sum(declared),
            num_tools=len(tools),
        )

    async def _conversation(self, commands: Sequence[Command], end_stage: PipelineStage) -> list[Bill]:
        # What Home Assistant says of its own accord it keeps, and nobody pays for the same words again.
        await self.house.api.action("tts", "clear_cache")
        conversation_id = self.speaker.conversation()
        bills = [await self.speaker.say(command, conversation_id, end_stage=end_stage) for command in commands]
        await self.speaker.end(conversation_id)
        return bills


@contextlib.asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Run a typical house and the server."""
    engine, counting = CommandEngine(), Counting()
    with tempfile.TemporaryDirectory(prefix="realtime-assist-") as folder:
        async with (
            RealtimeServer(engine=engine, keys=[_KEY], record=False, observer=counting.observe) as server,
            cost_house(Path(folder), server.http_url, _KEY) as house,
        ):
            house.expose(TYPICAL)
            yield Bench(house=house, engine=engine, counting=counting, speaker=Speaker(house, engine, counting))
