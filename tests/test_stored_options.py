"""Options that were stored as something else than the forms store."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.account_options import AccountOptions
from custom_components.realtime_assist.budget_options import limits
from custom_components.realtime_assist.model_options import AgentOptions
from custom_components.realtime_assist.realtime import DialectName, Endpoint
from custom_components.realtime_assist.realtime.catalog import UNKNOWN_PRICE, UNKNOWN_TRANSCRIPTION_PRICE
from custom_components.realtime_assist.stored_options import number, texts, texts_by_name

from .house import RECOMMENDED, Agent
from .script import script
from .voice import write

BROKEN: dict[str, Any] = {
    **RECOMMENDED,
    "mode": "telepathy",
    "fallback_models": "gpt-realtime",
    "voice_substitutes": [["marin"]],
    "max_sessions": "many",
    "speed": -1,
    "warm_spare": "false",
    "model": {"id": "x"},
    "budget_day": "a lot",
}


class TestABrokenAgent:
    """An agent of which half of the options are broken."""

    @pytest.fixture
    def agent_data(self) -> dict[str, Any]:
        """Return what the agent is set to."""
        return BROKEN

    @script(responses=[{"text": "Here I am."}])
    async def test_it_still_answers(self, hass: HomeAssistant, agent: Agent) -> None:
        """What cannot be read is as if it were not set."""
        run = await write(hass, agent.pipeline_id, "Are you there?")
        assert run.speech == "Here I am."
        options = agent.coordinator.options
        assert (options.fallback_models, options.voice_substitutes, options.speed) == ((), {}, None)
        assert (options.model, options.max_sessions, options.mode) == ("gpt-realtime-2.1", 16, "auto")
        assert options.voice == RECOMMENDED["voice"]


def test_an_account_of_which_nothing_can_be_read_is_as_recommended() -> None:
    broken = {"prices": 3, "record_days": None, "at_limit": "explode", "economy_model": [1], "dashboard": "no"}
    assert AccountOptions.from_entry({**broken, "daily_export": "papyrus"}) == AccountOptions()


def test_more_days_of_records_than_a_calendar_has_are_not_kept() -> None:
    assert AccountOptions.from_entry({"record_days": 367}) == AccountOptions.from_entry({"record_days": 1e9})
    assert AccountOptions.from_entry({"record_days": 366}).record_days == 366


def test_an_amount_that_is_none_sets_no_limit() -> None:
    for odd in ("a lot", -3, float("inf"), float("nan"), True, [1], {}, 1e300):
        assert limits({"budget_day": odd}) == {}


@pytest.mark.parametrize("own", [{"text_input": "free"}, {"poems": "1"}, {"text_input": "NaN"}])
def test_prices_that_do_not_fit_leave_the_price_unknown(own: dict[str, str]) -> None:
    options = AccountOptions.from_entry({"prices": {"my-model": own}})
    assert options.price_card("my-model", Endpoint()) == UNKNOWN_PRICE
    assert options.transcription_card("my-model", Endpoint()) == UNKNOWN_TRANSCRIPTION_PRICE


def test_a_name_that_speaks_and_writes_down_has_a_price_for_what_it_was_set_for() -> None:
    """A server of one's own may call both by the same name."""
    options = AccountOptions.from_entry({"prices": {"my-model": {"text_output": "3"}}})
    endpoint = Endpoint(dialect=DialectName.LOCALAI)
    assert options.price_card("my-model", endpoint).text.output == 3
    assert options.transcription_card("my-model", endpoint) == UNKNOWN_TRANSCRIPTION_PRICE


def test_what_is_no_list_of_texts_is_refused() -> None:
    for odd in ("abc", [1], {"a": "b"}):
        with pytest.raises(TypeError):
            texts(odd)
    for odd in (["ab"], {"a": 1}):
        with pytest.raises(TypeError):
            texts_by_name(odd)
    with pytest.raises(ValueError, match="sane"):
        number(True)


def test_an_agent_reads_back_what_it_says_of_itself(account: MockConfigEntry) -> None:
    options = AgentOptions.from_subentry(BROKEN)
    assert AgentOptions.from_subentry(options.values()) == options
