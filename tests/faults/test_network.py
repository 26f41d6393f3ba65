"""A network that breaks at any moment of a voice run: what the user hears, and what is left."""

from .cell import hold_to
from .moments import Moment
from .network_faults import FAULTS
from .place import Place
from .promises import every_moment


@every_moment(FAULTS)
async def test_network(place: Place, fault: str, moment: Moment, promise: str) -> None:
    await hold_to(promise, place, FAULTS[fault], moment)
