"""How does a crowd of satellites talk? All at once, and what they notice is put beside what the far end has seen."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.pipeline.kinds import Output
from benchmarks.pipeline.lanes import HOME_ASSISTANT_SILENCE_SECONDS
from benchmarks.pipeline.run import Spoken, speak
from benchmarks.satellites import DOMAIN
from benchmarks.scale.house import House
from demo.hass_api import HassApi
from demo.processes import DemoError

SPREAD_SECONDS = 1.0
"""Within this time all satellites of a crowd begin to speak; nobody has finished by then."""
PATIENCE_SECONDS = 55.0
"""Where a crowd is too large for a machine, answers come late: that is to be seen, not cut off."""
FRAME_SECONDS = 0.02
FRAME_BYTES = 960
"""20 ms of PCM16 mono at 24 kHz."""
# What a resampler keeps back of a frame until the next one comes.
_KEPT_BACK = 240


@dataclass(slots=True, kw_only=True)
class Samples:
    """What was measured of a crowd; times in seconds."""

    count: int
    spread: float = SPREAD_SECONDS
    answered: list[float] = field(default_factory=list)
    """From the end of speech to the first byte of sound, in a conversation that has a session."""
    first_turns: list[float] = field(default_factory=list)
    """The same in new conversations."""
    delta_to_sound: list[float] = field(default_factory=list)
    way_in: list[float] = field(default_factory=list)
    """From the moment in which a frame has been spoken to its arrival at the server."""
    lags: list[float] = field(default_factory=list)
    talking: list[float] = field(default_factory=list)
    """Share of a core that Home Assistant takes while all of them speak, one for each round."""
    cpu_per_turn: list[float] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)
    """Share of a core that the server takes."""
    resident_bytes: int = 0
    microphone_seconds: float = 0.0
    """How long each microphone is open in a turn where nothing is late."""
    turns: int = 0
    failures: list[str] = field(default_factory=list)


async def talk(house: House, samples: Samples, *, new: bool = False) -> None:
    """Let a crowd speak one turn each, and add what comes of it."""
    await house.api.action("tts", "clear_cache")
    await house.server.ask("take")
    begin = await load(house.api)
    windows = asyncio.create_task(_loads(house, samples.spread), name="bench load windows")
    delay = samples.spread / samples.count
    turns = [
        _turn(house, satellite, number * delay, new)
        for number, satellite in enumerate(house.satellites[: samples.count])
    ]
    found = await asyncio.gather(*turns)
    all_speak, first_ends = await windows
    end = await load(house.api)
    seen = await house.server.ask("take")
    samples.turns += len(found)
    samples.microphone_seconds = house.speech_seconds + HOME_ASSISTANT_SILENCE_SECONDS
    samples.failures += [turn for turn in found if isinstance(turn, str)]
    samples.lags += [lag for window in (all_speak, first_ends, end) for lag in window["lags"]]
    samples.talking.append(_cpu(all_speak, first_ends))
    samples.cpu_per_turn.append((end["cpu_seconds"] - begin["cpu_seconds"]) / len(found))
    samples.server_cpu.append(seen["cpu_seconds"] / (end["at"] - begin["at"]))
    samples.resident_bytes = end["resident_bytes"]
    heard = {turn["sentence"]: turn for turn in seen["turns"]}
    for turn in found:
        if not isinstance(turn, str):
            _add(samples, turn, heard, new=new)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What a satellite has seen."""

    sentence: str
    speech_begin: float
    speech_end: float
    first_byte: float


async def load(api: HassApi) -> Mapping[str, Any]:
    """Return what Home Assistant needs at present."""
    result = await api.call("call_service", domain=DOMAIN, service="load", service_data={}, return_response=True)
    response: Mapping[str, Any] = result["response"]
    return response


async def _loads(house: House, spread: float) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the load when all have begun to speak, and when the first has finished."""
    await asyncio.sleep(spread)
    all_speak = await load(house.api)
    await asyncio.sleep(house.speech_seconds - spread)
    return all_speak, await load(house.api)


async def _turn(house: House, satellite: str, delay: float, new: bool) -> _Turn | str:
    """Return one satellite's turn, or why it failed."""
    spoken = Spoken(
        satellite=satellite,
        pipeline_id=house.pipeline_id,
        pcm=house.pcm,
        output=Output.WAV,
        new_conversation=new,
        patience=PATIENCE_SECONDS,
    )
    await asyncio.sleep(delay)
    try:
        seen, first_byte = await speak(house.api, house.starts, spoken)
    except (DemoError, aiohttp.ClientError) as err:
        return str(err) or type(err).__name__
    sentence = next((each["data"]["stt_output"]["text"] for each in seen["events"] if each["type"] == "stt-end"), "")
    return _Turn(
        sentence=sentence, speech_begin=seen["speech_begin"], speech_end=seen["speech_end"], first_byte=first_byte
    )


def _add(samples: Samples, turn: _Turn, heard: Mapping[str, Mapping[str, Any]], *, new: bool) -> None:
    there = heard.get(turn.sentence)
    if there is None or there["first_audio"] is None:
        samples.failures.append(f'the server knows nothing of "{turn.sentence}"')
        return
    (samples.first_turns if new else samples.answered).append(turn.first_byte - turn.speech_end)
    samples.delta_to_sound.append(turn.first_byte - there["first_audio"])
    if not new:
        samples.way_in += way_in(turn.speech_begin, there["arrivals"])


def way_in(speech_begin: float, arrivals: Sequence[tuple[float, int]]) -> list[float]:
    """Return how long each frame of 20 ms was on its way to the server, of those that have arrived there.

    `arrivals` are times and how many bytes had arrived by then.
    """
    found: list[float] = []
    for at, num_bytes in arrivals:
        while (len(found) + 1) * FRAME_BYTES - _KEPT_BACK <= num_bytes:
            found.append(at - speech_begin - (len(found) + 1) * FRAME_SECONDS)
    return found


def _cpu(before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    """Return the share of a core that was taken between two looks."""
    share: float = (after["cpu_seconds"] - before["cpu_seconds"]) / (after["at"] - before["at"])
    return share
