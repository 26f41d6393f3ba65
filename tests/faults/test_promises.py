"""The page of promises is read as it stands: no row is without a story, and no cell without a meaning."""

import pytest

from . import house_faults, network_faults
from .moments import MOMENTS
from .promises import Promise, promises
from .test_door import UNKNOWN_AUTHORITY, UNKNOWN_NAME
from .test_server import FAULTS as SERVER_FAULTS

STORIES = {*network_faults.FAULTS, UNKNOWN_NAME, UNKNOWN_AUTHORITY, *SERVER_FAULTS, *house_faults.FAULTS}


def test_every_promise_has_a_story_and_every_story_a_promise() -> None:
    assert set(promises()) == {(fault, moment) for fault in STORIES for moment in MOMENTS}


def test_every_cell_reads_as_it_is_written() -> None:
    for cell in promises().values():
        assert str(Promise.of(cell)) == cell


@pytest.mark.parametrize("cell", ["", "well", "sorry:", "answered (", "answered()"])
def test_other_words_promise_nothing(cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Promise.of(cell)
