"""Setting an account's own prices, and for how long turns are remembered."""

from decimal import Decimal
from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.account_options import AccountOptions
from custom_components.realtime_assist.const import (
    CONF_AT_LIMIT,
    CONF_BUDGET_DAY,
    CONF_BUDGET_MONTH,
    CONF_DAILY_EXPORT,
    CONF_DASHBOARD,
    CONF_ECONOMY_MODEL,
    CONF_PRICES,
    CONF_RECORD_DAYS,
)
from custom_components.realtime_assist.realtime import DialectName, Endpoint
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, UNKNOWN_PRICE, model

from .readable import OPTIONS, readable
from .test_config_flow import suggestions


def row(model_id: str, kind: str, price: str) -> dict[str, str]:
    """Return a row of the table."""
    return {"model": model_id, "kind": kind, "price": price}


async def open_form(hass: HomeAssistant, account: MockConfigEntry) -> ConfigFlowResult:
    """Ask for the account's options."""
    return readable(await hass.config_entries.options.async_init(account.entry_id), OPTIONS)


async def submit(hass: HomeAssistant, form: ConfigFlowResult, values: dict[str, Any]) -> ConfigFlowResult:
    """Fill in the form."""
    result = await hass.config_entries.options.async_configure(form["flow_id"], values)
    await hass.async_block_till_done()
    return readable(result, OPTIONS)


async def test_an_account_has_the_listed_prices_and_a_month_of_turns(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """That is what the form offers, and what holds before anybody has opened it."""
    [agent] = loaded_account.runtime_data.agents.values()
    assert agent.prices(DEFAULT_MODEL) == model(DEFAULT_MODEL).prices
    assert agent.prices("parrot") == UNKNOWN_PRICE
    form = await open_form(hass, loaded_account)
    assert suggestions(form) == {
        CONF_AT_LIMIT: "tell",
        CONF_ECONOMY_MODEL: "gpt-realtime-2.1-mini",
        CONF_PRICES: [],
        CONF_RECORD_DAYS: 31,
        CONF_DAILY_EXPORT: "off",
        CONF_DASHBOARD: True,
    }


async def test_own_prices_hold_at_once(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Without a reload, for models and for transcription; what has no row costs what is listed."""
    [agent] = loaded_account.runtime_data.agents.values()
    rows = [
        row(DEFAULT_MODEL, "audio_output", "50,5"),
        row(DEFAULT_MODEL, "text_input", "3"),
        row("gpt-transcribe", "minute", "0.01"),
    ]
    result = await submit(hass, await open_form(hass, loaded_account), {CONF_PRICES: rows, CONF_RECORD_DAYS: 7.0})
    assert result["type"] is FlowResultType.CREATE_ENTRY

    card, listed = agent.prices(DEFAULT_MODEL), model(DEFAULT_MODEL).prices
    assert (card.audio.output, card.text.input) == (Decimal("50.5"), Decimal(3))
    assert card.audio.input == listed.audio.input
    assert agent.transcription_prices("gpt-transcribe").minute == Decimal("0.01")
    assert AccountOptions.from_entry(loaded_account.options).record_days == 7
    assert list(loaded_account.runtime_data.agents.values()) == [agent]

    form = await open_form(hass, loaded_account)
    assert suggestions(form)[CONF_PRICES] == [row(DEFAULT_MODEL, "audio_output", "50.5"), *rows[1:]]
    await submit(hass, form, {CONF_RECORD_DAYS: 7})
    assert agent.prices(DEFAULT_MODEL) == listed


async def test_a_budget_is_set_and_taken_back(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Amounts stay as they were typed; a field that was emptied sets no limit any more."""
    wanted = {CONF_BUDGET_DAY: 0.5, CONF_BUDGET_MONTH: 10, CONF_AT_LIMIT: "economy", CONF_RECORD_DAYS: 31}
    await submit(hass, await open_form(hass, loaded_account), wanted)
    budgets = loaded_account.runtime_data.budgets.of(None)
    assert {period.value: str(budget.limit) for period, budget in budgets.items()} == {"day": "0.5", "month": "10.0"}
    form = await open_form(hass, loaded_account)
    assert suggestions(form).items() >= wanted.items()
    await submit(hass, form, {**wanted, CONF_BUDGET_DAY: 0.5, CONF_ECONOMY_MODEL: " parrot "})
    assert AccountOptions.from_entry(loaded_account.options).economy_model == "parrot"
    del wanted[CONF_BUDGET_MONTH]
    await submit(hass, await open_form(hass, loaded_account), wanted)
    assert [period.value for period in loaded_account.runtime_data.budgets.of(None)] == ["day"]


async def test_an_economy_model_has_a_name(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """The form says so and keeps the rest."""
    form = await open_form(hass, loaded_account)
    form = await submit(hass, form, {CONF_BUDGET_DAY: 1, CONF_ECONOMY_MODEL: " ", CONF_RECORD_DAYS: 31})
    assert form["errors"] == {CONF_ECONOMY_MODEL: "blank"}
    assert suggestions(form)[CONF_BUDGET_DAY] == 1


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (row(DEFAULT_MODEL, "text_input", "cheap"), "cheap"),
        (row(DEFAULT_MODEL, "text_input", "-1"), "-1"),
        (row(DEFAULT_MODEL, "minute", "1"), "minute"),
        (row("gpt-transcribe", "image_input", "1"), "image_input"),
        (row("  ", "text_input", "1"), "which model"),
    ],
)
async def test_a_price_that_cannot_be_used_is_named(
    hass: HomeAssistant, loaded_account: MockConfigEntry, bad: dict[str, str], named: str
) -> None:
    """The form keeps the rows, so that the one can be put right."""
    form = await open_form(hass, loaded_account)
    form = await submit(hass, form, {CONF_PRICES: [bad], CONF_RECORD_DAYS: 31})
    assert form["errors"] == {CONF_PRICES: "invalid_price"}
    assert named in form["description_placeholders"]["problem"]
    assert suggestions(form)[CONF_PRICES] == [bad]
    result = await submit(hass, form, {CONF_RECORD_DAYS: 31})
    assert result["type"] is FlowResultType.CREATE_ENTRY


def test_a_server_that_borrows_a_name_does_not_charge_its_price() -> None:
    """Whoever calls a model of his own after OpenAI's has prices that nobody here knows, unless the user names them."""
    at_home = Endpoint(base_url="http://127.0.0.1:8080/v1", dialect=DialectName.LOCALAI)
    options = AccountOptions(prices={"gpt-realtime-2": {"text_input": "1"}})
    assert options.price_card("gpt-realtime", at_home) == UNKNOWN_PRICE
    assert options.price_card("gpt-realtime-2", at_home).text.input == 1
    assert not options.transcription_card("whisper-1", at_home).is_complete
    assert options.transcription_card("whisper-1", Endpoint()).is_complete


def test_a_region_of_openai_s_costs_more() -> None:
    """Ten per cent, for the models that are named; a price of the user's own is taken as it is."""
    here, abroad = Endpoint(), Endpoint(base_url="https://eu.api.openai.com/v1")
    options = AccountOptions(prices={DEFAULT_MODEL: {"text_input": "3"}})
    card = options.price_card(DEFAULT_MODEL, abroad)
    assert (card.audio.input, card.text.input) == (Decimal("35.2"), Decimal(3))
    assert options.price_card(DEFAULT_MODEL, here).audio.input == Decimal(32)
    assert options.price_card("gpt-realtime-1.5", abroad).audio.input == Decimal(32)
