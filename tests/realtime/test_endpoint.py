"""Where a server listens, whatever way the user writes it down."""

import pytest

from custom_components.realtime_assist.realtime import OPENAI_BASE_URL, Auth, Endpoint, InvalidBaseUrl


@pytest.mark.parametrize(
    ("base_url", "http_url", "websocket_url"),
    [
        (OPENAI_BASE_URL, "https://api.openai.com/v1", "wss://api.openai.com/v1/realtime?model=m"),
        (
            "https://eu.api.openai.com/v1/",
            "https://eu.api.openai.com/v1",
            "wss://eu.api.openai.com/v1/realtime?model=m",
        ),
        (
            "http://homeassistant.local:8080/v1",
            "http://homeassistant.local:8080/v1",
            "ws://homeassistant.local:8080/v1/realtime?model=m",
        ),
        ("ws://127.0.0.1:9/v1", "http://127.0.0.1:9/v1", "ws://127.0.0.1:9/v1/realtime?model=m"),
        ("wss://box.example/v1", "https://box.example/v1", "wss://box.example/v1/realtime?model=m"),
        ("HTTPS://box.example", "https://box.example", "wss://box.example/realtime?model=m"),
        ("http://box.example:1", "http://box.example:1", "ws://box.example:1/realtime?model=m"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1", "ws://[::1]:8080/v1/realtime?model=m"),
        ("https://box.example/v1?a=b#c", "https://box.example/v1", "wss://box.example/v1/realtime?a=b&model=m"),
        (
            "https://box.example/voice-live?api-version=2026-04-10&model=old",
            "https://box.example/voice-live",
            "wss://box.example/voice-live/realtime?api-version=2026-04-10&model=m",
        ),
        ("wss://box.example/v1/realtime", "https://box.example/v1", "wss://box.example/v1/realtime?model=m"),
    ],
)
def test_an_address_leads_to_rest_and_to_the_socket(base_url: str, http_url: str, websocket_url: str):
    endpoint = Endpoint(base_url=base_url)
    assert endpoint.http_url == http_url
    assert endpoint.websocket_url("m") == websocket_url


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.openai.com/v1",
        "ftp://box.example",
        "https://",
        "https:///v1",
        "https://box.example:port",
        "https://box.example:0",
        "https://box.example:70000",
        "http://[::1",
        "//box.example",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(base_url: str):
    with pytest.raises(InvalidBaseUrl, match=r"such as https://api\.openai\.com/v1"):
        Endpoint(base_url=base_url)


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        (OPENAI_BASE_URL, "api.openai.com"),
        ("http://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        ("http://user:password@box.example:8080", "box.example:8080"),
    ],
)
def test_the_host_names_the_server_without_a_password(base_url: str, host: str):
    assert Endpoint(base_url=base_url).host == host


@pytest.mark.parametrize(
    ("base_url", "regional"),
    [
        (OPENAI_BASE_URL, False),
        ("https://eu.api.openai.com/v1", True),
        ("wss://US.API.OPENAI.COM:443/v1", True),
        ("https://eu.api.openai.com.example/v1", False),
        ("http://127.0.0.1:8080/v1", False),
    ],
)
def test_only_openais_regional_hosts_are_regional(base_url: str, regional: bool):
    assert Endpoint(base_url=base_url).is_regional is regional


def test_a_models_name_cannot_break_out_of_the_address():
    url = Endpoint(base_url="https://box.example/v1").websocket_url("org/model & more?x=1")
    assert url == "wss://box.example/v1/realtime?model=org%2Fmodel%20%26%20more%3Fx%3D1"


def test_the_key_travels_in_the_bearer_header_alone():
    """A beta header would be refused by api.openai.com."""
    assert Endpoint(api_key="sk-secret").headers() == {"Authorization": "Bearer sk-secret"}


def test_azure_has_a_header_of_its_own_for_the_key():
    endpoint = Endpoint(base_url="https://box.openai.azure.com/openai/v1", api_key="secret", auth=Auth.API_KEY)
    assert endpoint.headers() == {"api-key": "secret"}


@pytest.mark.parametrize("auth", Auth)
@pytest.mark.parametrize("api_key", [None, ""])
def test_a_server_without_a_key_gets_no_header(api_key: str | None, auth: Auth):
    assert Endpoint(base_url="http://127.0.0.1:8080", api_key=api_key, auth=auth).headers() == {}


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        (OPENAI_BASE_URL, "https://api.openai.com/v1/models"),
        ("wss://box.example/v1/?api-version=1", "https://box.example/v1/models?api-version=1"),
    ],
)
def test_a_rest_call_asks_for_what_the_address_asks_for(base_url: str, url: str):
    assert Endpoint(base_url=base_url).rest_url("models") == url


def test_the_key_is_not_shown():
    endpoint = Endpoint(api_key="sk-secret")
    assert "sk-secret" not in repr(endpoint)
    assert "sk-secret" not in str(endpoint)


@pytest.mark.parametrize(
    ("base_url", "openai"),
    [
        (OPENAI_BASE_URL, True),
        ("wss://eu.api.openai.com/v1", True),
        ("http://api.openai.com/v1", False),
        ("https://api.openai.com.example/v1", False),
        ("https://user@box.example/api.openai.com", False),
    ],
)
def test_only_openais_hosts_behind_tls_are_openais(base_url: str, openai: bool):
    assert Endpoint(base_url=base_url).is_openai is openai
