"""The accent of the beta, and of the servers that still have it: speaches and Azure Voice Live."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, override

from local_server.wire.accents.accent import Accent, Event, Voices, refuse_event, refuse_unknown

_PCM: Final = "pcm16"
_GA_PCM: Final[Mapping[str, Any]] = {"type": "audio/pcm", "rate": 24_000}
_SESSION: Final = frozenset(
    {
        "model",
        "modalities",
        "instructions",
        "voice",
        "input_audio_format",
        "output_audio_format",
        "input_audio_transcription",
        "input_audio_noise_reduction",
        "turn_detection",
        "tools",
        "tool_choice",
        "temperature",
        "max_response_output_tokens",
        "speed",
    }
)
_RESPONSE: Final = frozenset(
    {
        "conversation",
        "input",
        "instructions",
        "max_response_output_tokens",
        "metadata",
        "modalities",
        "temperature",
        "tool_choice",
        "tools",
        "voice",
    }
)
_NAMES: Final = {
    "conversation.item.added": "conversation.item.created",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
_PARTS: Final = {"output_text": "text", "output_audio": "audio"}


class BetaAccent(Accent):
    """As OpenAI's own servers spoke until May 2026."""

    models: Mapping[str, str] = {"gpt-4o-realtime-preview": "gpt-realtime-1.5", "my-pipeline": "gpt-realtime-1.5"}
    session_fields = _SESSION

    def __init__(self) -> None:
        self._names = Voices()

    @override
    def heard(self, event: Event) -> Iterable[Event]:
        """Yield a client's event in the words of GA."""
        match event:
            case {"type": "session.update", "session": dict() as session}:
                refuse_unknown(session, self.session_fields, "session")
                yield {**event, "session": self._session_heard(session)}
            case {"type": "conversation.item.create", "item": dict() as item}:
                yield {**event, "item": _item_heard(item)}
            case {"type": "response.create", "response": dict() as response}:
                refuse_unknown(response, _RESPONSE, "response")
                yield {**event, "response": _response_heard(response)}
            case _:
                yield event

    @override
    def said(self, event: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Yield an event of the server as the beta has it."""
        if event["type"] == "conversation.item.done":
            return
        told = {**event, "type": _NAMES.get(event["type"], event["type"])}
        if "session" in event:
            told["session"] = self._session_said(event["session"])
        if "item" in event:
            told["item"] = _item_said(event["item"])
        if "response" in event:
            told["response"] = self._response_said(event["response"])
        yield told

    def voice_heard(self, voice: Any) -> str:
        """Return the voice that speaks in the place of the wanted one."""
        return self._names.stand_in(voice)

    def _session_heard(self, session: Mapping[str, Any]) -> Event:
        listening: Event = {}
        speaking: Event = {}
        heard: Event = {"type": "realtime", "audio": {"input": listening, "output": speaking}}
        for name, value in session.items():
            match name:
                case "modalities":
                    heard["output_modalities"] = ["audio"] if "audio" in value else ["text"]
                case "max_response_output_tokens":
                    heard["max_output_tokens"] = value
                case "voice":
                    speaking["voice"] = self.voice_heard(value)
                case "speed":
                    speaking["speed"] = value
                case "turn_detection":
                    listening["turn_detection"] = value
                case "input_audio_transcription":
                    listening["transcription"] = self._names.listener(value)
                case "input_audio_noise_reduction":
                    listening["noise_reduction"] = value
                case "instructions" | "tools" | "tool_choice":
                    heard[name] = value
        return heard

    def _session_said(self, session: Mapping[str, Any]) -> Event:
        listening = session["audio"]["input"]
        return {
            "id": session["id"],
            "object": "realtime.session",
            "model": session["model"],
            "modalities": ["text"] if session["output_modalities"] == ["text"] else ["text", "audio"],
            "instructions": session["instructions"],
            "voice": self._names.voice,
            "input_audio_format": _PCM,
            "output_audio_format": _PCM,
            "input_audio_transcription": self._names.transcription,
            "input_audio_noise_reduction": listening["noise_reduction"],
            "turn_detection": listening["turn_detection"],
            "tools": session["tools"],
            "tool_choice": session["tool_choice"],
            "max_response_output_tokens": session["max_output_tokens"],
            "expires_at": session["expires_at"],
        }

    def _response_said(self, response: Mapping[str, Any]) -> Event:
        told = {name: value for name, value in response.items() if name not in {"output_modalities", "audio"}}
        return {
            **told,
            "output": [_item_said(item) for item in response["output"]],
            "modalities": ["text"] if response["output_modalities"] == ["text"] else ["text", "audio"],
            "voice": self._names.voice,
            "output_audio_format": _PCM,
            "temperature": None,
        }


class SpeachesAccent(BetaAccent):
    """As speaches speaks: nothing is cut off, and nothing runs beside the conversation."""

    @override
    def heard(self, event: Event) -> Iterable[Event]:
        """Yield a client's event in the words of GA, unless it asks for what there is not."""
        beside = isinstance(response := event.get("response"), dict) and response.get("conversation") == "none"
        if beside or event.get("type") in {"response.cancel", "conversation.item.truncate"}:
            raise refuse_event(event)
        yield from super().heard(event)


class VoiceLiveAccent(BetaAccent):
    """As Azure Voice Live speaks: a voice says whose it is."""

    session_fields = _SESSION | {"input_audio_sampling_rate"}

    @override
    def voice_heard(self, voice: Any) -> str:
        """Return the voice that speaks in the place of the wanted one, which must say whose it is."""
        if not isinstance(voice, dict):
            raise refuse_event({"type": "session.voice"})
        refuse_unknown(voice, frozenset({"name", "type"}), "session.voice")
        return super().voice_heard(voice)

    @override
    def _session_said(self, session: Mapping[str, Any]) -> Event:
        told = super()._session_said(session)
        voice = told["voice"] if isinstance(told["voice"], dict) else {"name": told["voice"], "type": "openai"}
        return {**told, "voice": voice, "input_audio_sampling_rate": _GA_PCM["rate"]}


def _item_heard(item: Mapping[str, Any]) -> Event:
    """Return an item in the words of GA; its own names of parts are unknown here."""
    if item.get("role") != "assistant":
        return dict(item)
    names = {was: now for now, was in _PARTS.items()}
    content = [
        {**part, "type": names.get(part.get("type"), f"unknown_{part.get('type')}")} for part in item.get("content", ())
    ]
    return {**item, "content": content}


def _response_heard(response: Mapping[str, Any]) -> Event:
    heard = {name: value for name, value in response.items() if name not in {"modalities", "voice", "temperature"}}
    if "modalities" in response:
        heard["output_modalities"] = ["audio"] if "audio" in response["modalities"] else ["text"]
    if "max_response_output_tokens" in heard:
        heard["max_output_tokens"] = heard.pop("max_response_output_tokens")
    return heard


def _item_said(item: Mapping[str, Any]) -> Event:
    told = {"object": "realtime.item", **{name: value for name, value in item.items() if name != "phase"}}
    if "content" in item:
        told["content"] = [{**part, "type": _PARTS.get(part["type"], part["type"])} for part in item["content"]]
    return told
