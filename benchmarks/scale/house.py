"""Where does a crowd of satellites live? In a real Home Assistant with one agent, whose server is another process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
import contextlib
from dataclasses import dataclass
import os
from pathlib import Path
import sys

from benchmarks.clients.process import LineProcess, line_process
from benchmarks.satellites import RunStarts, move_in, prepare, run_starts
from benchmarks.scale.server import KEY
from demo.agent import add_agent, compatible_account
from demo.audio import ASSIST_RATE, read_speech, seconds, without_silent_end
from demo.commands import RECORDINGS
from demo.forms import reconfigure
from demo.furnish import furnish
from demo.hass_api import HassApi
from demo.home_assistant import REPOSITORY, home_assistant
from demo.processes import free_port

BUILD = Path("build/scale")
_RECORDING = "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A Home Assistant that is ready, and all that turns are made of."""

    api: HassApi
    starts: RunStarts
    server: LineProcess
    satellites: Sequence[str]
    pipeline_id: str
    pcm: Path
    speech_seconds: float
    entry_id: str

    async def allow_sessions(self, count: int) -> None:
        """Set how many conversations the agent may have at once."""
        (subentry,) = await self.api.call("config_entries/subentries/list", entry_id=self.entry_id)
        changes = {"max_sessions": count}
        await reconfigure(self.api, self.entry_id, subentry["subentry_type"], subentry["subentry_id"], changes)


@contextlib.asynccontextmanager
async def crowded_house(folder: Path, num_satellites: int) -> AsyncIterator[House]:
    """Run the house in an empty folder, and its server."""
    build = REPOSITORY / BUILD
    build.mkdir(parents=True, exist_ok=True)
    prepare(folder)
    pcm = without_silent_end(await read_speech(RECORDINGS / f"{_RECORDING}.wav"))
    path = folder / "speech.pcm"
    await asyncio.to_thread(path.write_bytes, pcm)
    command = (sys.executable, "-m", "benchmarks.scale.server")
    async with (
        line_process("the server", command, os.environ, build / "server.log") as server,
        home_assistant(folder, port=free_port(), log=build / "home-assistant.log") as home,
        run_starts(home.api) as starts,
    ):
        await furnish(home.api)
        satellites = await move_in(home.api, num_satellites)
        agent = await add_agent(home.api, compatible_account((await server.answer())["base_url"], KEY))
        yield House(
            api=home.api,
            starts=starts,
            server=server,
            satellites=satellites,
            pipeline_id=agent.pipeline_id,
            pcm=path,
            speech_seconds=seconds(pcm, ASSIST_RATE),
            entry_id=agent.entry_id,
        )
