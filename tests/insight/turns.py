"""Turns as they come about: by hand, and any that can be."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, settings, strategies as st

from custom_components.realtime_assist.insight import Fallback, FallbackKind, Rung, Timings, ToolCalls, TurnRecord
from custom_components.realtime_assist.realtime import TokenCounts, TranscriptionUsage, Usage
from custom_components.realtime_assist.realtime.pricing import Cost, CostKind

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


# A machine that is busy with other things is no reason to fail.
patient = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def utc_date(epoch: float) -> date:
    return datetime.fromtimestamp(epoch, UTC).date()


def turn(started_at: float = NOON, cost: str | None = None, **parts: object) -> TurnRecord:
    """Return a turn of one agent; `cost` is what its text cost in USD."""
    priced = {} if cost is None else {"cost": Cost(by_kind={CostKind.TEXT_OUTPUT: Decimal(cost)})}
    return TurnRecord(**{"started_at": started_at, "agent_id": "agent", **priced, **parts})


_names = st.sampled_from(["kitchen", "hall", None])
_seconds = st.none() | st.floats(0, 600, allow_nan=False)
_small = st.integers(0, 5)
_tokens = st.builds(TokenCounts, text=st.integers(0, 10**6), audio=st.integers(0, 10**6), image=st.integers(0, 10**6))
_amounts = st.none() | st.decimals(0, 10, places=9, allow_nan=False, allow_infinity=False)

turns = st.builds(
    TurnRecord,
    started_at=st.floats(NOON - timedelta(days=3).total_seconds(), NOON, allow_nan=False),
    agent_id=st.sampled_from(["one", "two"]),
    language=st.sampled_from(["de", "en", None]),
    satellite=_names,
    model=st.sampled_from(["gpt-realtime-2.1", "gpt-realtime-1.5", None]),
    voice=st.sampled_from(["marin", "voice_1234", None]),
    rung=st.sampled_from(Rung),
    connect_seconds=_seconds,
    connections_tried=_small,
    connections_failed=_small,
    session_age=_seconds,
    timings=st.builds(
        Timings,
        transcript=_seconds,
        first_text=_seconds,
        first_audio=_seconds,
        total=_seconds,
        tools=st.lists(st.tuples(st.text(max_size=9), st.floats(0, 60)), max_size=2).map(tuple),
    ),
    usage=st.none() | st.builds(Usage, input=_tokens, cached=_tokens, output=_tokens, reasoning=_small),
    transcription_model=st.none() | st.just("gpt-transcribe"),
    transcription=st.none() | st.builds(TranscriptionUsage, seconds=_seconds, input=_tokens, output_tokens=_small),
    cost=st.builds(Cost, by_kind=st.dictionaries(st.sampled_from(CostKind), _amounts, max_size=4)),
    retries=_small,
    errors=st.dictionaries(st.sampled_from(["server_error", "rate_limit_exceeded"]), st.integers(1, 3)),
    fallbacks=st.lists(
        st.builds(
            Fallback,
            kind=st.sampled_from(FallbackKind),
            from_=st.text(max_size=9),
            to=st.text(max_size=9),
            reason=st.just("model_not_found"),
        ),
        max_size=2,
    ).map(tuple),
    tool_calls=st.builds(ToolCalls, made=_small, failed=_small, invalid=_small),
    cancelled=st.booleans(),
)
