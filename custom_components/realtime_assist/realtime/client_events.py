"""The shapes of the events that we send, and the bytes of the one that is sent most."""

from binascii import b2a_base64
from typing import Any, Literal, NotRequired, TypedDict


class MessageItem(TypedDict):
    """A message of the user or the assistant."""

    id: str
    type: Literal["message"]
    role: Literal["user", "assistant", "system"]
    content: list[dict[str, Any]]


class FunctionCallItem(TypedDict):
    """A function call, as it is told to a new session."""

    id: str
    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str


class FunctionCallOutputItem(TypedDict):
    """What a function returned."""

    id: str
    type: Literal["function_call_output"]
    call_id: str
    output: str


type ItemParam = MessageItem | FunctionCallItem | FunctionCallOutputItem


class SessionUpdate(TypedDict):
    """Change the fields that are present, keep the others."""

    type: Literal["session.update"]
    event_id: str
    session: dict[str, Any]


class InputAudioBufferCommit(TypedDict):
    """Make the buffered audio a user message."""

    type: Literal["input_audio_buffer.commit"]
    event_id: str


class InputAudioBufferClear(TypedDict):
    """Forget the buffered audio."""

    type: Literal["input_audio_buffer.clear"]
    event_id: str


class ConversationItemCreate(TypedDict):
    """Add an item, at the end or behind another; `root` is the beginning."""

    type: Literal["conversation.item.create"]
    event_id: str
    item: ItemParam
    previous_item_id: NotRequired[str]


class ConversationItemDelete(TypedDict):
    """Remove an item from the conversation."""

    type: Literal["conversation.item.delete"]
    event_id: str
    item_id: str


class ConversationItemTruncate(TypedDict):
    """Shorten an answer to what was heard of it."""

    type: Literal["conversation.item.truncate"]
    event_id: str
    item_id: str
    content_index: int
    audio_end_ms: int


class ResponseCreate(TypedDict):
    """Ask for an answer."""

    type: Literal["response.create"]
    event_id: str
    response: NotRequired[dict[str, Any]]


class ResponseCancel(TypedDict):
    """Stop an answer."""

    type: Literal["response.cancel"]
    event_id: str
    response_id: NotRequired[str]


type ClientEvent = (
    SessionUpdate
    | InputAudioBufferCommit
    | InputAudioBufferClear
    | ConversationItemCreate
    | ConversationItemDelete
    | ConversationItemTruncate
    | ResponseCreate
    | ResponseCancel
)

_APPEND_HEAD = b'{"type":"input_audio_buffer.append","audio":"'
_APPEND_TAIL = b'"}'


def input_audio_buffer_append(pcm: bytes) -> bytes:
    """Return the `input_audio_buffer.append` of PCM16 at 24 kHz.

    Joined around the base64, which costs a fifth of what a JSON encoder costs. It carries no event id, as the server
    does not acknowledge it.
    """
    return b"".join((_APPEND_HEAD, b2a_base64(pcm, newline=False), _APPEND_TAIL))
