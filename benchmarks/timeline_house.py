"""Where is a voice run measured? In a real Home Assistant with a satellite, and a pipeline for each way to answer."""

from collections.abc import AsyncIterator, Mapping
import contextlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.timeline_server import KEY, SCRIPTS, Length, TimedServer
from demo.agent import LANGUAGE, Agent, add_agent, compatible_account
from demo.audio import read_speech, without_silent_end
from demo.commands import RECORDINGS
from demo.forms import reconfigure
from demo.furnish import furnish, run_flow
from demo.hass_api import HassApi
from demo.home_assistant import REPOSITORY, home_assistant
from demo.house import CONFIGURATION
from demo.local_speech import Engines, LocalSpeech
from demo.processes import free_port

BUILD = Path("build/timeline")
HOME_ASSISTANT_AGENT = "conversation.home_assistant"
_SATELLITE = "bench_satellite"
_AREA = "Living Room"


class Way(StrEnum):
    """How an answer comes about."""

    SAFE = "safe"
    EAGER = "eager"
    CASCADED = "cascaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One way and length: the pipeline that it runs through, what is said to it, and who answers."""

    way: Way
    length: Length
    pipeline_id: str
    pcm: Path
    server: TimedServer | None = None
    """None where Home Assistant answers by itself."""


@contextlib.asynccontextmanager
async def timeline_house(folder: Path) -> AsyncIterator[tuple[HassApi, list[Cell]]]:
    """Run the house in an empty folder, and everything that it needs; gives its API and all cells."""
    build = REPOSITORY / BUILD
    _prepare(folder)
    async with contextlib.AsyncExitStack() as stack:
        servers = {
            (way, length): await stack.enter_async_context(TimedServer(SCRIPTS[length]))
            for way in (Way.SAFE, Way.EAGER)
            for length in Length
        }
        speech = await stack.enter_async_context(LocalSpeech(build / "local-speech.log"))
        house = await stack.enter_async_context(
            home_assistant(folder, port=free_port(), log=build / "home-assistant.log")
        )
        api = house.api
        await furnish(api)
        await _move_in(api)
        engines = await speech.add_to(api)
        pipelines = {key: await _agent(api, key[0], server) for key, server in servers.items()}
        pipelines |= dict.fromkeys(((Way.CASCADED, length) for length in Length), await _cascade(api, engines))
        yield (
            api,
            [
                Cell(
                    way=way,
                    length=length,
                    pipeline_id=pipelines[way, length],
                    pcm=await _pcm(folder, length),
                    server=servers.get((way, length)),
                )
                for length in Length
                for way in Way
            ],
        )


def _prepare(folder: Path) -> None:
    """Put both integrations into the folder, and a configuration that logs little and knows the cascade's answers."""
    components = folder / "custom_components"
    components.mkdir()
    for place in ("custom_components/realtime_assist", f"benchmarks/{_SATELLITE}"):
        (components / Path(place).name).symlink_to(REPOSITORY / place, target_is_directory=True)
    quiet = CONFIGURATION.read_text().replace("custom_components.realtime_assist: debug", "homeassistant: warning")
    lines = ["conversation:", "  intents:"]
    lines += [f'    Bench{length.title()}: ["{_plain(script.sentence)}"]' for length, script in SCRIPTS.items()]
    lines += ["intent_script:"]
    for length, script in SCRIPTS.items():
        lines += [f"  Bench{length.title()}:", "    speech:", f'      text: "{script.answer}"']
    (folder / CONFIGURATION.name).write_text("\n".join((quiet, *lines, "")))


def _plain(sentence: str) -> str:
    return sentence.rstrip("?.").casefold()


async def _move_in(api: HassApi) -> None:
    entry_id = await run_flow(api, _SATELLITE)
    areas = {area["name"]: area["area_id"] for area in await api.call("config/area_registry/list")}
    for device in await api.call("config/device_registry/list"):
        if entry_id in device["config_entries"]:
            await api.call("config/device_registry/update", device_id=device["id"], area_id=areas[_AREA])


async def _agent(api: HassApi, way: Way, server: TimedServer) -> str:
    """Add an account at the server, set its agent's answer order, and return its pipeline."""
    agent: Agent = await add_agent(api, compatible_account(server.base_url, KEY))
    (subentry,) = await api.call("config_entries/subentries/list", entry_id=agent.entry_id)
    changes = {"answer_order": way.value}
    await reconfigure(api, agent.entry_id, subentry["subentry_type"], subentry["subentry_id"], changes)
    return agent.pipeline_id


async def _cascade(api: HassApi, engines: Engines) -> str:
    """Return the pipeline of Home Assistant's own agent between local ears and a local voice."""
    fields: Mapping[str, Any] = {
        "name": "Cascade",
        "language": LANGUAGE,
        "conversation_engine": HOME_ASSISTANT_AGENT,
        "conversation_language": LANGUAGE,
        "stt_engine": engines.stt,
        "stt_language": LANGUAGE,
        "tts_engine": engines.tts,
        "tts_language": LANGUAGE,
        "tts_voice": None,
        "wake_word_entity": None,
        "wake_word_id": None,
    }
    pipeline_id: str = (await api.call("assist_pipeline/pipeline/create", **fields))["id"]
    return pipeline_id


async def _pcm(folder: Path, length: Length) -> Path:
    """Return the file with what is said, without the silence after it."""
    path = folder / f"{length}.pcm"
    path.write_bytes(without_silent_end(await read_speech(RECORDINGS / f"{SCRIPTS[length].recording}.wav")))
    return path
