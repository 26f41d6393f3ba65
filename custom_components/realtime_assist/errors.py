"""What Home Assistant says when a session fails: the only place that turns our errors into its."""

from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import language as language_util

from .const import DOMAIN
from .session import LadderExhausted, SessionError

TOOL_FAILED = "tool_failed"
UNEXPECTED = "unexpected"
ACTIONS_DONE = "actions_done"
ACTIONS_UNFINISHED = "actions_unfinished"

TRANSLATED: Final = ("en", "de", "es", "fr", "it", "nl")
"""The languages of the folder of translations."""


def translated_error(err: SessionError) -> HomeAssistantError:
    """Return the exception whose message the user reads in their own language."""
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=_reason(err))


async def async_error_sentence(hass: HomeAssistant, language: str, err: Exception) -> str:
    """Return the sentence that a user hears, in their language or in English.

    A SessionError has the sentence of its reason, a HomeAssistantError the one of a failed tool.
    """
    translations = await _async_sentences(hass, language)
    sentence = translations.get(_message_key(_reason(err)))
    return translations[_message_key(UNEXPECTED)] if sentence is None else sentence


async def async_actions_sentence(hass: HomeAssistant, language: str, started: int, done: int) -> str:
    """Return the sentence that says how much of an answer's actions was done before it broke off."""
    translations = await _async_sentences(hass, language)
    key = ACTIONS_DONE if done == started else ACTIONS_UNFINISHED
    return translations[_message_key(key)].format(started=started, done=done)


async def _async_sentences(hass: HomeAssistant, language: str) -> dict[str, str]:
    """Return the sentences of a language by their keys, or English ones."""
    # A pipeline may speak the German of Austria, and Home Assistant opens the file of exactly that name or none. It fills
    # up with English what a language lacks.
    [translated, *_] = [*language_util.matches(language, TRANSLATED), language]
    return await async_get_translations(hass, translated, "exceptions", [DOMAIN])


def _reason(err: Exception) -> str:
    """Return the key of the sentence for an error; a ladder that is exhausted speaks for the cause."""
    match err:
        case LadderExhausted(cause=SessionError() as cause):
            return cause.reason
        case SessionError():
            return err.reason
        case HomeAssistantError():
            return TOOL_FAILED
        case _:
            return UNEXPECTED


def _message_key(reason: str) -> str:
    """Return where the translations keep a reason's sentence."""
    return f"component.{DOMAIN}.exceptions.{reason}.message"
