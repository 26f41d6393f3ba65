"""Which pipeline was made for an agent, and what did the house prefer before.

An account's options remember it, so that a pipeline goes with its agent, also where the agent is removed while the
account is not loaded.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import MATCH_ALL, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import language as language_util

from . import pipelines
from .const import DOMAIN, LOGGER
from .realtime.catalog import LANGUAGES

if TYPE_CHECKING:
    from homeassistant.components.assist_pipeline import Pipeline

CONF_PIPELINES = "pipelines"
"""The option of an account that holds what was made, by the agent's subentry."""

_PIPELINE_ID = "pipeline_id"
_BEFORE = "preferred_before"
_ENGINES = (Platform.STT, Platform.CONVERSATION, Platform.TTS)


@callback
def made_for(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str) -> Pipeline | None:
    """Return the pipeline that was made for an agent, where it is still there."""
    made = _made(entry).get(subentry_id)
    return None if made is None else pipelines.find(hass, made[_PIPELINE_ID])


@callback
def has_engines(hass: HomeAssistant, subentry_id: str) -> bool:
    """Return whether an agent's ears, mind and voice are there and enabled."""
    return _engines(hass, subentry_id).keys() == set(_ENGINES)


async def async_make(hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry) -> Pipeline | None:
    """Make a pipeline of an agent's ears, mind and voice in the language of the house; None where that cannot be.

    It names no voice: that is the satellite's, or else the agent's, for as long as the user does not choose one.
    """
    engines = _engines(hass, subentry.subentry_id)
    language = hass.config.language
    # Whoever speaks a language that the ears and the voice lack has an agent to type to.
    spoken = next(iter(language_util.matches(language, LANGUAGES, hass.config.country)), None)
    pipeline = await pipelines.async_create(
        hass,
        {
            "name": _free_name(hass, subentry.title),
            "language": language,
            "conversation_engine": engines[Platform.CONVERSATION],
            "conversation_language": MATCH_ALL,
            "stt_engine": spoken and engines[Platform.STT],
            "stt_language": spoken,
            "tts_engine": spoken and engines[Platform.TTS],
            "tts_language": spoken,
            "tts_voice": None,
            "wake_word_entity": None,
            "wake_word_id": None,
        },
    )
    if pipeline is not None:
        _remember(hass, entry, {**_made(entry), subentry.subentry_id: {_PIPELINE_ID: pipeline.id}})
    return pipeline


@callback
def prefer(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str) -> None:
    """Let an agent's pipeline be the preferred one, and remember which one was."""
    made = _made(entry)
    before, own = pipelines.preferred(hass), made[subentry_id]
    if before != own[_PIPELINE_ID]:
        pipelines.prefer(hass, own[_PIPELINE_ID])
        _remember(hass, entry, {**made, subentry_id: {**own, _BEFORE: before}})


@callback
def prefer_former(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str) -> None:
    """Let the pipeline be preferred again that was so before an agent's own; another one where it is gone."""
    _restore(hass, _made(entry)[subentry_id])


async def async_remove_orphans(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the pipelines of agents that an account no longer has."""
    gone = {subentry_id: each for subentry_id, each in _made(entry).items() if subentry_id not in entry.subentries}
    if gone and pipelines.available(hass):
        await _async_remove(hass, gone.values())
        # What is left may have followed on what is gone.
        left = {subentry_id: each for subentry_id, each in _made(entry).items() if subentry_id not in gone}
        _remember(hass, entry, left)


async def async_remove_all(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the pipelines of an account that is gone."""
    await _async_remove(hass, _made(entry).values())


async def _async_remove(hass: HomeAssistant, made: Iterable[Mapping[str, str | None]]) -> None:
    """Remove pipelines, and let the house prefer what it did without them."""
    going = [dict(each) for each in made]
    for each in going:
        pipeline_id = each[_PIPELINE_ID]
        if pipeline_id is None or pipelines.find(hass, pipeline_id) is None:
            continue
        _restore(hass, each)
        if pipelines.preferred(hass) == pipeline_id:
            LOGGER.warning("The pipeline of a removed agent is the only one, so it is left")
            continue
        await pipelines.async_delete(hass, pipeline_id)
        for other in going:
            if other.get(_BEFORE) == pipeline_id:
                other[_BEFORE] = each.get(_BEFORE)
        _replace(hass, pipeline_id, each.get(_BEFORE))


@callback
def _restore(hass: HomeAssistant, made: Mapping[str, str | None]) -> None:
    """Where an agent's pipeline is the preferred one, prefer what was before it, or else the oldest other one."""
    own, before = made[_PIPELINE_ID], made.get(_BEFORE)
    if pipelines.preferred(hass) != own:
        return
    others = [pipeline.id for pipeline in pipelines.all_pipelines(hass) if pipeline.id != own]
    if others:
        pipelines.prefer(hass, before if before in others else others[0])


@callback
def _replace(hass: HomeAssistant, removed: str, before: str | None) -> None:
    """Let an agent whose pipeline came after a removed one remember what was before both."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        made = _made(entry)
        followed = {
            subentry_id: {**each, _BEFORE: before} for subentry_id, each in made.items() if each.get(_BEFORE) == removed
        }
        if followed:
            _remember(hass, entry, {**made, **followed})


def _made(entry: ConfigEntry) -> dict[str, dict[str, Any]]:
    """Return what is remembered, by the agent's subentry."""
    return dict(entry.options.get(CONF_PIPELINES, {}))


@callback
def _remember(hass: HomeAssistant, entry: ConfigEntry, made: Mapping[str, Mapping[str, Any]]) -> None:
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_PIPELINES: dict(made)})


@callback
def _engines(hass: HomeAssistant, subentry_id: str) -> dict[str, str]:
    """Return the entity ids of an agent's ears, mind and voice by domain, without those that are disabled."""
    registry = er.async_get(hass)
    found = {domain: registry.async_get_entity_id(domain, DOMAIN, f"{subentry_id}_{domain}") for domain in _ENGINES}
    return {
        domain: entity_id
        for domain, entity_id in found.items()
        if entity_id is not None and not registry.entities[entity_id].disabled
    }


@callback
def _free_name(hass: HomeAssistant, name: str) -> str:
    """Return a name that no other pipeline has, as satellites choose by the name."""
    taken = {pipeline.name for pipeline in pipelines.all_pipelines(hass)}
    names = (name, *(f"{name} {number}" for number in range(2, len(taken) + 2)))
    return next(each for each in names if each not in taken)
