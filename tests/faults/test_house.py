"""A house whose clocks, satellites or account do what they should not, at any moment of a voice run."""

from .cell import hold_to
from .house_faults import FAULTS
from .moments import Moment
from .place import Place
from .promises import every_moment


@every_moment(FAULTS)
async def test_house(place: Place, fault: str, moment: Moment, promise: str) -> None:
    await hold_to(promise, place, FAULTS[fault], moment)
