"""What was used, as recorded servers reported it and as odd ones may."""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.realtime_assist.realtime import TokenCounts, TranscriptionUsage, Usage

# As gpt-realtime-2.1 reported the second response of a tool round: most of the prompt came from the cache.
CACHED_ROUND = {
    "total_tokens": 416,
    "input_tokens": 401,
    "output_tokens": 15,
    "input_token_details": {
        "text_tokens": 401,
        "audio_tokens": 0,
        "image_tokens": 0,
        "cached_tokens": 384,
        "cached_tokens_details": {"text_tokens": 384, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 15, "audio_tokens": 0},
}
# As gpt-realtime reported a spoken question and its spoken answer.
SPOKEN = {
    "total_tokens": 205,
    "input_tokens": 41,
    "output_tokens": 164,
    "input_token_details": {
        "text_tokens": 14,
        "audio_tokens": 27,
        "image_tokens": 0,
        "cached_tokens": 0,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 28, "audio_tokens": 136},
}
# As gpt-realtime-2.1 reported an answer that it thought about.
THOUGHT = {
    "total_tokens": 84,
    "input_tokens": 51,
    "output_tokens": 33,
    "input_token_details": {
        "text_tokens": 51,
        "audio_tokens": 0,
        "image_tokens": 0,
        "cached_tokens": 0,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 33, "audio_tokens": 0, "reasoning_tokens": 17},
}


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        pytest.param(
            CACHED_ROUND,
            Usage(input=TokenCounts(text=401), cached=TokenCounts(text=384), output=TokenCounts(text=15)),
            id="cached",
        ),
        pytest.param(
            SPOKEN,
            Usage(input=TokenCounts(text=14, audio=27), output=TokenCounts(text=28, audio=136)),
            id="spoken",
        ),
        pytest.param(
            THOUGHT, Usage(input=TokenCounts(text=51), output=TokenCounts(text=33), reasoning=17), id="thought"
        ),
    ],
)
def test_a_response_is_counted_as_the_server_reports_it(reported: dict[str, Any], expected: Usage):
    assert Usage.from_wire(reported) == expected


@pytest.mark.parametrize("reported", [None, {}, [], "unimplemented", 7])
def test_no_report_is_unknown_and_not_nothing(reported: Any):
    assert Usage.from_wire(reported) is None


@pytest.mark.parametrize(
    "reported",
    [
        {"total_tokens": 84},
        {"input_token_details": None, "output_token_details": "unimplemented"},
        {"input_token_details": {"text_tokens": None, "audio_tokens": -3, "image_tokens": True}},
        {"input_token_details": {"cached_tokens": 64, "cached_tokens_details": None}},
        {"output_token_details": {"text_tokens": "33", "reasoning_tokens": 1.5}},
    ],
)
def test_what_is_no_count_counts_nothing(reported: dict[str, Any]):
    assert Usage.from_wire(reported) == Usage()


counts = st.builds(TokenCounts, text=st.integers(0, 10**6), audio=st.integers(0, 10**6), image=st.integers(0, 10**6))
usages = st.builds(Usage, input=counts, cached=counts, output=counts, reasoning=st.integers(0, 10**6))


@settings(deadline=None)
@given(first=usages, second=usages, third=usages)
def test_responses_add_up_in_any_order(first: Usage, second: Usage, third: Usage):
    assert first + second + third == third + (second + first)
    assert first + Usage() == first


def test_responses_add_up_bucket_by_bucket():
    first = Usage(
        input=TokenCounts(text=1, audio=2, image=3),
        cached=TokenCounts(text=4, audio=5, image=6),
        output=TokenCounts(text=7, audio=8),
        reasoning=9,
    )
    second = Usage(
        input=TokenCounts(text=10, audio=20, image=30),
        cached=TokenCounts(text=40, audio=50, image=60),
        output=TokenCounts(text=70, audio=80),
        reasoning=90,
    )
    assert first + second == Usage(
        input=TokenCounts(text=11, audio=22, image=33),
        cached=TokenCounts(text=44, audio=55, image=66),
        output=TokenCounts(text=77, audio=88),
        reasoning=99,
    )


def test_a_single_token_counts():
    reported = {"input_token_details": {"text_tokens": 1, "audio_tokens": 1, "image_tokens": 1}}
    assert Usage.from_wire(reported) == Usage(input=TokenCounts(text=1, audio=1, image=1))


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        pytest.param({"type": "duration", "seconds": 3}, TranscriptionUsage(seconds=3.0), id="seconds"),
        pytest.param({"type": "duration", "seconds": 1.25}, TranscriptionUsage(seconds=1.25), id="part-of-a-second"),
        pytest.param({"type": "duration", "seconds": 0}, TranscriptionUsage(seconds=0.0), id="no-time"),
        pytest.param(
            {
                "type": "tokens",
                "total_tokens": 39,
                "input_tokens": 31,
                "input_token_details": {"text_tokens": 4, "audio_tokens": 27},
                "output_tokens": 8,
            },
            TranscriptionUsage(input=TokenCounts(text=4, audio=27), output_tokens=8),
            id="tokens",
        ),
        pytest.param({"type": "tokens"}, TranscriptionUsage(), id="nothing-counted"),
    ],
)
def test_a_transcription_is_billed_by_the_second_or_by_the_token(
    reported: dict[str, Any], expected: TranscriptionUsage
):
    assert TranscriptionUsage.from_wire(reported) == expected


@pytest.mark.parametrize("absurd", [10_000_001, 2**63, 1e30])
@pytest.mark.parametrize("place", ["input_token_details", "output_token_details"])
def test_more_than_there_can_be_is_no_report(absurd: float, place: str):
    reported = {place: {"text_tokens": absurd, "audio_tokens": 3}}
    assert Usage.from_wire(reported) is None
    assert Usage.from_wire({"input_token_details": {"cached_tokens_details": {"audio_tokens": absurd}}}) is None


@pytest.mark.parametrize(
    "reported",
    [
        {"type": "tokens", "output_tokens": 1e30},
        {"type": "tokens", "input_token_details": {"audio_tokens": 2**63}},
        {"type": "duration", "seconds": 1e9},
    ],
)
def test_a_transcription_of_more_than_there_can_be_is_no_report(reported: dict[str, Any]):
    assert TranscriptionUsage.from_wire(reported) is None


@pytest.mark.parametrize("reported", [None, [], "duration", 3])
def test_no_report_of_a_transcription_is_unknown(reported: Any):
    assert TranscriptionUsage.from_wire(reported) is None


@pytest.mark.parametrize("seconds", [None, "3", True, -3, -0.5, [], {}])
def test_what_is_no_duration_is_unknown(seconds: Any):
    assert TranscriptionUsage.from_wire({"type": "duration", "seconds": seconds}) is None
