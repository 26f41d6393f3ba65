"""How an instruction becomes an announcement in our own voice."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

from homeassistant.components import conversation, tts
from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import intent
from homeassistant.helpers.chat_session import async_get_chat_session

from .agents import entity_id_of
from .const import DOMAIN
from .coordinator import AgentCoordinator
from .sound import speaking

SATELLITE = "assist_satellite"
MEDIA_PLAYER = "media_player"

# What the model is told beside the agent's own prompt, as nobody stands before it with a question.
ANNOUNCEMENT_PROMPT = (
    "The next message is an instruction of an automation, not of a person. Carry it out; what you answer is played "
    "to the people in the house. Say only what they should hear, and ask no question."
)

# Since 2026.11 a chat session asks for whom it is opened; the house speaks here, and nobody answers.
_FOR_NOBODY: dict[str, Any] = {"context": None} if "context" in signature(async_get_chat_session).parameters else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """An instruction, and where what the model makes of it is to be heard."""

    agent: AgentCoordinator
    instruction: str
    targets: Sequence[str] = ()
    """Entity ids of satellites and media players; none where the text alone is wanted."""
    preannounce: bool = True
    """Whether satellites play a sound before."""
    language: str

    async def async_say(self, hass: HomeAssistant, context: Context) -> str:
        """Have the model follow the instruction and its answer played; return what it said once that is heard.

        Raises ServiceValidationError for targets that cannot play, HomeAssistantError where nobody has an answer.
        """
        if strange := [target for target in self.targets if target.partition(".")[0] not in {SATELLITE, MEDIA_PLAYER}]:
            raise _refusal("unsupported_target", entity=", ".join(strange))
        engines = [self._engine(hass, platform) for platform in (Platform.CONVERSATION, Platform.TTS)]
        with async_get_chat_session(hass, **_FOR_NOBODY) as session:
            text = await self._async_answer(hass, engines[0], session.conversation_id, context)
            if not self.targets:
                return text
            if not text:
                raise _failure("nothing_said")
            stream = tts.async_create_stream(hass, engines[1])
            # Within the conversation, so that our engine knows its own answer and plays what the model has spoken.
            stream.async_set_message(text)
        await self._async_play(hass, stream.media_source_id, text, context)
        return text

    def _engine(self, hass: HomeAssistant, platform: Platform) -> str:
        """Return one of the agent's entities. Raises ServiceValidationError where the user has disabled it."""
        entity_id = entity_id_of(hass, self.agent.subentry.subentry_id, platform)
        if entity_id is None or hass.states.get(entity_id) is None:
            raise _refusal("entity_missing", platform=platform)
        return entity_id

    async def _async_answer(self, hass: HomeAssistant, agent_id: str, conversation_id: str, context: Context) -> str:
        """Return what the agent makes of the instruction. Raises HomeAssistantError with what it says is wrong."""
        with speaking(bool(self.targets)):
            result = await conversation.async_converse(
                hass,
                self.instruction,
                conversation_id,
                context,
                language=self.language,
                agent_id=agent_id,
                extra_system_prompt=ANNOUNCEMENT_PROMPT if self.targets else None,
            )
        text = str(result.response.speech.get("plain", {}).get("speech") or "").strip()
        if result.response.response_type is intent.IntentResponseType.ERROR:
            raise _failure("not_said", problem=text)
        return text

    async def _async_play(self, hass: HomeAssistant, media_id: str, text: str, context: Context) -> None:
        """Play the audio everywhere at once, until it is heard. Raises what the first target that cannot raises."""
        calls = [
            hass.services.async_call(domain, action, {ATTR_ENTITY_ID: target, **data}, blocking=True, context=context)
            for target in self.targets
            for domain, action, data in [self._call(target.partition(".")[0], media_id, text)]
        ]
        results = await asyncio.gather(*calls, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def _call(self, domain: str, media_id: str, text: str) -> tuple[str, str, dict[str, Any]]:
        """Return the action that plays audio on a target: a text alone would be spoken by its pipeline's own voice."""
        if domain == SATELLITE:
            return domain, "announce", {"message": text, "media_id": media_id, "preannounce": self.preannounce}
        return domain, "play_media", {"media_content_id": media_id, "media_content_type": "music", "announce": True}


def _refusal(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error that says what to ask for instead."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


def _failure(key: str, **placeholders: str) -> HomeAssistantError:
    """Return the error that says why nothing was said."""
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)
