"""Whatever comes over the wire, stands in storage or is typed: it is understood, or refused in the way that is promised.

The same targets are fed for longer, and with an eye on which lines they reach, by `scripts/endurance fuzz`.
"""

from functools import cache
from random import Random

from hypothesis import HealthCheck, given, settings, strategies as st
import orjson
import pytest

from .fuzz.corpus import SEEDS
from .fuzz.mutation import mutated
from .fuzz.targets import TARGETS

fuzz = settings(derandomize=True, deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))

_scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
_json = st.recursive(
    _scalars | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@cache
def seeds(target: str) -> list[bytes]:
    """Return the good input for a target."""
    return list(SEEDS[target]())


def test_every_target_has_something_to_begin_with() -> None:
    assert SEEDS.keys() == TARGETS.keys()


@pytest.mark.parametrize("target", TARGETS)
def test_good_input_is_taken(target: str) -> None:
    for seed in seeds(target):
        TARGETS[target](seed)


@pytest.mark.parametrize("target", TARGETS)
def test_nearly_good_input_is_understood_or_refused(target: str) -> None:
    @fuzz
    @given(seed=st.sampled_from(seeds(target)), random=st.integers(0, 2**32))
    def feed(seed: bytes, random: int) -> None:
        TARGETS[target](mutated(Random(random), seed))

    feed()


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes_are_understood_or_refused(target: str) -> None:
    @fuzz
    @given(st.binary(max_size=200) | st.text(st.characters(exclude_categories=["Cs"])).map(str.encode))
    def feed(data: bytes) -> None:
        TARGETS[target](data)

    feed()


@pytest.mark.parametrize("target", TARGETS)
def test_any_json_is_understood_or_refused(target: str) -> None:
    @fuzz
    @given(_json)
    def feed(value: object) -> None:
        try:
            data = orjson.dumps(value)
        except TypeError:
            return  # A key that no JSON holds.
        TARGETS[target](data)

    feed()
