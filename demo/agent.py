"""How the demo adds Realtime Assist, as a user does, and makes a pipeline of its agent."""

import asyncio
from dataclasses import dataclass
import time
from typing import Any

from demo.furnish import run_flow
from demo.hass_api import HassApi, HassApiError

DOMAIN = "realtime_assist"
LANGUAGE = "en"
PIPELINE = "Realtime Assist demo"
APPEAR_SECONDS = 30
_PLATFORMS = ("conversation", "stt", "tts")
_COMING = {"not_loaded", "setup_in_progress", "loaded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose models answer: the flow's menu option, its form and a name for people."""

    option: str
    form: dict[str, str]
    name: str
    private: bool = False
    """Whether the flow asks if a server of one's own network is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The agent's entities and the pipeline that is made of all three."""

    conversation: str
    stt: str
    tts: str
    pipeline_id: str
    entry_id: str


def openai_account(api_key: str) -> Account:
    """Return the account at OpenAI."""
    return Account(option="openai", form={"api_key": api_key}, name="api.openai.com")


def compatible_account(base_url: str, api_key: str) -> Account:
    """Return an account at a server that speaks the same protocol."""
    return Account(option="compatible", form={"base_url": base_url, "api_key": api_key}, name=base_url, private=True)


async def add_agent(api: HassApi, account: Account) -> Agent:
    """Walk the integration's config flow and return its first agent with a pipeline of its own.

    Raises `HassApiError` when the flow refuses the account or the agent's entities do not appear.
    """
    confirmation: list[dict[str, Any]] = [{}] if account.private else []
    entry_id = await run_flow(api, DOMAIN, {"next_step_id": account.option}, account.form, *confirmation)
    found = await _entities(api, entry_id)
    pipeline = await api.call(
        "assist_pipeline/pipeline/create",
        name=PIPELINE,
        language=LANGUAGE,
        conversation_engine=found["conversation"],
        conversation_language=LANGUAGE,
        stt_engine=found["stt"],
        stt_language=await _language(api, "stt", found["stt"]),
        tts_engine=found["tts"],
        tts_language=await _language(api, "tts", found["tts"]),
        tts_voice=None,
        wake_word_entity=None,
        wake_word_id=None,
        prefer_local_intents=False,
    )
    await api.call("assist_pipeline/pipeline/set_preferred", pipeline_id=pipeline["id"])
    return Agent(**found, pipeline_id=pipeline["id"], entry_id=entry_id)


async def _entities(api: HassApi, entry_id: str) -> dict[str, str]:
    """Return the entity id of each of the agent's three platforms."""
    found: dict[str, str] = {}
    deadline = time.monotonic() + APPEAR_SECONDS
    while missing := sorted(set(_PLATFORMS) - set(found)):
        states = {state["entity_id"] for state in await api.call("get_states")}
        for entity in await api.call("config/entity_registry/list"):
            platform = entity["entity_id"].partition(".")[0]
            # A registered entity that has no state yet cannot be used in a pipeline.
            if entity["config_entry_id"] == entry_id and entity["entity_id"] in states and platform in missing:
                found.setdefault(platform, entity["entity_id"])
        entry = await _entry(api, entry_id)
        if entry["state"] not in _COMING or time.monotonic() > deadline:
            why = f"its entry is {entry['state']}: {entry['reason'] or 'no reason given'}"
            raise HassApiError(f"{DOMAIN} has no {', '.join(missing)} entity; {why}")
        await asyncio.sleep(0.1)
    return found


async def _entry(api: HassApi, entry_id: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = await api.call("config_entries/get", domain=DOMAIN)
    return next(entry for entry in entries if entry["entry_id"] == entry_id)


async def _language(api: HassApi, kind: str, engine_id: str) -> str:
    """Return the engine's own way to write the pipeline's language."""
    listed = await api.call(f"{kind}/engine/list", language=LANGUAGE)
    for engine in listed["providers"]:
        if engine["engine_id"] == engine_id and engine["supported_languages"]:
            language: str = engine["supported_languages"][0]
            return language
    raise HassApiError(f"{engine_id} does not support the language {LANGUAGE}")
