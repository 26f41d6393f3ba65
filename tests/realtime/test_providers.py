"""Whose server is where, and what may be left out of its address."""

import pytest

from custom_components.realtime_assist.realtime import Auth, DialectName, Endpoint
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, model
from custom_components.realtime_assist.realtime.price_cards import UNKNOWN_PRICE
from custom_components.realtime_assist.realtime.providers import PROVIDERS, Provider


def test_everybody_is_known_by_name():
    assert set(PROVIDERS) == set(Provider)


@pytest.mark.parametrize("provider", Provider)
def test_a_server_is_known_or_shown_by_an_example(provider: Provider):
    facts = PROVIDERS[provider]
    assert Endpoint(base_url=facts.base_url or facts.completed(facts.example_url)).host


@pytest.mark.parametrize(
    ("provider", "typed", "complete"),
    [
        (Provider.AZURE, "https://r.openai.azure.com", "https://r.openai.azure.com/openai/v1"),
        (Provider.AZURE, "https://r.openai.azure.com/", "https://r.openai.azure.com/openai/v1"),
        (Provider.AZURE, "https://r.openai.azure.com/own/v1", "https://r.openai.azure.com/own/v1"),
        (
            Provider.VOICE_LIVE,
            "https://r.services.ai.azure.com",
            "https://r.services.ai.azure.com/voice-live?api-version=2026-04-10",
        ),
        (
            Provider.VOICE_LIVE,
            "https://r.services.ai.azure.com/voice-live?api-version=2027-01-01",
            "https://r.services.ai.azure.com/voice-live?api-version=2027-01-01",
        ),
        (Provider.COMPATIBLE, "http://192.168.1.10:8000/v1", "http://192.168.1.10:8000/v1"),
    ],
)
def test_what_a_portal_shows_is_completed_and_what_the_user_knows_stays(provider: Provider, typed: str, complete: str):
    assert PROVIDERS[provider].completed(typed) == complete


def test_azure_has_its_own_header_and_everybody_else_the_bearer():
    own_header = {provider for provider, facts in PROVIDERS.items() if facts.auth is Auth.API_KEY}
    assert own_header == {Provider.AZURE, Provider.VOICE_LIVE}


def test_every_region_of_openais_is_one():
    assert all(Endpoint(base_url=base_url).is_regional for base_url in PROVIDERS[Provider.OPENAI].regions.values())


def test_models_to_begin_with_are_known_where_everybody_may_ask_for_them():
    assert PROVIDERS[Provider.OPENAI].default_model == DEFAULT_MODEL
    assert PROVIDERS[Provider.XAI].default_model == "grok-voice-latest"
    assert PROVIDERS[Provider.AZURE].default_model is None


def test_grok_is_billed_by_the_minute_which_is_no_price_of_tokens():
    assert PROVIDERS[Provider.XAI].dialect is DialectName.XAI
    assert all(model(each).prices == UNKNOWN_PRICE for each in PROVIDERS[Provider.XAI].models)
