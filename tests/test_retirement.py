"""When an agent should move to another model, and when there is nowhere to go."""

from datetime import date
from typing import Any

from homeassistant.const import CONF_MODEL
import pytest

from custom_components.realtime_assist.const import CONF_FALLBACK_MODELS, CONF_MODE
from custom_components.realtime_assist.model_options import recommended_options
from custom_components.realtime_assist.realtime.catalog import ShutdownDates
from custom_components.realtime_assist.retirement import retirement

TODAY = date(2026, 12, 1)
SOON = date(2027, 1, 1)


@pytest.mark.parametrize(
    ("data", "announced", "new"),
    [
        ({}, {}, None),
        ({CONF_MODEL: "gpt-realtime"}, {}, "gpt-realtime-2.1"),
        ({CONF_MODEL: "gpt-realtime"}, {"gpt-realtime": date(2028, 1, 1)}, None),
        ({CONF_MODEL: "gpt-realtime"}, {"gpt-realtime": None}, None),
        ({CONF_MODEL: "gpt-realtime-1.5"}, {"gpt-realtime-1.5": SOON}, "gpt-realtime-2.1"),
        ({CONF_MODEL: "parrot"}, {}, None),
        ({CONF_MODEL: "parrot"}, {"parrot": SOON}, None),
        ({CONF_MODE: "legacy", CONF_FALLBACK_MODELS: ["gpt-realtime-mini"]}, {}, "gpt-realtime-2.1-mini"),
        ({CONF_MODE: "legacy", CONF_FALLBACK_MODELS: [], CONF_MODEL: "gpt-realtime"}, {}, "gpt-realtime-2.1"),
        ({CONF_FALLBACK_MODELS: ["gpt-realtime-mini"]}, {}, None),
    ],
)
def test_where_an_agent_should_move(data: dict[str, Any], announced: ShutdownDates, new: str | None) -> None:
    """By the first model that it asks; what the server says overrules the catalog."""
    found = retirement({**recommended_options(), **data}, TODAY, announced, trust_catalog=True)
    assert (None if found is None else found.new.id) == new


def test_only_a_server_s_own_word_counts_where_the_catalog_is_not_its_own() -> None:
    """A compatible server may keep a model for as long as it likes."""
    data = {**recommended_options(), CONF_MODEL: "gpt-realtime"}
    assert retirement(data, TODAY, {}, trust_catalog=False) is None
    assert retirement(data, TODAY, {"gpt-realtime": SOON}, trust_catalog=False) is not None
