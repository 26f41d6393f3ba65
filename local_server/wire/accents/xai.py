"""The accent of xAI's Grok Voice: GA's names, with shapes and habits of its own."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, override

from local_server.wire.accents.accent import Accent, Event, Voices, refuse_event, refuse_unknown
from local_server.wire.ids import new_id

_SESSION: Final = frozenset({"instructions", "voice", "turn_detection", "tools", "tool_choice", "reasoning", "audio"})
_INPUT: Final = frozenset({"format", "transcription"})
_OUTPUT: Final = frozenset({"format"})
_TRANSCRIPTION: Final = "conversation.item.input_audio_transcription"
_UNSAID: Final = frozenset({"conversation.item.done", "rate_limits.updated"})
_LEFT_OUT: Final = {
    "response.content_part.done": {"part"},
    "response.function_call_arguments.delta": {"output_index"},
}
_GUESSED_WORDS: Final = 2
"""After as many words a guess is told."""


class XaiAccent(Accent):
    """As api.x.ai speaks: speech is answered as soon as it is committed, transcripts come as guesses first."""

    models: Mapping[str, str] = dict.fromkeys(
        ("grok-voice-latest", "grok-voice-think-fast-2.0", "grok-voice-3.0"), "gpt-realtime-1.5"
    )

    answers_commits = True

    def __init__(self) -> None:
        self._names = Voices()
        self._introduced = False
        self._deaf = False
        self._guesses: dict[str, str] = {}

    @override
    def heard(self, event: Event) -> Iterable[Event]:
        """Yield what an event asks for in the words of GA."""
        match event:
            case {"type": "session.update", "session": dict() as session}:
                yield {**event, "session": self._session_heard(session)}
            case {"type": "input_audio_buffer.commit"}:
                yield event
                self._deaf = True
            case {"type": "conversation.item.create" | "input_audio_buffer.clear"}:
                self._deaf = False
                yield event
            case {"type": "response.create"}:
                if isinstance(response := event.get("response"), dict) and "conversation" in response:
                    raise refuse_event(event)
                # A request after speech that was answered is dropped without a word.
                if not self._deaf:
                    yield event
            case {"type": "conversation.item.truncate"}:
                raise refuse_event(event)
            case _:
                yield event

    @override
    def said(self, event: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Yield an event of the server as xAI has it."""
        if event["type"] in _UNSAID:
            return
        match event:
            case {"type": "session.created", "session": session}:
                yield {**event, "session": self._greeting(session)}
            case {"type": "session.updated", "session": session}:
                yield from self._introduction()
                yield {**event, "session": self._session_said(session), "previous_item_id": None}
            case {"type": "response.created" | "response.done", "response": response}:
                yield self._response_said(event, response)
            case {"type": str(name)} if name.startswith(_TRANSCRIPTION):
                yield from self._transcribed(event)
            case {"item": item}:
                yield {**event, "item": _item_said(item, whole=event["type"] == "conversation.item.added")}
            case {"type": "response.content_part.done" | "response.function_call_arguments.delta"}:
                yield {name: value for name, value in event.items() if name not in _LEFT_OUT[event["type"]]}
            case _:
                yield event

    def _session_heard(self, session: Mapping[str, Any]) -> Event:
        refuse_unknown(session, _SESSION, "session")
        audio = session.get("audio", {})
        refuse_unknown(audio.get("input", {}), _INPUT, "session.audio.input")
        refuse_unknown(audio.get("output", {}), _OUTPUT, "session.audio.output")
        heard: Event = {"type": "realtime", "audio": {"input": {}, "output": {}}}
        for name in ("instructions", "tools", "tool_choice"):
            if name in session:
                heard[name] = session[name]
        if "voice" in session:
            heard["audio"]["output"]["voice"] = self._names.stand_in(session["voice"])
        if "transcription" in audio.get("input", {}):
            heard["audio"]["input"]["transcription"] = self._names.listener(audio["input"]["transcription"])
        if "turn_detection" in session:
            detection = session["turn_detection"]
            # Whatever is asked for: who has finished speaking is answered.
            heard["audio"]["input"]["turn_detection"] = detection and {**detection, "create_response": True}
        return heard

    def _greeting(self, session: Mapping[str, Any]) -> Event:
        return {
            "id": session["id"],
            "object": "realtime.session",
            "instructions": "",
            "voice": "ara",
            "modalities": ["audio"],
            "turn_detection": {"type": None},
            "tools": [],
            "model": session["model"],
        }

    def _introduction(self) -> Iterable[Event]:
        """Yield what comes before the first answer to anything."""
        if self._introduced:
            return
        self._introduced = True
        conversation = {"id": new_id("conv"), "object": "realtime.conversation"}
        for event_type, fields in (
            ("conversation.created", {"conversation": conversation}),
            ("ping", {"timestamp": 0}),
        ):
            yield {"type": event_type, "event_id": new_id("event"), **fields, "previous_item_id": None}

    def _session_said(self, session: Mapping[str, Any]) -> Event:
        return {
            "instructions": session["instructions"],
            "voice": self._names.voice,
            "turn_detection": session["audio"]["input"]["turn_detection"],
            "model": session["model"],
            "tools": session["tools"],
            "modalities": ["audio"],
            "tool_choice": session["tool_choice"],
            "audio": {
                "input": {
                    "format": session["audio"]["input"]["format"],
                    "transport": "json",
                    "transcription": self._names.transcription,
                },
                "output": {"format": session["audio"]["output"]["format"], "transport": "json"},
            },
        }

    def _response_said(self, event: Mapping[str, Any], response: Mapping[str, Any]) -> Event:
        told: Event = {
            **event,
            "response": {
                "id": response["id"],
                "object": "realtime.response",
                "output": [_item_said(item, whole=True) for item in response["output"]],
                "status": response["status"],
                "status_details": "unimplemented",
                "usage": {},
            },
            "previous_item_id": None,
        }
        if event["type"] == "response.done":
            told |= {"response_id": response["id"], "usage": _usage(response["usage"])}
        return told

    def _transcribed(self, event: Mapping[str, Any]) -> Iterable[Event]:
        item_id = event["item_id"]
        place = {"item_id": item_id, "content_index": 0, "previous_item_id": None}
        match event["type"].removeprefix(f"{_TRANSCRIPTION}."):
            case "delta":
                self._guesses[item_id] = guess = self._guesses.get(item_id, "") + event["delta"]
                if len(guess.split()) == _GUESSED_WORDS:
                    yield {
                        "type": f"{_TRANSCRIPTION}.updated",
                        "event_id": new_id("event"),
                        **place,
                        "transcript": guess,
                    }
                    yield {**event_completed(place, guess), "status": "in_progress"}
            case "completed":
                self._guesses.pop(item_id, None)
                yield {**event_completed(place, event["transcript"]), "status": "completed"}
            case _:
                yield dict(event)


def event_completed(place: Mapping[str, Any], transcript: str) -> Event:
    """Return a transcript, which may be a guess still."""
    return {
        "type": f"{_TRANSCRIPTION}.completed",
        "event_id": new_id("event"),
        **place,
        "transcript": transcript,
    }


def _item_said(item: Mapping[str, Any], *, whole: bool) -> Event:
    """Return an item; only where it is in the conversation has it content."""
    told = {"object": "realtime.item", **{name: value for name, value in item.items() if name != "phase"}}
    if "content" in told:
        told["content"] = [_part_said(part) for part in item["content"]]
    if not whole:
        told.pop("content", None)
    return told


def _part_said(part: Mapping[str, Any]) -> Event:
    if part["type"] in {"output_audio", "output_text"}:
        return {"type": "audio", "transcript": part.get("transcript", part.get("text", ""))}
    return {**part, "transcript": part.get("transcript") or ""} if part["type"] == "input_audio" else dict(part)


def _usage(usage: Mapping[str, Any] | None) -> Event | None:
    """Return what a response has used, in tokens that are not billed and seconds that are."""
    if usage is None:
        return None
    kinds = {
        side: {name: usage[side][name] for name in ("text_tokens", "audio_tokens")} | {"grok_tokens": 0}
        for side in ("input_token_details", "output_token_details")
    }
    seconds = kinds["output_token_details"]["audio_tokens"] / 20
    totals = {name: usage[name] for name in ("input_tokens", "output_tokens", "total_tokens")}
    return {**totals, **kinds, "output_audio_seconds": seconds, "billable_audio_seconds": int(seconds)}
