"""In which order is everything measured? One client after another, each in a fresh process, and all of them again."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

from benchmarks.clients.certificates import make_certificates
from benchmarks.clients.environments import BUILD, Contestant, process_environment
from benchmarks.clients.measures import Measure
from benchmarks.clients.process import LineProcess, line_process
from benchmarks.clients.stages import Stage, Stages
from benchmarks.clients.stamps import DELTA_MS, FRAME_MS
from benchmarks.clients.workloads import Workload
from demo.home_assistant import REPOSITORY

type Samples = Mapping[Measure, Sequence[float]]

# Some clients dial in the background; none of them takes longer.
_PATIENCE = 10.0
_PAUSE = 0.05
_LATENCIES: Mapping[Measure, Workload] = {Measure.ALONE: Workload.ALONE, Measure.BURST: Workload.BURST}
# The first answers of a session are slower; nobody's first answer is his only one.
_WARM_UP = 3
_OWN_PYTHON = Path(".venv/bin/python")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured in one round. Audio is given in seconds as it would be played."""

    sessions: int = 10
    latencies: int = 20
    audio_s: float = 20.0
    speed: float = 10.0
    """How much faster than it is played the audio of one session comes and goes."""
    talk_s: float = 2.0
    """How long is spoken in all sessions at once, and then listened."""
    floods: int = 8
    flood_s: float = 60.0

    def deltas(self, seconds: float) -> int:
        """Return how many deltas of the server that is."""
        return round(seconds * 1000 / DELTA_MS)

    def frames(self, seconds: float) -> int:
        """Return how many frames of a microphone that is."""
        return round(seconds * 1000 / FRAME_MS)


class Arena:
    """One server, and the processes that are measured against it."""

    def __init__(self, server: LineProcess, urls: Mapping[str, str], folder: Path) -> None:
        self._server = server
        self._urls = urls
        self._folder = folder

    async def measure(self, contestant: Contestant, size: Size) -> Samples:
        """Measure one client once, in a fresh process. Raises DemoError for one that breaks."""
        async with self.client(contestant) as client:
            imported = (await client.answer())["import_s"]
            found = await self._sessions(client, size)
            found |= await self.session(client, size)
            found[Measure.GROWTH] = [await self._growth(client, size)]
            return {**found, Measure.IMPORT: [imported]}

    async def stages(self, contestant: Contestant, size: Size) -> dict[Measure, Stages]:
        """Return where the time of first sounds goes, in a fresh process of ours or of the floor."""
        found: dict[Measure, Stages] = {}
        async with self.client(contestant, "benchmarks.clients.drivers.stages") as client:
            await client.answer()
            await self._dial(client, "ws", 1)
            for measure, workload in _LATENCIES.items():
                await self._answer(workload, 1)
                await client.ask("stages", count=_WARM_UP)
                answers = (await client.ask("stages", count=size.latencies))["stages"]
                found[measure] = {stage: [answer[stage] for answer in answers] for stage in Stage}
        return found

    @asynccontextmanager
    async def client(
        self, contestant: Contestant, module: str = "benchmarks.clients.drivers"
    ) -> AsyncIterator[LineProcess]:
        """Start a client's process; its first answer says how long its library's import took."""
        command: list[str | Path] = [contestant.python, "-m", module, contestant.driver]
        log = REPOSITORY / BUILD / f"{contestant.driver}.log"
        environment = process_environment(self._folder)
        async with line_process(contestant.title, command, environment, log) as client:
            yield client

    async def session(self, client: LineProcess, size: Size) -> dict[Measure, Sequence[float]]:
        """Measure what one session takes, in a new one that stays open."""
        await client.ask("hang_up")
        await self._dial(client, "ws", 1)
        return await self._latencies(client, size) | await self._processor(client, size)

    async def _sessions(self, client: LineProcess, size: Size) -> dict[Measure, Sequence[float]]:
        """Open many sessions, then talk in all of them."""
        # What is imported and made with the first session is not what one more costs.
        await self._dial(client, "ws", 1)
        before = (await client.ask("memory"))["bytes"]
        plain = await self._dial(client, "ws", size.sessions)
        after = (await client.ask("memory"))["bytes"]
        deltas, frames = size.deltas(size.talk_s), size.frames(size.talk_s)
        await self._answer(Workload.PACED, deltas)
        talk = await client.ask("talk", num_deltas=deltas, num_frames=frames)
        await client.ask("hang_up")
        await self._dial(client, "wss", 1)
        secure = await self._dial(client, "wss", size.sessions)
        await client.ask("hang_up")
        return {
            Measure.WS: plain,
            Measure.WSS: secure,
            Measure.SESSION: [(after - before) / 1024 / size.sessions],
            Measure.TALK: [talk["cpu_s"] / (size.sessions + 1) / (2 * size.talk_s) * 60],
        }

    async def _latencies(self, client: LineProcess, size: Size) -> dict[Measure, Sequence[float]]:
        found: dict[Measure, Sequence[float]] = {}
        for measure, workload in _LATENCIES.items():
            await self._answer(workload, 1)
            await client.ask("latency", count=_WARM_UP)
            found[measure] = [ns / 1000 for ns in (await client.ask("latency", count=size.latencies))["latency_ns"]]
        return found

    async def _processor(self, client: LineProcess, size: Size) -> dict[Measure, Sequence[float]]:
        """Listen and speak in one session; returns processor seconds for each minute of audio."""
        await self._answer(Workload.PACED, size.deltas(size.audio_s), size.speed)
        heard = await client.ask("listen", num_deltas=size.deltas(size.audio_s))
        await self._answer(Workload.FLOOD, size.deltas(size.flood_s))
        flooded = await client.ask("listen", num_deltas=size.deltas(size.flood_s))
        spoken = await client.ask("speak", num_frames=size.frames(size.audio_s), speed=size.speed)
        return {
            Measure.CPU_OUT: [heard["cpu_s"] / size.audio_s * 60],
            Measure.CPU_FLOOD: [flooded["cpu_s"] / size.flood_s * 60],
            Measure.CPU_IN: [spoken["cpu_s"] / size.audio_s * 60],
        }

    async def _growth(self, client: LineProcess, size: Size) -> float:
        """Return by how many KiB memory grows with each minute of answers."""
        deltas = size.deltas(size.flood_s)
        await self._answer(Workload.FLOOD, deltas)
        resident = []
        for _ in range(size.floods):
            await client.ask("listen", num_deltas=deltas)
            resident.append((await client.ask("memory"))["bytes"] / 1024)
        minutes = [(number + 1) * size.flood_s / 60 for number in range(size.floods)]
        return linear_regression(minutes, resident).slope

    async def _dial(self, client: LineProcess, scheme: str, count: int) -> list[float]:
        """Open sessions; return how many ms each took until the server knew what it is."""
        await self._server.ask("seen")
        dialled = (await client.ask("dial", url=self._urls[scheme], count=count))["dialled_ns"]
        configured: list[int] = []
        async with asyncio.timeout(_PATIENCE):
            while len(configured) < count:
                await asyncio.sleep(_PAUSE)
                configured += (await self._server.ask("seen"))["configured"]
        return [(end - begin) / 1e6 for begin, end in zip(dialled, configured, strict=True)]

    async def _answer(self, workload: Workload, num_deltas: int, speed: float = 1.0) -> None:
        await self._server.ask("answer", workload=workload, num_deltas=num_deltas, speed=speed)


@asynccontextmanager
async def arena(folder: Path) -> AsyncIterator[Arena]:
    """Start the server; certificates go into the folder, logs into the build."""
    make_certificates(folder)
    (REPOSITORY / BUILD).mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [_OWN_PYTHON, "-m", "benchmarks.clients.server", folder]
    log = REPOSITORY / BUILD / "server.log"
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(line_process("the server", command, process_environment(folder), log))
        yield Arena(server, await server.answer(), folder)
