"""How many tokens a response reads and writes."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

_CHARACTERS_PER_TOKEN: Final = 4
_SPECIAL_TOKENS: Final = 3
_CACHE_GRANULARITY: Final = 64
_IMAGE_TOKENS: Final = {"low": 85, "high": 765, "auto": 765}
_USER_MS_PER_TOKEN: Final = 100
_ASSISTANT_MS_PER_TOKEN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of the context with one identity: it is cached as a whole or broken by a change."""

    key: bytes
    text: int = 0
    audio: int = 0
    image: int = 0


def text_tokens(text: str) -> int:
    """Return the tokens of a text."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def audio_tokens(duration_ms: float, *, assistant: bool) -> int:
    """Return the tokens of audio: the user's 10 a second, the assistant's 20."""
    return round(duration_ms / (_ASSISTANT_MS_PER_TOKEN if assistant else _USER_MS_PER_TOKEN))


def preface(instructions: str, tools: Sequence[Mapping[str, Any]]) -> list[Segment]:
    """Return what stands before the conversation in every response."""
    segments = [Segment(key=instructions.encode(), text=_SPECIAL_TOKENS + text_tokens(instructions))]
    if tools:
        declared = orjson.dumps(list(tools))
        segments.append(Segment(key=declared, text=_SPECIAL_TOKENS + text_tokens(declared.decode())))
    return segments


def item_segment(item: Mapping[str, Any], audio_ms: Mapping[int, float]) -> Segment:
    """Return what an item weighs; `audio_ms` is the length of its audio by content index."""
    words = item.get("arguments", "") + item.get("output", "") + item.get("name", "")
    text, audio, image = _SPECIAL_TOKENS + text_tokens(words), 0, 0
    for index, content in enumerate(item.get("content", ())):
        text += text_tokens(content.get("text") or "")
        if content["type"] == "output_audio":
            text += text_tokens(content.get("transcript") or "")
        audio += audio_tokens(audio_ms.get(index, 0), assistant=item["role"] == "assistant")
        if content["type"] == "input_image":
            image += _IMAGE_TOKENS[content.get("detail") or "auto"]
    # A transcript of the user's audio comes later than the audio and is not what the model reads.
    identity = {name: value for name, value in item.items() if name not in ("status", "content")}
    content = [{k: v for k, v in part.items() if k != "transcript"} for part in item.get("content", ())]
    lengths = sorted(audio_ms.items())
    return Segment(key=orjson.dumps([identity, content, lengths]), text=text, audio=audio, image=image)


class UsageMeter:
    """Counts the responses of one session; what a response shares with an earlier one's beginning is cached."""

    def __init__(self) -> None:
        self._seen: deque[Sequence[Segment]] = deque(maxlen=8)

    def measure(
        self, read: Sequence[Segment], written: Sequence[Segment], *, output_text: int, output_audio: int
    ) -> dict[str, Any]:
        """Return the `usage` of a response that read `read`; `written` follows it in the next response."""
        cached = self._cached(read)
        self._seen.append((*read, *written))
        counts = _total(read)
        input_tokens, output_tokens = sum(counts.values()), output_text + output_audio
        return {
            "total_tokens": input_tokens + output_tokens,
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "input_token_details": {
                **counts,
                "cached_tokens": sum(cached.values()),
                "cached_tokens_details": cached,
            },
            "output_token_details": {"text_tokens": output_text, "audio_tokens": output_audio},
        }

    def _cached(self, read: Sequence[Segment]) -> dict[str, int]:
        shared = max((_shared(read, seen) for seen in self._seen), key=weight, default=())
        left = weight(shared) // _CACHE_GRANULARITY * _CACHE_GRANULARITY
        cached = dict.fromkeys(("text_tokens", "audio_tokens", "image_tokens"), 0)
        for segment in shared:
            for name, count in _total([segment]).items():
                part = min(left, count)
                cached[name] += part
                left -= part
        return cached


def _shared(one: Sequence[Segment], other: Sequence[Segment]) -> Sequence[Segment]:
    for index, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine.key != theirs.key:
            return one[:index]
    return one[: len(other)]


def weight(segments: Iterable[Segment]) -> int:
    """Return the tokens of all kinds."""
    return sum(segment.text + segment.audio + segment.image for segment in segments)


def _total(segments: Sequence[Segment]) -> dict[str, int]:
    return {
        "text_tokens": sum(segment.text for segment in segments),
        "audio_tokens": sum(segment.audio for segment in segments),
        "image_tokens": sum(segment.image for segment in segments),
    }
