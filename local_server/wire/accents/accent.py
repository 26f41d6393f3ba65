"""What an accent is: between the wire and a session that knows the GA protocol alone."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from local_server.wire.errors import WireError
from local_server.wire.shape import invalid

type Event = dict[str, Any]

# What the session itself can speak with and listen by; others' names stand for these.
_OWN_VOICE: Final = "alloy"
_OWN_TRANSCRIPTION: Final = "gpt-realtime-whisper"


class Accent:
    """The accent of one session; this one is GA's, and changes nothing."""

    models: Mapping[str, str] = {}
    """Names of models that this kind of server has, and which of ours is behind each."""
    answers_commits = False
    """Whether speech is answered as soon as it is committed, and whatever is being said then is broken off."""

    def heard(self, event: Event) -> Iterable[Event]:
        """Yield what a client's event asks for in the words of GA. Raises WireError for what there is not."""
        yield event

    def said(self, event: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Yield a server event of GA as this kind of server says it."""
        yield event


class Voices:
    """Stands in for voices and transcription models that are called by names of their own."""

    def __init__(self) -> None:
        self._voice: Any = _OWN_VOICE
        self._transcription: Any = None

    def stand_in(self, voice: Any) -> str:
        """Take note of a voice's name; return the one that speaks in its place."""
        self._voice = voice
        return _OWN_VOICE

    def listener(self, transcription: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Take note of a transcription's settings; return those that are gone by."""
        self._transcription = transcription
        return None if transcription is None else {"model": _OWN_TRANSCRIPTION}

    @property
    def voice(self) -> Any:
        """Return the voice as the client has named it."""
        return self._voice

    @property
    def transcription(self) -> Any:
        """Return the transcription as the client has set it."""
        return self._transcription


def refuse_unknown(fields: Mapping[str, Any], known: frozenset[str], path: str) -> None:
    """Raise WireError for the first field that this kind of server does not have."""
    for name in fields:
        if name not in known:
            message = f"Unknown parameter: '{path}.{name}'."
            raise WireError("unknown_parameter", message, param=f"{path}.{name}")


def refuse_event(event: Mapping[str, Any]) -> WireError:
    """Return the refusal of an event that this kind of server does not serve."""
    return invalid("type", f"Invalid value: '{event.get('type')}'. It is not supported here.")
