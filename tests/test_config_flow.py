"""Adding an account, giving it a new key, moving it: against real servers that refuse in every way they can."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
import json
from pathlib import Path
import socket
import ssl
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_API_KEY, CONF_LLM_HASS_API, CONF_MODEL, CONF_REGION
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, llm
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.asyncio.server import ServerConnection, serve as websocket_server

from custom_components.realtime_assist.const import (
    CONF_BASE_URL,
    CONF_DIALECT,
    CONF_FALLBACK_STT,
    CONF_FALLBACK_TTS,
    CONF_FALLBACK_VOICE,
    CONF_PRIVATE_HOST,
    CONF_PROVIDER,
    CONF_TRANSCRIPTION_MODEL,
    CONF_VOICE,
    DOMAIN,
)
from custom_components.realtime_assist.model_options import endpoint_from_entry
from custom_components.realtime_assist.realtime import DialectName, Limits
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, DEFAULT_VOICE
from custom_components.realtime_assist.realtime.providers import PROVIDERS, Provider
from custom_components.realtime_assist.session import SessionLimits
from local_server.wire import REFUSALS, Action, ConnectionStep, Fault, RealtimeServer, Refusal, Scenario, http_refusal

from .conftest import API_KEY, OTHER_KEY
from .readable import ACCOUNT, readable


@pytest.fixture(autouse=True)
async def core(hass: HomeAssistant) -> None:
    """Set up what the conversation integration leans on."""
    assert await async_setup_component(hass, "homeassistant", {})


@pytest.fixture(autouse=True)
def openai(realtime_server: RealtimeServer, monkeypatch: pytest.MonkeyPatch) -> RealtimeServer:
    """Stand in for OpenAI's server."""
    stand_in(monkeypatch, Provider.OPENAI, base_url=realtime_server.url)
    return realtime_server


def stand_in(monkeypatch: pytest.MonkeyPatch, provider: Provider, **facts: Any) -> None:
    """Let a provider be somewhere else."""
    providers = {**PROVIDERS, provider: replace(PROVIDERS[provider], **facts)}
    monkeypatch.setattr("custom_components.realtime_assist.account_form.PROVIDERS", providers)


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a silent server for a moment only."""
    monkeypatch.setattr(
        "custom_components.realtime_assist.account.LIMITS", SessionLimits(protocol=Limits(first_event=0.01))
    )


@asynccontextmanager
async def web_server(response: bytes) -> AsyncIterator[str]:
    """Answer every request with `response`; yield the address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def self_signed_certificate(folder: Path) -> Path:
    """Return a file with a new key and a certificate for 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt_util.utcnow()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return path


def unused_address() -> str:
    """Return an address that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


async def open_form(hass: HomeAssistant, provider: str) -> ConfigFlowResult:
    """Choose from the menu."""
    menu = readable(await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER}), ACCOUNT)
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["openai", "azure", "xai", "voice_live", "compatible"]
    return await submit(hass, menu, {"next_step_id": provider})


async def reconfigure(hass: HomeAssistant, entry: ConfigEntry) -> ConfigFlowResult:
    """Open the form that changes an account."""
    context = {"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    return readable(await hass.config_entries.flow.async_init(DOMAIN, context=context), ACCOUNT)


async def submit(hass: HomeAssistant, form: ConfigFlowResult, values: dict[str, Any]) -> ConfigFlowResult:
    """Fill in a form, and say that a server of one's own network is meant."""
    result = await submit_only(hass, form, values)
    return await submit_only(hass, result, {}) if result.get("step_id") == "confirm_private" else result


async def submit_only(hass: HomeAssistant, form: ConfigFlowResult, values: dict[str, Any]) -> ConfigFlowResult:
    """Fill in a form."""
    result = await hass.config_entries.flow.async_configure(form["flow_id"], values)
    await hass.async_block_till_done()
    return readable(result, ACCOUNT)


def suggestions(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what stands in the fields of a form."""
    fields = form["data_schema"].schema
    return {
        str(field): field.description["suggested_value"]
        for field in fields
        if field.description and "suggested_value" in field.description
    }


async def test_a_key_is_all_that_openai_needs(hass: HomeAssistant, openai: RealtimeServer) -> None:
    """A key makes an account with an agent that is ready to use, and a session was opened to try it."""
    form = await open_form(hass, "openai")
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {}

    result = await submit(hass, form, {CONF_API_KEY: f" {API_KEY}\n"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "OpenAI"
    entry = result["result"]
    assert entry.data == {CONF_PROVIDER: "openai", CONF_BASE_URL: openai.url, CONF_API_KEY: API_KEY}
    [agent] = entry.subentries.values()
    assert agent.title == "Realtime Assist"
    assert agent.subentry_type == "agent"
    assert agent.data[CONF_LLM_HASS_API] == [llm.LLM_API_ASSIST]
    assert (agent.data[CONF_MODEL], agent.data[CONF_VOICE]) == (DEFAULT_MODEL, DEFAULT_VOICE)
    assert [connection.model for connection in openai.connections] == [DEFAULT_MODEL]
    assert entry.state is ConfigEntryState.LOADED


async def test_the_house_s_own_speech_engines_stand_in_for_a_new_agent_s(
    hass: HomeAssistant, openai: RealtimeServer
) -> None:
    """They hear and speak while the internet is away."""
    registry = er.async_get(hass)
    registry.async_get_or_create("stt", "wyoming", "whisper", suggested_object_id="whisper")
    registry.async_get_or_create("tts", "wyoming", "piper", suggested_object_id="piper")
    result = await submit(hass, await open_form(hass, "openai"), {CONF_API_KEY: API_KEY})
    [agent] = result["result"].subentries.values()
    assert (agent.data[CONF_FALLBACK_STT], agent.data[CONF_FALLBACK_TTS]) == ("stt.whisper", "tts.piper")


async def test_a_compatible_server_names_the_account_and_gives_the_agent_its_model(
    hass: HomeAssistant, realtime_server: RealtimeServer
) -> None:
    """A plain address on this machine is taken; the model that was tried is the agent's."""
    form = await open_form(hass, "compatible")
    values = {CONF_BASE_URL: f" {realtime_server.url} ", CONF_API_KEY: API_KEY, CONF_MODEL: "gpt-realtime-mini"}
    result = await submit(hass, form, values)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == realtime_server.url.removeprefix("ws://").removesuffix("/v1")
    assert result["data"][CONF_BASE_URL] == realtime_server.url
    [agent] = result["result"].subentries.values()
    assert agent.data[CONF_MODEL] == "gpt-realtime-mini"


async def test_a_compatible_server_may_want_no_key(hass: HomeAssistant) -> None:
    """Without a key no key is sent."""
    async with RealtimeServer(keys=None) as server:
        form = await open_form(hass, "compatible")
        result = await submit(hass, form, {CONF_BASE_URL: server.url, CONF_MODEL: DEFAULT_MODEL})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_API_KEY] is None
    assert "Authorization" not in server.connections[0].headers


async def test_a_region_is_a_host_of_its_own(
    hass: HomeAssistant, openai: RealtimeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key goes to the region's host alone, and the account is called after it."""
    async with RealtimeServer(keys=None) as europe:
        stand_in(monkeypatch, Provider.OPENAI, base_url=openai.url, regions={"eu": europe.url})
        form = await open_form(hass, "openai")
        result = await submit(hass, form, {CONF_REGION: "eu", CONF_API_KEY: API_KEY})
        entry = result["result"]
        assert entry.data == {CONF_PROVIDER: "openai", CONF_BASE_URL: europe.url, CONF_API_KEY: API_KEY}
        assert entry.title == "OpenAI EU"
        assert openai.connections == []

        form = await reconfigure(hass, entry)
        assert suggestions(form) == {CONF_REGION: "eu"}
    result = await submit(hass, form, {CONF_REGION: "global", CONF_API_KEY: API_KEY})
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_BASE_URL] == openai.url


async def test_azure_needs_the_names_of_deployments(hass: HomeAssistant, openai: RealtimeServer) -> None:
    """The portal's endpoint is completed, the key goes into Azure's header, and the agent calls models by deployment."""
    form = await open_form(hass, "azure")
    values = {
        CONF_BASE_URL: openai.http_url.removesuffix("/v1"),
        CONF_API_KEY: API_KEY,
        CONF_MODEL: DEFAULT_MODEL,
        CONF_TRANSCRIPTION_MODEL: "my-ears",
    }
    result = await submit(hass, form, values)
    # This server is not where Azure's is.
    assert result["errors"] == {CONF_BASE_URL: "not_found"}
    assert suggestions(result)[CONF_BASE_URL] == values[CONF_BASE_URL]

    result = await submit(hass, result, {**values, CONF_BASE_URL: openai.url})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    headers = openai.connections[-1].headers
    assert headers["api-key"] == API_KEY
    assert "Authorization" not in headers
    [agent] = result["result"].subentries.values()
    assert (agent.data[CONF_MODEL], agent.data[CONF_TRANSCRIPTION_MODEL]) == (DEFAULT_MODEL, "my-ears")
    assert endpoint_from_entry(result["data"]).dialect is DialectName.AZURE


async def test_a_key_is_all_that_xai_needs(
    hass: HomeAssistant, openai: RealtimeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent gets a voice and a transcription of xAI's."""
    stand_in(monkeypatch, Provider.XAI, base_url=openai.url, models=(DEFAULT_MODEL, "other"))
    form = await open_form(hass, "xai")
    result = await submit(hass, form, {CONF_API_KEY: API_KEY, CONF_MODEL: DEFAULT_MODEL})
    assert result["title"] == "xAI"
    [agent] = result["result"].subentries.values()
    assert (agent.data[CONF_VOICE], agent.data[CONF_FALLBACK_VOICE]) == ("ara", "eve")
    assert agent.data[CONF_TRANSCRIPTION_MODEL] == "grok-transcribe"
    assert endpoint_from_entry(result["data"]).dialect is DialectName.XAI


async def test_the_address_of_voice_live_gets_its_version(hass: HomeAssistant) -> None:
    """What the user may leave out is filled in, what was given stays."""
    facts = PROVIDERS[Provider.VOICE_LIVE]
    assert facts.completed(facts.example_url) == f"{facts.example_url}/voice-live?api-version=2026-04-10"
    assert (
        facts.completed("https://box.example/voice-live?api-version=1")
        == "https://box.example/voice-live?api-version=1"
    )
    form = await open_form(hass, "voice_live")
    assert {CONF_BASE_URL, CONF_API_KEY, CONF_MODEL} == {str(field) for field in form["data_schema"].schema}


@pytest.mark.parametrize(
    ("session", "chosen", "stored"),
    [
        ({"type": "realtime", "audio": {}}, "automatic", None),
        ({"modalities": ["audio"], "input_audio_format": "pcm16"}, "automatic", "beta"),
        ({"type": "realtime", "audio": {}}, "localai", "localai"),
    ],
)
async def test_a_compatible_server_is_spoken_to_as_it_greets_or_as_the_user_says(
    hass: HomeAssistant, session: dict[str, Any], chosen: str, stored: str | None
) -> None:
    """What was found is said, and kept when the account changes."""
    async with greeting_server(session) as url:
        form = await open_form(hass, "compatible")
        result = await submit(hass, form, {CONF_BASE_URL: url, CONF_MODEL: "my-model", CONF_DIALECT: chosen})
        assert result["data"].get(CONF_DIALECT) == stored
        assert result["description"] == ("speaks_beta" if stored == "beta" else None)
        assert result["description"] is None or result["description"] in ACCOUNT["create_entry"]
        [agent] = result["result"].subentries.values()
        assert agent.data[CONF_TRANSCRIPTION_MODEL] == "whisper-1"

        form = await reconfigure(hass, result["result"])
        assert suggestions(form)[CONF_DIALECT] == ("localai" if stored == "localai" else "automatic")
        await submit(hass, form, {CONF_BASE_URL: url, CONF_DIALECT: suggestions(form)[CONF_DIALECT]})
    assert result["result"].data.get(CONF_DIALECT) == stored


@asynccontextmanager
async def greeting_server(session: dict[str, Any]) -> AsyncIterator[str]:
    """Greet everybody as a session of this shape; yield the address."""

    async def greet(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"type": "session.created", "session": session}))
        await connection.wait_closed()

    async with websocket_server(greet, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1"


async def test_names_of_this_machine_are_local(hass: HomeAssistant, realtime_server: RealtimeServer) -> None:
    """A name is as local as the addresses behind it."""
    url = realtime_server.url.replace("127.0.0.1", "localhost")
    form = await open_form(hass, "compatible")
    result = await submit(hass, form, {CONF_BASE_URL: url, CONF_API_KEY: API_KEY, CONF_MODEL: DEFAULT_MODEL})
    assert result["type"] is FlowResultType.CREATE_ENTRY


REFUSED_AT_OPENAI = {
    "wrong key": (REFUSALS["invalid_api_key"], {CONF_API_KEY: "invalid_auth"}),
    "key without permission": (http_refusal(403), {CONF_API_KEY: "invalid_auth"}),
    "wrong key, in HTTP": (http_refusal(401), {CONF_API_KEY: "invalid_auth"}),
    "empty balance": (REFUSALS["insufficient_quota"], {"base": "quota_exceeded"}),
    "empty balance, in the code": (REFUSALS["credit_balance_exhausted"], {"base": "quota_exceeded"}),
    "model gone": (REFUSALS["model_not_found"], {"base": "model_unavailable"}),
    "no model": (http_refusal(404), {"base": "not_found"}),
    "too many requests": (http_refusal(429), {"base": "rate_limited"}),
    "server fault": (REFUSALS["server_error"], {"base": "server_fault"}),
    "server fault, in HTTP": (http_refusal(503), {"base": "server_fault"}),
    "beta server": (REFUSALS["beta_api_shape_disabled"], {"base": "not_realtime"}),
    "unknown code": (Refusal(code="no_such_code"), {"base": "request_rejected"}),
}


@pytest.mark.parametrize(
    ("scenario", "errors"),
    [
        pytest.param(Scenario(connections=(ConnectionStep(refusal=refusal),)), errors, id=name)
        for name, (refusal, errors) in REFUSED_AT_OPENAI.items()
    ],
)
async def test_each_refusal_says_what_is_wrong_and_may_be_mended(hass: HomeAssistant, errors: dict[str, str]) -> None:
    """The form comes back with the cause, without the key, and goes on when the cause is gone."""
    form = await open_form(hass, "openai")
    result = await submit(hass, form, {CONF_API_KEY: API_KEY})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert suggestions(result) == {CONF_REGION: "global"}

    result = await submit(hass, result, {CONF_API_KEY: API_KEY})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("impatience")
@pytest.mark.parametrize("scenario", [Scenario(connections=(ConnectionStep(created=False),))])
async def test_a_server_that_does_not_greet_is_silent(hass: HomeAssistant) -> None:
    """An upgrade without a greeting is given up."""
    form = await open_form(hass, "openai")
    result = await submit(hass, form, {CONF_API_KEY: API_KEY})
    assert result["errors"] == {"base": "server_silent"}


@pytest.mark.parametrize("action", [Action.HALF_JSON, Action.CHANGE])
async def test_a_server_that_greets_in_another_way_is_no_realtime_server(hass: HomeAssistant, action: Action) -> None:
    """A first message that is no greeting comes from another kind of server."""
    fault = Fault(after="session.created", action=action, event={"type": "hello"})
    async with RealtimeServer(keys=None, scenario=Scenario(faults=(fault,))) as server:
        form = await open_form(hass, "compatible")
        result = await submit(hass, form, {CONF_BASE_URL: server.url, CONF_MODEL: DEFAULT_MODEL})
    assert result["errors"] == {CONF_BASE_URL: "not_realtime"}


@pytest.mark.parametrize(
    ("response", "errors"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", {CONF_BASE_URL: "not_realtime"}, id="200"),
        pytest.param(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", {CONF_BASE_URL: "not_found"}, id="404"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", {CONF_BASE_URL: "not_realtime"}, id="no HTTP"),
    ],
)
async def test_what_is_no_realtime_server_is_told_apart(
    hass: HomeAssistant, response: bytes, errors: dict[str, str]
) -> None:
    """A web server and a stranger are named as what they are; what was typed stays, but for the key."""
    form = await open_form(hass, "compatible")
    async with web_server(response) as url:
        values = {CONF_BASE_URL: url, CONF_MODEL: "parrot"}
        result = await submit(hass, form, {**values, CONF_API_KEY: API_KEY})
    assert result["errors"] == errors
    assert suggestions(result) == {**values, CONF_DIALECT: "automatic"}


async def test_an_unknown_model_is_said_beside_the_model(hass: HomeAssistant, realtime_server: RealtimeServer) -> None:
    """The model's field has the error."""
    form = await open_form(hass, "compatible")
    values = {CONF_BASE_URL: realtime_server.url, CONF_API_KEY: API_KEY, CONF_MODEL: "parrot"}
    result = await submit(hass, form, values)
    assert result["errors"] == {CONF_MODEL: "model_unavailable"}


async def test_an_address_nobody_listens_at_cannot_be_reached(hass: HomeAssistant) -> None:
    """A refused TCP connection is not the key's fault."""
    form = await open_form(hass, "compatible")
    result = await submit(hass, form, {CONF_BASE_URL: unused_address(), CONF_MODEL: DEFAULT_MODEL})
    assert result["errors"] == {"base": "cannot_connect"}


async def test_a_certificate_that_nobody_vouches_for_is_named(
    hass: HomeAssistant, tmp_path: Path, realtime_server: RealtimeServer
) -> None:
    """A self-signed certificate is not taken."""
    # In debug mode asyncio reports a client that hangs up during the handshake as an error of the test.
    asyncio.get_running_loop().set_debug(False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed_certificate(tmp_path))
    form = await open_form(hass, "compatible")
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        result = await submit(hass, form, {CONF_BASE_URL: url, CONF_MODEL: DEFAULT_MODEL})
    assert result["errors"] == {CONF_BASE_URL: "tls_failed"}


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("192.168.1.10:8000/v1", "invalid_base_url"),
        ("ftp://192.168.1.10/v1", "invalid_base_url"),
        ("http://", "invalid_base_url"),
        ("http://192.168.1.10:notaport/v1", "invalid_base_url"),
        ("http://a..b/v1", "invalid_base_url"),
        ("https://a..b/v1", "invalid_base_url"),
        ("http://8.8.8.8/v1", "insecure_base_url"),
        ("ws://[2001:4860:4860::8888]/v1", "insecure_base_url"),
    ],
)
async def test_an_address_that_will_not_do_is_refused_before_anything_is_sent(
    hass: HomeAssistant, url: str, error: str
) -> None:
    """Neither the key nor the house's voice goes anywhere in the clear."""
    form = await open_form(hass, "compatible")
    result = await submit(hass, form, {CONF_BASE_URL: url, CONF_API_KEY: API_KEY, CONF_MODEL: DEFAULT_MODEL})
    assert result["errors"] == {CONF_BASE_URL: error}


async def test_a_name_that_nobody_knows_is_said(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver's refusal stands beside the address."""

    def unknown(host: str, *args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    form = await open_form(hass, "compatible")
    result = await submit(hass, form, {CONF_BASE_URL: "http://parrot.local/v1", CONF_MODEL: DEFAULT_MODEL})
    assert result["errors"] == {CONF_BASE_URL: "host_not_found"}


@pytest.mark.parametrize("key", ["sk-te st", "sk-te\nst", "sk-tést", "sk-te\x00st"])
async def test_a_key_that_cannot_stand_in_a_header_is_never_sent(
    hass: HomeAssistant, openai: RealtimeServer, key: str
) -> None:
    """What was pasted with a line break in it would end the header."""
    form = await open_form(hass, "openai")
    result = await submit(hass, form, {CONF_API_KEY: key})
    assert result["errors"] == {CONF_API_KEY: "malformed_api_key"}
    assert openai.connections == []


async def test_the_same_account_is_not_added_twice(
    hass: HomeAssistant, loaded_account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """Server and key together are an account, however the address is written; nothing is dialled for it."""
    form = await open_form(hass, "compatible")
    url = f"{realtime_server.http_url}/"
    result = await submit(hass, form, {CONF_BASE_URL: url, CONF_API_KEY: API_KEY, CONF_MODEL: DEFAULT_MODEL})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert realtime_server.connections == []


async def test_an_accounts_id_tells_nothing_of_its_key(loaded_account: MockConfigEntry) -> None:
    """The id is stored and shown in the clear."""
    assert API_KEY not in loaded_account.unique_id
    assert len(loaded_account.unique_id) == 16


async def test_a_new_key_heals_an_account(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Reauthentication refuses a wrong key, takes a right one, and reloads the account with it."""
    before = loaded_account.runtime_data
    form = readable(await loaded_account.start_reauth_flow(hass), ACCOUNT)
    assert form["step_id"] == "reauth_confirm"
    assert form["description_placeholders"]["name"] == loaded_account.title
    form = await submit(hass, form, {CONF_API_KEY: "sk-wrong"})
    assert form["errors"] == {CONF_API_KEY: "invalid_auth"}
    result = await submit(hass, form, {CONF_API_KEY: OTHER_KEY})

    assert result["reason"] == "reauth_successful"
    assert loaded_account.data[CONF_API_KEY] == OTHER_KEY
    assert loaded_account.state is ConfigEntryState.LOADED
    assert loaded_account.runtime_data is not before
    assert loaded_account.runtime_data.endpoint.api_key == OTHER_KEY
    # The old key may be another account's now.
    form = await open_form(hass, "compatible")
    values = {CONF_BASE_URL: loaded_account.data[CONF_BASE_URL], CONF_MODEL: DEFAULT_MODEL}
    result = await submit(hass, form, {**values, CONF_API_KEY: API_KEY})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_same_key_heals_an_account_whose_key_was_wronged(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """The server lets it in now, so nothing is held against it any more."""
    before = loaded_account.runtime_data
    form = await loaded_account.start_reauth_flow(hass)
    result = await submit(hass, form, {CONF_API_KEY: API_KEY})
    assert result["reason"] == "reauth_successful"
    assert loaded_account.state is ConfigEntryState.LOADED
    assert loaded_account.runtime_data is not before


@pytest.mark.parametrize("scenario", [Scenario(models={DEFAULT_MODEL: REFUSALS["model_not_found"]})])
async def test_a_retired_model_does_not_keep_a_new_key_out(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """A server that refuses the model has taken the key."""
    form = await loaded_account.start_reauth_flow(hass)
    result = await submit(hass, form, {CONF_API_KEY: OTHER_KEY})
    assert result["reason"] == "reauth_successful"


async def test_a_new_key_heals_an_account_that_is_not_loaded(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """It is loaded then."""
    account.add_to_hass(hass)
    form = await account.start_reauth_flow(hass)
    result = await submit(hass, form, {CONF_API_KEY: OTHER_KEY})
    assert result["reason"] == "reauth_successful"
    assert account.state is ConfigEntryState.LOADED


async def test_an_account_moves_to_another_server(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Address and key change together; the title follows the host, and the agents stay."""
    agents = loaded_account.subentries
    async with RealtimeServer(keys=None) as server:
        form = readable(await loaded_account.start_reconfigure_flow(hass), ACCOUNT)
        assert suggestions(form) == {CONF_BASE_URL: loaded_account.data[CONF_BASE_URL], CONF_DIALECT: "automatic"}
        form = await submit(hass, form, {CONF_BASE_URL: unused_address()})
        assert form["errors"] == {"base": "cannot_connect"}
        result = await submit(hass, form, {CONF_BASE_URL: server.url})

    assert result["reason"] == "reconfigure_successful"
    host = server.url.removeprefix("ws://").removesuffix("/v1")
    assert loaded_account.data == {
        CONF_PROVIDER: "compatible",
        CONF_BASE_URL: server.url,
        CONF_API_KEY: None,
        CONF_PRIVATE_HOST: host,
    }
    assert loaded_account.title == host
    assert loaded_account.subentries == agents
    assert loaded_account.runtime_data.endpoint.base_url == server.url


async def test_a_name_that_the_user_gave_stays(hass: HomeAssistant, loaded_account: MockConfigEntry) -> None:
    """Only a title that was the host's follows the host."""
    hass.config_entries.async_update_entry(loaded_account, title="Cellar")
    async with RealtimeServer(keys=None) as server:
        form = await loaded_account.start_reconfigure_flow(hass)
        await submit(hass, form, {CONF_BASE_URL: server.url})
    assert loaded_account.title == "Cellar"


async def test_an_account_does_not_become_another_one(
    hass: HomeAssistant, loaded_account: MockConfigEntry, openai: RealtimeServer
) -> None:
    """The key of another entry for the same server is refused."""
    form = await open_form(hass, "openai")
    result = await submit(hass, form, {CONF_API_KEY: OTHER_KEY})
    other = result["result"]

    form = await reconfigure(hass, other)
    assert [str(field) for field in form["data_schema"].schema] == [CONF_REGION, CONF_API_KEY]
    result = await submit(hass, form, {CONF_API_KEY: API_KEY})
    assert result["reason"] == "already_configured"
    assert other.data[CONF_API_KEY] == OTHER_KEY
