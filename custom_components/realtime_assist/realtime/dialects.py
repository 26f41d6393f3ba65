"""How servers that speak the protocol differ: in shapes, in names, and in what they cannot do. All of it is data.

One client speaks to all of them. The deviations are those that the servers' own documents and recorded traffic show,
read on 2026-11-22.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from .catalog import DialectName
from .client_events import ItemParam
from .item_shapes import as_they_are, beta_item, beta_response
from .other_readings import SPEECH_TO_SPEECH_READINGS
from .server_events import Reader
from .session_config import Modality, SemanticVad, ServerVad, SessionConfig
from .session_shapes import beta_session, ga_session, voice_live_session, xai_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One server family's way of saying the same, and what it cannot do."""

    name: DialectName
    session: Callable[[SessionConfig], dict[str, Any]]
    """The whole configuration in the shape of `session.update`; fields of the top level are sent when they change."""
    item: Callable[[ItemParam], ItemParam] = as_they_are
    """An item of the conversation, from the shape of GA to the server's."""
    response: Callable[[Mapping[str, Any]], Mapping[str, Any]] = as_they_are
    """The `response` of a `response.create`, from the shape of GA to the server's."""
    event_names: Mapping[str, str] = field(default_factory=dict)
    """The server's own names of events, and what they are called here."""
    readings: Mapping[str, Reader] = field(default_factory=dict)
    """Events, by the name that they have here, that mean something else from this server."""
    cancels: bool = True
    """Whether `response.cancel` stops a response."""
    deletes_items: bool = True
    """Whether `conversation.item.delete` takes an item out of the conversation."""
    truncates: bool = True
    """Whether `conversation.item.truncate` shortens an answer to what was heard of it."""
    side_responses: bool = True
    """Whether a response can run out of band, beside the conversation, and says which request it answers."""
    speech_model: str | None = None
    """The model that reads texts aloud over plain HTTP where no side response can; None where there is none."""
    text_output: bool = True
    """Whether an answer can be text alone."""
    commits: bool = True
    """Whether `input_audio_buffer.commit` ends the user's speech; where not, only the server's turn detection does."""
    commits_under_turn_detection: bool = True
    """Whether it does so as well while the server's own turn detection is on."""
    answers_commits: bool = False
    """Whether speech is answered as soon as it is committed: a `response.create` beside the commit would be another."""
    semantic_vad: bool = True
    """Whether the server can tell by the words that the user has finished."""
    retention_ratio: bool = True
    """Whether the server can be told what to drop of a long conversation."""

    def adapted(self, config: SessionConfig) -> SessionConfig:
        """Return a configuration without what the server does not take."""
        detection = config.turn_detection
        if (isinstance(detection, SemanticVad) and not self.semantic_vad) or (detection is None and not self.commits):
            detection = ServerVad()
        return replace(
            config,
            turn_detection=detection,
            modality=config.modality if self.text_output else Modality.AUDIO,
            truncation=config.truncation if self.retention_ratio else None,
        )


_BETA_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        f"response.{was}.{what}": f"response.{now}.{what}"
        for was, now in (
            ("text", "output_text"),
            ("audio", "output_audio"),
            ("audio_transcript", "output_audio_transcript"),
        )
        for what in ("delta", "done")
    }
)

GA: Final = Dialect(name=DialectName.GA, session=ga_session)

# Microsoft's hosts spoke GA without `retention_ratio` when somebody tried in November 2025.
_AZURE = replace(GA, name=DialectName.AZURE, retention_ratio=False)

# Truncation lands late or never; `metadata` does not come back, so nothing tells a side response from an answer.
_XAI = Dialect(
    name=DialectName.XAI,
    session=xai_session,
    truncates=False,
    side_responses=False,
    text_output=False,
    answers_commits=True,
    semantic_vad=False,
    retention_ratio=False,
)

_LOCALAI = replace(GA, name=DialectName.LOCALAI, commits_under_turn_detection=False, retention_ratio=False)

_SPEECH_TO_SPEECH = replace(
    GA,
    name=DialectName.SPEECH_TO_SPEECH,
    readings=SPEECH_TO_SPEECH_READINGS,
    deletes_items=False,
    truncates=False,
    side_responses=False,
    text_output=False,
    commits=False,
    semantic_vad=False,
    retention_ratio=False,
)

_VLLM_OMNI = replace(
    GA,
    name=DialectName.VLLM_OMNI,
    cancels=False,
    deletes_items=False,
    truncates=False,
    side_responses=False,
    semantic_vad=False,
    retention_ratio=False,
)

_BETA = Dialect(
    name=DialectName.BETA,
    session=beta_session,
    item=beta_item,
    response=beta_response,
    event_names=_BETA_EVENTS,
    retention_ratio=False,
)

# It takes OpenAI's name of a speech model for its own default one.
_SPEACHES = replace(
    _BETA,
    name=DialectName.SPEACHES,
    cancels=False,
    truncates=False,
    side_responses=False,
    speech_model="tts-1",
    semantic_vad=False,
)

_VOICE_LIVE = replace(_BETA, name=DialectName.VOICE_LIVE, session=voice_live_session)

DIALECTS: Mapping[DialectName, Dialect] = MappingProxyType(
    {
        dialect.name: dialect
        for dialect in (
            GA,
            _AZURE,
            _XAI,
            _LOCALAI,
            _SPEECH_TO_SPEECH,
            _VLLM_OMNI,
            _BETA,
            _SPEACHES,
            _VOICE_LIVE,
        )
    }
)
