"""What a user is told that a turn has cost, cent for cent."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.realtime_assist.realtime import TokenCounts, TranscriptionUsage, Usage
from custom_components.realtime_assist.realtime.catalog import (
    UNKNOWN_PRICE,
    PriceCard,
    Rates,
    TranscriptionCard,
    model,
    transcription_model,
)
from custom_components.realtime_assist.realtime.pricing import (
    FREE,
    Cost,
    CostKind,
    InvalidPrice,
    cost,
    costs_elsewhere,
    overridden,
    overridden_transcription,
    transcription_cost,
    with_residency,
)
from tests.captures import capture

type Wire = dict[str, Any]


def wire_usage(
    text: int = 0,
    *,
    audio: int = 0,
    cached_text: int = 0,
    text_out: int = 0,
    audio_out: int = 0,
    reasoning: int | None = None,
) -> Wire:
    """Return a usage object as api.openai.com writes it."""
    output = {"text_tokens": text_out, "audio_tokens": audio_out}
    return {
        "total_tokens": text + audio + text_out + audio_out,
        "input_tokens": text + audio,
        "output_tokens": text_out + audio_out,
        "input_token_details": {
            "text_tokens": text,
            "audio_tokens": audio,
            "image_tokens": 0,
            "cached_tokens": cached_text,
            "cached_tokens_details": {"text_tokens": cached_text, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": output if reasoning is None else {**output, "reasoning_tokens": reasoning},
    }


# Copied by hand from recorded conversations with api.openai.com, in the order of their responses.
RECORDED: dict[str, list[Wire]] = {
    "openai_2_1_history_seeding": [wire_usage(text=51, text_out=33, reasoning=17)],
    "openai_2_1_text_tool_round": [
        wire_usage(text=347, text_out=36),
        wire_usage(text=401, cached_text=384, text_out=15),
    ],
    "openai_history_seeding": [wire_usage(text=149, text_out=14)],
    "openai_text_in_audio_out": [wire_usage(text=16, text_out=9, audio_out=15)],
    "openai_tool_call_round": [wire_usage(text=63, text_out=22), wire_usage(text=103, cached_text=64, text_out=13)],
    "openai_audio_in_server_vad": [wire_usage(text=14, audio=27, text_out=28, audio_out=136)],
}
SEEDED = RECORDED["openai_2_1_history_seeding"][0]
CACHED_2_1 = RECORDED["openai_2_1_text_tool_round"][1]
CACHED = RECORDED["openai_tool_call_round"][1]
SPOKEN = RECORDED["openai_audio_in_server_vad"][0]


def usage(wire: Wire) -> Usage:
    read = Usage.from_wire(wire)
    assert read is not None
    return read


@pytest.mark.parametrize("name", RECORDED)
def test_the_hand_copied_usage_is_what_was_recorded(name: str) -> None:
    done = [event for way, event in capture(name) if way == "received" and event["type"] == "response.done"]
    assert [event["response"]["usage"] for event in done] == RECORDED[name]


# Worked by hand: tokens times USD per million, in millionths of a dollar.
@pytest.mark.parametrize(
    ("model_id", "wire", "millionths"),
    [
        # 51 x 4.00 = 204; 33 x 24.00 = 792; the 17 of thought are among the 33.
        ("gpt-realtime-2.1", SEEDED, "996"),
        # 347 x 4.00 = 1388; 36 x 24.00 = 864.
        ("gpt-realtime-2.1", RECORDED["openai_2_1_text_tool_round"][0], "2252"),
        # 384 of the 401 are cached: 17 x 4.00 = 68; 384 x 0.40 = 153.6; 15 x 24.00 = 360.
        ("gpt-realtime-2.1", CACHED_2_1, "581.6"),
        # 17 x 0.60 = 10.2; 384 x 0.06 = 23.04; 15 x 2.40 = 36.
        ("gpt-realtime-2.1-mini", CACHED_2_1, "69.24"),
        # 14 x 0.60 = 8.4; 27 x 10.00 = 270; 28 x 2.40 = 67.2; 136 x 20.00 = 2720.
        ("gpt-realtime-2.1-mini", SPOKEN, "3065.6"),
        # 14 x 4.00 = 56; 27 x 32.00 = 864; 28 x 24.00 = 672; 136 x 64.00 = 8704.
        ("gpt-realtime-2", SPOKEN, "10296"),
        # 149 x 4.00 = 596; 14 x 16.00 = 224.
        ("gpt-realtime-1.5", RECORDED["openai_history_seeding"][0], "820"),
        # 14 x 4.00 = 56; 27 x 32.00 = 864; 28 x 16.00 = 448; 136 x 64.00 = 8704.
        ("gpt-realtime", SPOKEN, "10072"),
        # 16 x 4.00 = 64; 9 x 16.00 = 144; 15 x 64.00 = 960.
        ("gpt-realtime", RECORDED["openai_text_in_audio_out"][0], "1168"),
        # 63 x 4.00 = 252; 22 x 16.00 = 352.
        ("gpt-realtime", RECORDED["openai_tool_call_round"][0], "604"),
        # 39 x 4.00 = 156; 64 x 0.40 = 25.6; 13 x 16.00 = 208.
        ("gpt-realtime-2025-08-28", CACHED, "389.6"),
        # 39 x 0.60 = 23.4; 64 x 0.06 = 3.84; 13 x 2.40 = 31.2.
        ("gpt-realtime-mini", CACHED, "58.44"),
        # 39 x 5.00 = 195; 64 x 2.50 = 160; 13 x 20.00 = 260.
        ("gpt-4o-realtime-preview", CACHED, "615"),
        # 14 x 5.00 = 70; 27 x 40.00 = 1080; 28 x 20.00 = 560; 136 x 80.00 = 10880.
        ("gpt-4o-realtime-preview", SPOKEN, "12590"),
        # 14 x 5.00 = 70; 27 x 100.00 = 2700; 28 x 20.00 = 560; 136 x 200.00 = 27200.
        ("gpt-4o-realtime-preview-2024-10-01", SPOKEN, "30530"),
        # 39 x 0.60 = 23.4; 64 x 0.30 = 19.2; 13 x 2.40 = 31.2.
        ("gpt-4o-mini-realtime-preview", CACHED, "73.8"),
    ],
)
def test_a_recorded_response_costs_what_was_worked_by_hand(model_id: str, wire: Wire, millionths: str) -> None:
    assert cost(usage(wire), model(model_id).prices).total == Decimal(millionths) / 1_000_000


def test_a_cost_is_told_by_kind() -> None:
    assert cost(usage(SPOKEN), model("gpt-realtime").prices).by_kind == {
        CostKind.TEXT_INPUT: Decimal("0.000056"),
        CostKind.AUDIO_INPUT: Decimal("0.000864"),
        CostKind.TEXT_OUTPUT: Decimal("0.000448"),
        CostKind.AUDIO_OUTPUT: Decimal("0.008704"),
    }


def test_images_and_cached_audio_have_their_own_price() -> None:
    seen = Usage(
        input=TokenCounts(text=100, audio=30, image=1_000),
        cached=TokenCounts(audio=20, image=200),
        output=TokenCounts(audio=10),
    )
    # 100 x 4.00; 10 x 32.00 and 20 x 0.40; 800 x 5.00 and 200 x 0.50; 10 x 64.00.
    assert cost(seen, model("gpt-realtime-2.1").prices).by_kind == {
        CostKind.TEXT_INPUT: Decimal("0.000400"),
        CostKind.AUDIO_INPUT: Decimal("0.000320"),
        CostKind.AUDIO_CACHED: Decimal("0.000008"),
        CostKind.IMAGE_INPUT: Decimal("0.004"),
        CostKind.IMAGE_CACHED: Decimal("0.000100"),
        CostKind.AUDIO_OUTPUT: Decimal("0.000640"),
    }


def test_a_production_model_speaks_for_twenty_per_cent_less_than_the_preview_did() -> None:
    before = cost(usage(SPOKEN), model("gpt-4o-realtime-preview").prices).total
    after = cost(usage(SPOKEN), model("gpt-realtime").prices).total
    assert before is not None
    assert after == before * Decimal("0.8")


def test_more_cached_than_counted_costs_nothing_twice_and_nothing_below_zero() -> None:
    odd = Usage(input=TokenCounts(text=10), cached=TokenCounts(text=50, audio=5))
    assert cost(odd, model("gpt-realtime").prices) == Cost(by_kind={CostKind.TEXT_CACHED: Decimal("0.000004")})


@pytest.mark.parametrize(
    ("model_id", "spoken", "dollars"),
    [
        # As recorded with this model: 3 s at 0.017 a minute.
        ("gpt-realtime-whisper", {"type": "duration", "seconds": 3}, "0.00085"),
        ("gpt-transcribe", {"type": "duration", "seconds": 3.2}, "0.00024"),
        ("whisper-1", {"type": "duration", "seconds": 60}, "0.006"),
        # 14 x 2.50 = 35; 45 x 2.50 = 112.5; 12 x 10.00 = 120; in millionths.
        (
            "gpt-4o-transcribe",
            {
                "type": "tokens",
                "total_tokens": 71,
                "input_tokens": 59,
                "input_token_details": {"text_tokens": 14, "audio_tokens": 45},
                "output_tokens": 12,
            },
            "0.0002675",
        ),
    ],
)
def test_a_transcription_is_billed_on_its_own_card(model_id: str, spoken: Wire, dollars: str) -> None:
    billed = transcription_cost(TranscriptionUsage.from_wire(spoken), transcription_model(model_id).prices)
    assert billed.by_kind == {CostKind.TRANSCRIPTION: Decimal(dollars)}


@pytest.mark.parametrize(
    ("model_id", "spoken"),
    [
        ("my-deployment", TranscriptionUsage(seconds=3.0)),
        ("my-deployment", TranscriptionUsage(output_tokens=3)),
        ("gpt-transcribe", TranscriptionUsage(output_tokens=3)),
        ("gpt-4o-transcribe", TranscriptionUsage(seconds=3.0)),
    ],
)
def test_a_transcription_billed_otherwise_than_the_card_says_is_unknown(
    model_id: str, spoken: TranscriptionUsage
) -> None:
    assert transcription_cost(spoken, transcription_model(model_id).prices).total is None


def test_what_was_not_transcribed_is_free() -> None:
    assert transcription_cost(None, transcription_model("gpt-transcribe").prices) == FREE
    assert FREE.total == 0


def test_an_unknown_price_is_unknown_and_not_zero() -> None:
    unknown = cost(usage(SPOKEN), model("qwen-omni").prices)
    assert unknown.total is None
    assert unknown.priced == 0
    assert (unknown + cost(usage(SPOKEN), model("gpt-realtime").prices)).total is None
    assert (cost(usage(SPOKEN), model("gpt-realtime").prices) + unknown).total is None


def test_a_server_that_reports_no_usage_leaves_the_cost_unknown() -> None:
    assert cost(None, model("gpt-realtime").prices).total is None


def test_what_used_nothing_costs_nothing_even_without_a_price() -> None:
    assert cost(Usage(), UNKNOWN_PRICE).total == 0
    assert transcription_cost(TranscriptionUsage(), transcription_model("gpt-4o-transcribe").prices).total == 0


def test_the_same_tokens_are_priced_on_other_models() -> None:
    elsewhere = costs_elsewhere(usage(SPOKEN), [model("gpt-realtime-2.1-mini"), model("qwen-omni")])
    assert {model_id: each.total for model_id, each in elsewhere.items()} == {
        "gpt-realtime-2.1-mini": Decimal("0.0030656"),
        "qwen-omni": None,
    }


def test_prices_of_the_user_s_own_replace_those_of_the_catalog() -> None:
    own = overridden(
        model("gpt-realtime").prices,
        {"text_input": "3.50", "audio_output": 50, "text_cached": 0.1, "image_input": None},
    )
    assert own.text == Rates(input=Decimal("3.50"), cached=Decimal("0.1"), output=Decimal("16.00"))
    assert own.audio.output == 50
    assert own.image == Rates(input=None, cached=Decimal("0.50"))
    assert (own.source, own.as_of) == ("own price", None)
    # 39 x 3.50 = 136.5; 64 x 0.1 = 6.4; 13 x 16.00 = 208.
    assert cost(usage(CACHED), own).total == Decimal("0.0003509")


def test_an_unknown_model_gets_a_price_of_the_user_s_own() -> None:
    own = overridden(UNKNOWN_PRICE, {"text_input": "1", "text_cached": "1", "text_output": "2"})
    assert cost(usage(CACHED), own).total == Decimal("0.000129")


def test_no_prices_of_one_s_own_leave_a_card_as_it_is() -> None:
    assert overridden(UNKNOWN_PRICE, {}) is UNKNOWN_PRICE
    card = transcription_model("gpt-transcribe").prices
    assert overridden_transcription(card, {}) is card


@pytest.mark.parametrize("price", ["", "a lot", -1, "-0.01", "1e16", "NaN", float("inf"), True, [1]])
def test_what_is_no_price_is_refused_with_its_name(price: object) -> None:
    with pytest.raises(InvalidPrice, match=r"text_input: .* is no price; give USD as a number such as 0\.40"):
        overridden(UNKNOWN_PRICE, {"text_input": price})


def test_a_price_of_nothing_known_is_refused() -> None:
    with pytest.raises(InvalidPrice, match="no price for image_tokens, video_input; the prices are text_input"):
        overridden(UNKNOWN_PRICE, {"video_input": 1, "image_tokens": 1, "text_input": 1})
    with pytest.raises(InvalidPrice, match="no price for hour; the prices are minute"):
        overridden_transcription(TranscriptionCard(), {"hour": 1})


def test_transcriptions_take_prices_of_the_user_s_own() -> None:
    by_minute = overridden_transcription(transcription_model("gpt-4o-transcribe").prices, {"minute": "0.006"})
    assert transcription_cost(TranscriptionUsage(seconds=30.0), by_minute).total == Decimal("0.003")
    by_tokens = overridden_transcription(TranscriptionCard(), {"text_input": 1, "audio_input": 6, "output": 10})
    heard = TranscriptionUsage(input=TokenCounts(text=1, audio=10), output_tokens=2)
    assert transcription_cost(heard, by_tokens).total == Decimal("0.000081")
    unknown = overridden_transcription(transcription_model("gpt-transcribe").prices, {"minute": None})
    assert transcription_cost(TranscriptionUsage(seconds=30.0), unknown).total is None


def test_a_transcription_is_billed_one_way_or_the_other() -> None:
    with pytest.raises(InvalidPrice, match="by the minute or by tokens"):
        overridden_transcription(TranscriptionCard(), {"minute": 1, "output": 1})


def test_a_host_of_one_region_asks_ten_per_cent_more_for_the_newer_models() -> None:
    spoken = usage(SPOKEN)
    # 10296 millionths, and a tenth of it.
    assert cost(spoken, with_residency(model("gpt-realtime-2"))).total == Decimal("0.0113256")
    assert with_residency(model("gpt-realtime-1.5")) == model("gpt-realtime-1.5").prices
    assert with_residency(model("gpt-realtime-2")).image.output is None


tokens = st.builds(TokenCounts, text=st.integers(0, 10**6), audio=st.integers(0, 10**6), image=st.integers(0, 10**6))
usages = st.builds(Usage, input=tokens, cached=tokens, output=st.builds(TokenCounts, text=st.integers(0, 10**6)))
cards = st.sampled_from([model("gpt-realtime-2.1").prices, model("gpt-realtime-mini").prices, UNKNOWN_PRICE])


@settings(deadline=None)
@given(first=usages, second=usages, card=cards)
def test_costs_add_up_in_any_order(first: Usage, second: Usage, card: PriceCard) -> None:
    assert cost(first, card) + cost(second, card) == cost(second, card) + cost(first, card)


@settings(deadline=None)
@given(each=usages)
def test_caching_never_makes_a_response_dearer(each: Usage) -> None:
    card = model("gpt-realtime-2.1").prices
    cached = cost(each, card).total
    fresh = cost(Usage(input=each.input, output=each.output), card).total
    assert cached is not None
    assert fresh is not None
    assert 0 <= cached <= fresh


def test_a_card_is_complete_where_every_use_has_a_price() -> None:
    """Cached tokens are a use as well; images are not one of most conversations."""
    card = model("gpt-4o-realtime-preview").prices
    assert card.is_complete
    assert card.image.input is None
    assert not UNKNOWN_PRICE.is_complete
    assert not overridden(card, {"audio_cached": None}).is_complete
    assert not overridden(UNKNOWN_PRICE, {"text_input": 1}).is_complete


def test_a_transcription_card_is_complete_as_it_is_billed() -> None:
    """By the minute or by tokens; one of which nobody knows how is not."""
    assert transcription_model("gpt-transcribe").prices.is_complete
    assert transcription_model("gpt-4o-transcribe").prices.is_complete
    assert not TranscriptionCard().is_complete
    assert not overridden_transcription(transcription_model("gpt-transcribe").prices, {"minute": None}).is_complete
    assert not overridden_transcription(TranscriptionCard(), {"output": 1}).is_complete
