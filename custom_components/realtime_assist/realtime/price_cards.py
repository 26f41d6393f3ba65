"""What OpenAI asks for a million tokens, and where and when it said so."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_MODEL_PAGES = "https://developers.openai.com/api/docs/models/"
_READ = date(2026, 11, 22)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """USD per million tokens of one kind; None is unknown, never free."""

    input: Decimal | None = None
    cached: Decimal | None = None
    output: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCard:
    """What a model's tokens cost, who says so, and when that was read. No source means that nothing is known."""

    text: Rates = Rates()
    audio: Rates = Rates()
    image: Rates = Rates()
    source: str | None = None
    as_of: date | None = None
    confirmed: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether all that a conversation uses has a price; images are no part of most."""
        rates = (self.text, self.audio)
        return all(None not in {rate.input, rate.cached, rate.output} for rate in rates)


UNKNOWN_PRICE = PriceCard()


def _rates(listed: str) -> Rates:
    """Read the rates as the pages list them: `input cached output`, the last of which images do not have."""
    amounts = [Decimal(amount) for amount in listed.split()]
    return Rates(input=amounts[0], cached=amounts[1], output=amounts[2] if len(amounts) > 2 else None)


def _card(text: str, audio: str, image: str | None, page: str, *, confirmed: bool = True) -> PriceCard:
    """Return the card of a model's page."""
    return PriceCard(
        text=_rates(text),
        audio=_rates(audio),
        image=Rates() if image is None else _rates(image),
        source=_MODEL_PAGES + page,
        as_of=_READ,
        confirmed=confirmed,
    )


GPT_REALTIME_2_1 = _card("4.00 0.40 24.00", "32.00 0.40 64.00", "5.00 0.50", "gpt-realtime-2.1")
GPT_REALTIME_2_1_MINI = _card("0.60 0.06 2.40", "10.00 0.30 20.00", "0.80 0.08", "gpt-realtime-2.1-mini")
GPT_REALTIME_2 = _card("4.00 0.40 24.00", "32.00 0.40 64.00", "5.00 0.50", "gpt-realtime-2")
GPT_REALTIME_1_5 = _card("4.00 0.40 16.00", "32.00 0.40 64.00", "5.00 0.50", "gpt-realtime-1.5")
# The page confirms the text; audio, images and the mini's cached tokens are as public clients bill them.
GPT_REALTIME = _card("4.00 0.40 16.00", "32.00 0.40 64.00", "5.00 0.50", "gpt-realtime", confirmed=False)
GPT_REALTIME_MINI = _card("0.60 0.06 2.40", "10.00 0.30 20.00", "0.80 0.08", "gpt-realtime-mini", confirmed=False)
# The previews take no images.
GPT_4O_REALTIME_PREVIEW = _card("5.00 2.50 20.00", "40.00 2.50 80.00", None, "gpt-4o-realtime-preview")
# The first snapshot was dearer; its price stands in a thread of OpenAI's forum, not on the page any more.
GPT_4O_REALTIME_PREVIEW_2024_10_01 = _card(
    "5.00 2.50 20.00", "100.00 20.00 200.00", None, "gpt-4o-realtime-preview", confirmed=False
)
GPT_4O_MINI_REALTIME_PREVIEW = _card("0.60 0.30 2.40", "10.00 0.30 20.00", None, "gpt-4o-mini-realtime-preview")
