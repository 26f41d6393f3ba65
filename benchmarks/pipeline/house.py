"""Where is a voice run measured? In a real Home Assistant with satellites, and a pipeline for each way to answer."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.pipeline.kinds import CASCADED, REALTIME, SCRIPTS, TEXT, Kind, Length, Way
from benchmarks.pipeline.lanes import LANES
from benchmarks.pipeline.server import KEY, TimedServer
from benchmarks.satellites import RunStarts, move_in, prepare, run_starts
from demo.agent import LANGUAGE, Agent, add_agent, compatible_account
from demo.audio import ASSIST_RATE, read_speech, seconds, without_silent_end
from demo.commands import RECORDINGS
from demo.forms import reconfigure
from demo.furnish import furnish
from demo.hass_api import HassApi
from demo.home_assistant import REPOSITORY, home_assistant
from demo.local_speech import Engines, LocalSpeech
from demo.processes import free_port

BUILD = Path("build/pipeline")
HOME_ASSISTANT_AGENT = "conversation.home_assistant"
_OPTIONS: Mapping[Way, Mapping[str, str]] = {
    Way.SAFE: {"answer_order": "safe"},
    Way.EAGER: {"answer_order": "eager"},
    Way.SERVER_VAD: {"answer_order": "safe", "turn_detection": "server_vad"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What is said for answers of one length."""

    pcm: Path
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A Home Assistant that is ready, and all that runs are made of."""

    api: HassApi
    starts: RunStarts
    satellites: Sequence[str]
    pipelines: Mapping[Kind, str]
    speech: Mapping[Length, Speech]
    servers: Mapping[Kind, TimedServer]
    """None of them where Home Assistant answers by itself."""


@contextlib.asynccontextmanager
async def pipeline_house(folder: Path) -> AsyncIterator[House]:
    """Run the house in an empty folder, and everything that it needs."""
    build = REPOSITORY / BUILD
    speech = {length: await _speech(folder, length) for length in Length}
    prepare(folder, *_sentences())
    async with contextlib.AsyncExitStack() as stack:
        servers = {
            kind: await stack.enter_async_context(TimedServer(SCRIPTS[kind.length], speech[kind.length].seconds))
            for kind in REALTIME
        }
        local = await stack.enter_async_context(LocalSpeech(build / "local-speech.log"))
        home = await stack.enter_async_context(
            home_assistant(folder, port=free_port(), log=build / "home-assistant.log")
        )
        await furnish(home.api)
        satellites = await move_in(home.api, LANES + 1)
        pipelines = {kind: await _agent(home.api, kind, server) for kind, server in servers.items()}
        pipelines |= dict.fromkeys((*CASCADED, *TEXT), await _cascade(home.api, await local.add_to(home.api)))
        yield House(
            api=home.api,
            starts=await stack.enter_async_context(run_starts(home.api)),
            satellites=satellites,
            pipelines=pipelines,
            speech=speech,
            servers=servers,
        )


def _sentences() -> Sequence[str]:
    """Return the lines of a configuration that knows the cascade's answers."""
    lines = ["conversation:", "  intents:"]
    lines += [f'    Bench{length.title()}: ["{_plain(script.sentence)}"]' for length, script in SCRIPTS.items()]
    lines += ["intent_script:"]
    for length, script in SCRIPTS.items():
        lines += [f"  Bench{length.title()}:", "    speech:", f'      text: "{script.answer}"']
    return lines


def _plain(sentence: str) -> str:
    return sentence.rstrip("?.").casefold()


async def _agent(api: HassApi, kind: Kind, server: TimedServer) -> str:
    """Add an account at the server, set its agent's options, and return its pipeline."""
    agent: Agent = await add_agent(api, compatible_account(server.base_url, KEY))
    (subentry,) = await api.call("config_entries/subentries/list", entry_id=agent.entry_id)
    changes = _OPTIONS[kind.way]
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


async def _speech(folder: Path, length: Length) -> Speech:
    """Return what is said, without the silence after it."""
    pcm = without_silent_end(await read_speech(RECORDINGS / f"{SCRIPTS[length].recording}.wav"))
    path = folder / f"{length}.pcm"
    await asyncio.to_thread(path.write_bytes, pcm)
    return Speech(pcm=path, seconds=seconds(pcm, ASSIST_RATE))
