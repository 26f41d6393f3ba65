"""What the server has billed, what of it has reached this house, and what that comes to.

Nothing of the integration adds anything up here: tokens are counted in the server's own events, and multiplied by the
price card of the model that the connection was for.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from custom_components.realtime_assist.realtime import RealtimeProtocol
from custom_components.realtime_assist.realtime.catalog import PriceCard, TranscriptionCard

BEGUN, DONE = "response.created", "response.done"
COMMITTED, HEARD = "input_audio_buffer.committed", "conversation.item.input_audio_transcription.completed"
_KINDS = ("text", "audio", "image")
_STEP = Decimal("1e-12")


@dataclass(slots=True, kw_only=True)
class Account:
    """What a part of the bill comes to."""

    responses: int = 0
    transcriptions: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)


@dataclass(slots=True, kw_only=True)
class Bill:
    """All that was billed, by response or item id: the model and the server's `usage`; `settle` adds it up."""

    prices: Callable[[str], PriceCard] | None = None
    transcription_prices: TranscriptionCard | None = None
    arrived: Account = field(default_factory=Account)
    lost: Account = field(default_factory=Account)
    """What was billed, and what no message that was read here has told of."""
    unannounced: Account = field(default_factory=Account)
    """Of what the end has arrived and the beginning has not: nobody here takes it for an answer, or for speech."""
    without_usage: int = 0
    """Responses that the server has sent no usage of."""
    cut_off: int = 0
    """Responses that ended with their socket: nobody ever says what these have cost."""
    _running: set[str] = field(default_factory=set)
    _responses: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    _transcriptions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)
    _read: set[str] = field(default_factory=set)

    def sent(self, model: str, event: Mapping[str, Any]) -> None:
        """Take note of what the server says, whether it leaves the server or not."""
        if event["type"] == BEGUN:
            self._running.add(event["response"]["id"])
        elif event["type"] == DONE:
            self._running.discard(event["response"]["id"])
            if (usage := event["response"]["usage"]) is None:
                self.without_usage += 1
            else:
                self._responses[event["response"]["id"]] = model, usage
                if event["response"]["conversation_id"] is None:
                    # A text that is read aloud is known by its tag.
                    self._begun.add(event["response"]["id"])
        elif event["type"] == HEARD:
            self._transcriptions[event["item_id"]] = event["usage"]

    def received(self, message: bytes) -> None:
        """Take note of a message that this house has read from a socket."""
        if not any(name.encode() in message for name in (BEGUN, DONE, COMMITTED, HEARD)):
            return
        try:
            event = orjson.loads(message)
        except orjson.JSONDecodeError:
            return
        if event["type"] == BEGUN:
            self._begun.add(event["response"]["id"])
        elif event["type"] == DONE:
            self._read.add(event["response"]["id"])
        elif event["type"] == COMMITTED:
            self._begun.add(event["item_id"])
        elif event["type"] == HEARD:
            self._read.add(event["item_id"])

    def settle(self) -> None:
        """Add up what there is, at a moment at which nothing is on its way."""
        for key, (model, usage) in self._responses.items():
            account = self._account(key)
            account.responses += 1
            account.tokens_in += usage["input_tokens"]
            account.tokens_out += usage["output_tokens"]
            account.cost += _response_cost(usage, self.prices(model))
        for key, usage in self._transcriptions.items():
            account = self._account(key)
            account.transcriptions += 1
            account.cost += _transcription_cost(usage, self.transcription_prices)
        self.cut_off += len(self._running)
        for known in (self._running, self._begun, self._responses, self._transcriptions, self._read):
            known.clear()

    def _account(self, key: str) -> Account:
        """Return where something belongs, by what of it was read here."""
        if key not in self._read:
            return self.lost
        return self.arrived if key in self._begun else self.unannounced


def _response_cost(usage: Mapping[str, Any], card: PriceCard) -> Decimal:
    read, written = usage["input_token_details"], usage["output_token_details"]
    cached = read["cached_tokens_details"]
    total = Decimal(0)
    for kind in _KINDS:
        name, rates = f"{kind}_tokens", getattr(card, kind)
        if read[name]:
            total += (read[name] - cached[name]) * rates.input + cached[name] * rates.cached
        if written.get(name):
            total += written[name] * rates.output
    return total / 1_000_000


def _transcription_cost(usage: Mapping[str, Any], card: TranscriptionCard) -> Decimal:
    return (Decimal(str(usage["seconds"])) * card.minute / 60).quantize(_STEP)


@contextmanager
def overheard(bill: Bill) -> Iterator[None]:
    """Show the bill what this house reads from its sockets, and change nothing about it."""
    receive = RealtimeProtocol.receive_message

    def receive_message(protocol: RealtimeProtocol, message: bytes, now: float) -> None:
        bill.received(message)
        receive(protocol, message, now)

    RealtimeProtocol.receive_message = receive_message
    try:
        yield
    finally:
        RealtimeProtocol.receive_message = receive
