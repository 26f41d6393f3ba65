"""What has the server billed? Its own account, turn by turn, on prices that stand here and nowhere in the integration."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
import re
from typing import Any, NamedTuple, Self

from local_server.wire import RealtimeServer, scenario_from_dict

KEY = "sk-endurance"
MODEL, TRANSCRIPTION_MODEL = "gpt-realtime-2.1", "gpt-transcribe"
PRICES = {
    "text_input": "4",
    "text_cached": "0.4",
    "text_output": "24",
    "audio_input": "32",
    "audio_cached": "0.4",
    "audio_output": "64",
}
"""USD per million tokens."""
MINUTE = "0.006"
"""USD per minute of speech that is written down."""
TOOL = "intent__GetDateTime"
# One answer of seven asks the house something first.
_CALLS = 1 / 7
_MILLION = Decimal("1e6")
_NUMBER = re.compile(r"number (\d+)\.")


class Used(NamedTuple):
    """What a turn has used. The scripted figures are so many and so odd that no two turns have the same."""

    text_input: int = 0
    text_cached: int = 0
    text_output: int = 0
    audio_input: int = 0
    audio_cached: int = 0
    audio_output: int = 0
    heard: int = 0
    """Seconds of speech that were written down."""

    def plus(self, other: Self) -> Self:
        """Add kind by kind."""
        return type(self)(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def cost(self) -> Decimal:
        """Return USD, exactly."""
        figures = self._asdict()
        for modality in ("text", "audio"):
            figures[f"{modality}_input"] -= figures[f"{modality}_cached"]
        tokens = sum((Decimal(price) * figures[kind] for kind, price in PRICES.items()), start=Decimal(0))
        return tokens / _MILLION + Decimal(MINUTE) * self.heard / 60

    @property
    def input(self) -> int:
        """Return the tokens read."""
        return self.text_input + self.audio_input

    @property
    def cached(self) -> int:
        """Return those of them that were cached."""
        return self.text_cached + self.audio_cached

    @property
    def output(self) -> int:
        """Return the tokens written."""
        return self.text_output + self.audio_output


@dataclass(slots=True)
class Bill:
    """What a server has billed."""

    turns: dict[int, Used] = field(default_factory=dict)
    """What each turn used, by the number in its answer."""
    rest: list[Used] = field(default_factory=list)
    """What was used in turns that never came to an answer."""

    @property
    def used(self) -> Counter[Used]:
        """Return how often something was used; a turn is known again by it."""
        return Counter(self.turns.values())

    @property
    def cost(self) -> Decimal:
        """Return USD, exactly."""
        return sum((used.cost for used in (*self.turns.values(), *self.rest)), start=Decimal(0))


def number_in(answer: str) -> int | None:
    """Return the number that an answer has in it."""
    found = _NUMBER.search(answer)
    return None if found is None else int(found[1])


def billing_server(random: Random, answers: int) -> RealtimeServer:
    """Return a server with so many answers, each with a number and a usage of its own."""
    responses = [_response(number, random) for number in range(answers)]
    turns = ["What is the temperature in the bedroom?"]
    return RealtimeServer(keys=[KEY], scenario=scenario_from_dict({"turns": turns, "responses": responses}))


def bill_of(server: RealtimeServer) -> Bill:
    """Add up what a server has sent so far."""
    bill = Bill()
    for connection in server.connections:
        _add_up(connection.sent, bill)
    return bill


def _response(number: int, random: Random) -> Mapping[str, Any]:
    calls = [{"name": TOOL, "arguments": {}}] if random.random() < _CALLS else []
    said = {"calls": calls} if calls else {"text": f"That was number {number}.", "audio_ms": 400}
    return {**said, "usage": _usage(random), "delay": random.uniform(0.1, 0.8), "delta_delay": 0.02}


def _usage(random: Random) -> Mapping[str, Any]:
    text, audio = random.randint(2_000, 20_000), random.randint(20, 400)
    cached = random.randint(0, text), random.randint(0, audio)
    written, spoken = random.randint(20, 900), random.randint(20, 900)
    return {
        "total_tokens": text + audio + written + spoken,
        "input_tokens": text + audio,
        "output_tokens": written + spoken,
        "input_token_details": {
            "text_tokens": text,
            "audio_tokens": audio,
            "image_tokens": 0,
            "cached_tokens": sum(cached),
            "cached_tokens_details": {"text_tokens": cached[0], "audio_tokens": cached[1], "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": written, "audio_tokens": spoken},
    }


def _add_up(sent: Sequence[Mapping[str, Any]], bill: Bill) -> None:
    """Add a connection. A turn ends in the response that says its number; before it there may be calls."""
    used = Used()
    for event in sent:
        match event["type"]:
            case "conversation.item.input_audio_transcription.completed":
                used = used.plus(Used(heard=event["usage"]["seconds"]))
            case "response.done":
                used = used.plus(_used(event["response"]["usage"]))
                if (number := _said(event["response"]["output"])) is not None:
                    bill.turns[number] = used
                    used = Used()
    bill.rest.append(used)


def _used(usage: Mapping[str, Any]) -> Used:
    read, written = usage["input_token_details"], usage["output_token_details"]
    cached = read["cached_tokens_details"]
    return Used(
        text_input=read["text_tokens"],
        text_cached=cached["text_tokens"],
        text_output=written["text_tokens"],
        audio_input=read["audio_tokens"],
        audio_cached=cached["audio_tokens"],
        audio_output=written["audio_tokens"],
    )


def _said(output: Sequence[Mapping[str, Any]]) -> int | None:
    contents = (content for item in output for content in item.get("content", ()))
    words = (content.get("transcript") or content.get("text") or "" for content in contents)
    return next((number for word in words if (number := number_in(word)) is not None), None)
