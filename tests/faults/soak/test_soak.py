"""Twenty satellites, as many turns as are asked for, and a far end that breaks: nobody is left without an answer."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
import logging
from pathlib import Path
import random
import sys
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from .bill import Bill, overheard
from .compressed_time import compressed_time
from .conftest import SECONDS, SEED, TURNS
from .far_end import FarEnd
from .health import Errors
from .house import build, furnish, watched
from .household import Household
from .report import complaints, table
from .satellites import Diary
from .soak import Soak
from .weather import Weather

BEGIN = datetime(2026, 11, 22, 6, tzinfo=UTC)


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Have Home Assistant store in files, in place of the plugin's dictionary."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Let files be written, and be looked at."""
    return str(tmp_path)


@pytest.fixture
async def soak(hass: HomeAssistant, request: pytest.FixtureRequest) -> AsyncIterator[Soak]:
    """Return a house that is ready for its first day."""
    logging.disable(logging.WARNING)
    errors = Errors()
    logging.getLogger().addHandler(errors)
    dice = random.Random(request.config.getoption(SEED))
    faults: Counter[str] = Counter()
    weather = Weather(Household(), random.Random(dice.random()), faults)
    bill = Bill()
    await furnish(hass)
    try:
        with overheard(bill), compressed_time(hass.loop, BEGIN) as time:
            async with FarEnd(weather, bill) as far_end:
                house = await build(hass, far_end.server.url)
                bill.prices = house.agents[0].prices
                bill.transcription_prices = house.agents[0].transcription_prices(
                    house.agents[0].options.transcription_model
                )
                with watched(house):
                    yield Soak(
                        house=house,
                        far_end=far_end,
                        time=time,
                        dice=dice,
                        diary=Diary(),
                        faults=faults,
                        errors=errors,
                    )
                await hass.config_entries.async_unload(house.account.entry_id)
    finally:
        logging.getLogger().removeHandler(errors)
        logging.disable(logging.NOTSET)


async def test_nobody_is_left_without_an_answer_and_nothing_piles_up(
    soak: Soak, request: pytest.FixtureRequest
) -> None:
    await soak.run(request.config.getoption(TURNS), request.config.getoption(SECONDS))
    sys.stdout.write(table(soak) + "\n")
    assert complaints(soak) == []
