"""The story expects its fallbacks and no others."""

import asyncio

import pytest

from demo.fallbacks import Step, failures, steps

GONE = Step(kind="model", left="a", taken="b", reason="model_not_found")
HEARD = Step(kind="stt", left="stt.ours", taken="stt.ears", reason="cannot_connect")


def test_events_of_the_bus_become_steps_in_order() -> None:
    queue: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    for kind in ("model", "stt"):
        queue.put_nowait({"data": {"kind": kind, "from": "a", "to": "b", "reason": "why", "conversation_id": None}})
    assert [str(step) for step in steps(queue)] == ["model: a -> b (why)", "stt: a -> b (why)"]
    assert steps(queue) == ()


@pytest.mark.parametrize(
    ("expected", "found", "wrong"),
    [
        ((GONE, HEARD), (HEARD, GONE), []),
        ((Step(kind="model"),), (GONE,), []),
        ((GONE,), (), ["expected the fallback model: a -> b (model_not_found), it was not told"]),
        ((), (HEARD,), ["expected no other fallback, got stt: stt.ours -> stt.ears (cannot_connect)"]),
        ((GONE,), (GONE, GONE), ["expected no other fallback, got model: a -> b (model_not_found)"]),
        (
            (Step(kind="model", reason="rate_limit_exceeded"),),
            (GONE,),
            [
                "expected the fallback model: * -> * (rate_limit_exceeded), it was not told",
                "expected no other fallback, got model: a -> b (model_not_found)",
            ],
        ),
    ],
)
def test_each_missing_and_each_unexpected_step_is_told(
    expected: tuple[Step, ...], found: tuple[Step, ...], wrong: list[str]
) -> None:
    assert failures(expected, found) == wrong
