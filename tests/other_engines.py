"""Speech engines of somebody else's, as pipelines mix them with ours."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
import re
from typing import Any, ClassVar

from homeassistant.components import conversation, stt, tts
from homeassistant.components.conversation.const import DATA_COMPONENT as AGENT_COMPONENT
from homeassistant.components.stt.const import DATA_COMPONENT as STT_COMPONENT
from homeassistant.components.tts.const import DATA_COMPONENT as TTS_COMPONENT
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant

OTHER_STT = "stt.other"
OTHER_TTS = "tts.other"
OTHER_AGENT = "conversation.other"
OTHER_VOICE = b"The voice of another engine"
STORY = "Once upon a time there was a house that could hear, and it answered whoever spoke to it."
OTHER_TRANSCRIPT = "Turn on the kitchen light."


class OtherTTS(tts.TextToSpeechEntity):
    """Speaks whatever it is given, at once and as a whole."""

    _attr_name = "Other"
    _attr_default_language = "en"

    def __init__(self) -> None:
        self._attr_supported_languages = ["en"]
        self._attr_supported_options = [tts.ATTR_PREFERRED_FORMAT]
        self.entity_id = OTHER_TTS
        self.spoken: list[str] = []

    async def async_get_tts_audio(self, message: str, language: str, options: dict[str, Any]) -> tts.TtsAudioType:
        """Return the voice."""
        self.spoken.append(message)
        return "raw", OTHER_VOICE


class OtherSTT(stt.SpeechToTextEntity):
    """Hears the same in everything."""

    _attr_name = "Other"
    supported_languages: ClassVar = ["en"]
    supported_formats: ClassVar = [stt.AudioFormats.WAV]
    supported_codecs: ClassVar = [stt.AudioCodecs.PCM]
    supported_bit_rates: ClassVar = [stt.AudioBitRates.BITRATE_16]
    supported_sample_rates: ClassVar = [stt.AudioSampleRates.SAMPLERATE_16000]
    supported_channels: ClassVar = [stt.AudioChannels.CHANNEL_MONO]

    def __init__(self) -> None:
        self.entity_id = OTHER_STT

    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        """Return the transcript once the voice has ended."""
        async for _ in stream:
            pass
        return stt.SpeechResult(OTHER_TRANSCRIPT, stt.SpeechResultState.SUCCESS)


async def add_other_tts(hass: HomeAssistant) -> OtherTTS:
    """Add another text-to-speech engine."""
    entity = OtherTTS()
    await hass.data[TTS_COMPONENT].async_add_entities([entity])
    return entity


async def add_other_stt(hass: HomeAssistant) -> OtherSTT:
    """Add another speech-to-text engine."""
    entity = OtherSTT()
    await hass.data[STT_COMPONENT].async_add_entities([entity])
    return entity


class OtherAgent(conversation.ConversationEntity):
    """Answers the same to everything, word by word."""

    _attr_name = "Other"
    _attr_supports_streaming = True

    def __init__(self, answer: str, *, ends: bool) -> None:
        self.entity_id = OTHER_AGENT
        self._answer = answer
        self._ends = ends

    @property
    def supported_languages(self) -> str:
        """Return that it takes every language."""
        return MATCH_ALL

    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        """Answer."""
        async for _ in chat_log.async_add_delta_content_stream(self.entity_id, self._deltas()):
            pass
        return conversation.async_get_result_from_chat_log(user_input, chat_log)

    async def _deltas(self) -> AsyncGenerator[conversation.AssistantContentDeltaDict]:
        yield {"role": "assistant"}
        for word in re.findall(r"\S+\s?", self._answer):
            yield {"content": word}
            # Home Assistant's text-to-speech reads on in between, as it does with a model that writes.
            await asyncio.sleep(0)
        if not self._ends:
            await asyncio.Event().wait()


async def add_other_agent(hass: HomeAssistant, answer: str = STORY, *, ends: bool = True) -> None:
    """Add another conversation agent."""
    await hass.data[AGENT_COMPONENT].async_add_entities([OtherAgent(answer, ends=ends)])
