"""What a user hears and reads when a session fails."""

from collections.abc import Iterator

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import DOMAIN
from custom_components.realtime_assist.errors import async_error_sentence, translated_error
from custom_components.realtime_assist.session import SessionError


def family(base: type[SessionError]) -> Iterator[type[SessionError]]:
    """Yield every error that has a reason."""
    for error in base.__subclasses__():
        if hasattr(error, "reason"):
            yield error
        yield from family(error)


ERRORS = list(family(SessionError))
HEARD_WHATEVER_FAILS = "Something went wrong. Please look at the log."


@pytest.mark.parametrize("error", ERRORS)
async def test_every_failure_has_a_sentence_for_the_ear(hass: HomeAssistant, error: type[SessionError]) -> None:
    """The sentence is short, whole, and not the one for all the rest."""
    sentence = await async_error_sentence(hass, "en", error())
    assert sentence != HEARD_WHATEVER_FAILS
    assert sentence.endswith(".")
    assert len(sentence) < 100
    assert not set(sentence) & set("`{}*_/")


async def test_sentences_are_told_apart(hass: HomeAssistant) -> None:
    """No two causes sound alike."""
    sentences = [await async_error_sentence(hass, "en", error()) for error in ERRORS]
    assert len(set(sentences)) == len({error.reason for error in ERRORS}) > 10


async def test_a_language_without_a_translation_hears_english(hass: HomeAssistant) -> None:
    """English is better than silence."""
    error = ERRORS[0]()
    assert await async_error_sentence(hass, "cy", error) == await async_error_sentence(hass, "en", error)


async def test_a_failed_tool_and_the_unexpected_have_sentences(hass: HomeAssistant) -> None:
    """Home Assistant's own errors come from tools; nothing of a stranger's message is spoken."""
    assert await async_error_sentence(hass, "en", HomeAssistantError("sk-secret")) == (
        "That didn't work in the house. Please try again."
    )
    assert await async_error_sentence(hass, "en", RuntimeError("sk-secret")) == HEARD_WHATEVER_FAILS


async def test_a_failure_of_a_later_kind_is_unexpected(hass: HomeAssistant) -> None:
    """A reason that has no sentence is still answered."""

    class Later(SessionError):
        reason = "later"

    assert await async_error_sentence(hass, "en", Later()) == HEARD_WHATEVER_FAILS


async def test_an_error_message_is_translated(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """The exception that actions raise shows the same sentence."""
    for error in ERRORS:
        raised = translated_error(error())
        assert (raised.translation_domain, raised.translation_key) == (DOMAIN, error.reason)
        assert str(raised) == (await async_error_sentence(hass, "en", error())).rstrip(".")
