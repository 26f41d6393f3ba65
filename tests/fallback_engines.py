"""Engines at home that stand in when no model can answer: they need no network, and remember what they were asked."""

import asyncio
from collections.abc import AsyncIterable
import io
from typing import Any
import wave

from homeassistant.components import conversation, stt, tts
from homeassistant.components.conversation.const import DATA_COMPONENT as AGENT_COMPONENT
from homeassistant.components.stt.const import DATA_COMPONENT as STT_COMPONENT
from homeassistant.components.tts.const import DATA_COMPONENT as TTS_COMPONENT
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import intent

LOCAL_STT = "stt.at_home"
LOCAL_TTS = "tts.at_home"
LOCAL_AGENT = "conversation.at_home"
COMMAND = "Turn on the kitchen light."
LOCAL_PCM = bytes(range(256)) * 63
"""The local voice at 16 kHz."""


class LocalSTT(stt.SpeechToTextEntity):
    """Hears the same command in everything, at a rate and in a language of its own."""

    _attr_name = "At home"

    def __init__(self, *, rate: int = 16_000, languages: tuple[str, ...] = ("en-US",), fails: bool = False) -> None:
        self.entity_id = LOCAL_STT
        self._rate = rate
        self._languages = languages
        self._fails = fails
        self.heard: list[tuple[stt.SpeechMetadata, bytes]] = []

    @property
    def supported_languages(self) -> list[str]:
        """Return the languages."""
        return list(self._languages)

    @property
    def supported_formats(self) -> list[stt.AudioFormats]:
        """Return the formats."""
        return [stt.AudioFormats.OGG, stt.AudioFormats.WAV]

    @property
    def supported_codecs(self) -> list[stt.AudioCodecs]:
        """Return the codecs."""
        return [stt.AudioCodecs.OPUS, stt.AudioCodecs.PCM]

    @property
    def supported_bit_rates(self) -> list[stt.AudioBitRates]:
        """Return the bit rates."""
        return [stt.AudioBitRates.BITRATE_16]

    @property
    def supported_sample_rates(self) -> list[stt.AudioSampleRates]:
        """Return the one rate."""
        return [stt.AudioSampleRates(self._rate)]

    @property
    def supported_channels(self) -> list[stt.AudioChannels]:
        """Return the channels."""
        return [stt.AudioChannels.CHANNEL_MONO]

    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        """Return the command once the voice has ended."""
        self.heard.append((metadata, b"".join([frame async for frame in stream])))
        if self._fails:
            raise HomeAssistantError("The ears are deaf")
        return stt.SpeechResult(COMMAND, stt.SpeechResultState.SUCCESS)


class LocalTTS(tts.TextToSpeechEntity):
    """Speaks the same tone for everything, in a format of its own."""

    _attr_name = "At home"
    _attr_default_language = "en-US"

    def __init__(self, *, fails: bool = False) -> None:
        self._attr_supported_languages = ["en-US"]
        self.entity_id = LOCAL_TTS
        self._fails = fails
        self.spoken: list[str] = []

    async def async_get_tts_audio(self, message: str, language: str, options: dict[str, Any]) -> tts.TtsAudioType:
        """Return the voice."""
        self.spoken.append(message)
        if self._fails:
            raise HomeAssistantError("The mouth is dumb")
        return "wav", local_wav()


class LocalAgent(conversation.ConversationEntity):
    """Answers the same to everything, or fails in a way of its own."""

    _attr_name = "At home"

    def __init__(self, answer: str, *, fails: str | None = None) -> None:
        self.entity_id = LOCAL_AGENT
        self._answer = answer
        self._fails = fails
        self.asked: list[conversation.ConversationInput] = []
        self.called = asyncio.Event()

    @property
    def supported_languages(self) -> str:
        """Return that it takes every language."""
        return MATCH_ALL

    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        """Answer, or raise, or answer with an error."""
        self.asked.append(user_input)
        self.called.set()
        if self._fails == "raises":
            raise HomeAssistantError("Nobody is at home")
        if self._fails == "has a bug":
            raise RuntimeError("Nobody knows why")
        if self._fails == "never answers":
            await asyncio.Event().wait()
        chat_log.async_add_assistant_content_without_tools(
            conversation.AssistantContent(agent_id=self.entity_id, content=self._answer)
        )
        if self._fails is None:
            return conversation.async_get_result_from_chat_log(user_input, chat_log)
        response = intent.IntentResponse(language=user_input.language)
        response.async_set_error(intent.IntentResponseErrorCode.NO_INTENT_MATCH, self._answer)
        return conversation.ConversationResult(response=response, conversation_id=chat_log.conversation_id)


class OldAgent(conversation.AbstractConversationAgent):
    """Answers as agents did before there were chat logs."""

    @property
    def supported_languages(self) -> str:
        """Return that it takes every language."""
        return MATCH_ALL

    async def async_process(self, user_input: conversation.ConversationInput) -> conversation.ConversationResult:
        """Answer."""
        response = intent.IntentResponse(language=user_input.language)
        response.async_set_speech("I am old.")
        return conversation.ConversationResult(response=response, conversation_id=user_input.conversation_id)


def local_wav() -> bytes:
    """Return what the local voice makes."""
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(16_000)
        audio.writeframes(LOCAL_PCM)
    return file.getvalue()


async def add_local_stt(hass: HomeAssistant, **traits: Any) -> LocalSTT:
    """Add the ears."""
    entity = LocalSTT(**traits)
    await hass.data[STT_COMPONENT].async_add_entities([entity])
    return entity


async def add_local_tts(hass: HomeAssistant, **traits: Any) -> LocalTTS:
    """Add the mouth."""
    entity = LocalTTS(**traits)
    await hass.data[TTS_COMPONENT].async_add_entities([entity])
    return entity


async def add_local_agent(hass: HomeAssistant, answer: str = "I am at home.", **traits: Any) -> LocalAgent:
    """Add the mind."""
    entity = LocalAgent(answer, **traits)
    await hass.data[AGENT_COMPONENT].async_add_entities([entity])
    return entity
