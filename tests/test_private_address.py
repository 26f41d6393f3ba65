"""Who may be asked in one's own network: whoever the user has said to mean, and never a machine's own credentials."""

from collections.abc import Iterator
import socket
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.const import CONF_API_KEY, CONF_MODEL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_BASE_URL, CONF_PRIVATE_HOST, DOMAIN
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL
from local_server.wire import RealtimeServer

from .conftest import API_KEY, OTHER_KEY
from .readable import ACCOUNT, readable


@pytest.fixture(autouse=True)
async def core(hass: HomeAssistant) -> None:
    """Set up what the conversation integration leans on."""
    assert await async_setup_component(hass, "homeassistant", {})


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Return the resolver's book, to be written in: an address by name."""
    book: dict[str, str] = {}
    resolve = socket.getaddrinfo

    def looked_up(host: str, port: Any, *args: Any, **kwargs: Any) -> Any:
        return resolve(book.get(host, host), port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    return book


async def submit(hass: HomeAssistant, form: ConfigFlowResult, values: dict[str, Any]) -> ConfigFlowResult:
    """Fill in a form."""
    result = await hass.config_entries.flow.async_configure(form["flow_id"], values)
    await hass.async_block_till_done()
    return readable(result, ACCOUNT)


async def enter(hass: HomeAssistant, url: str, key: str = API_KEY) -> ConfigFlowResult:
    """Give the address of a compatible server; return what comes next."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await submit(hass, menu, {"next_step_id": "compatible"})
    return await submit(hass, form, {CONF_BASE_URL: url, CONF_API_KEY: key, CONF_MODEL: DEFAULT_MODEL})


async def test_a_server_of_ones_own_network_is_asked_only_when_the_user_has_meant_it(
    hass: HomeAssistant, realtime_server: RealtimeServer, names: dict[str, str]
) -> None:
    """The question names the host and where it is, nothing is dialled before the answer, and the account keeps it."""
    names["box.example"] = "127.0.0.1"
    url = realtime_server.url.replace("127.0.0.1", "box.example")
    host = url.removeprefix("ws://").removesuffix("/v1")

    question = await enter(hass, url)
    assert question["step_id"] == "confirm_private"
    assert question["description_placeholders"] == {"host": host, "address": "127.0.0.1"}
    # To look at the form once more is no answer.
    again = await hass.config_entries.flow.async_configure(question["flow_id"])
    assert again["step_id"] == "confirm_private"
    assert realtime_server.connections == []

    result = await submit(hass, question, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PRIVATE_HOST] == host


async def test_an_account_is_asked_about_each_host_once(
    hass: HomeAssistant, loaded_account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """Another key for the same host asks nothing; another port is another server, and asks."""
    url = loaded_account.data[CONF_BASE_URL]
    form = await loaded_account.start_reconfigure_flow(hass)
    result = await submit(hass, form, {CONF_BASE_URL: url, CONF_API_KEY: OTHER_KEY})
    assert result["reason"] == "reconfigure_successful"

    async with RealtimeServer(keys=None) as other:
        form = await loaded_account.start_reconfigure_flow(hass)
        question = await submit(hass, form, {CONF_BASE_URL: other.url})
        assert question["step_id"] == "confirm_private"
        assert other.connections == []
        result = await submit(hass, question, {})
    assert result["reason"] == "reconfigure_successful"
    assert loaded_account.data[CONF_PRIVATE_HOST] == other.url.removeprefix("ws://").removesuffix("/v1")


async def test_what_was_confirmed_of_one_host_says_nothing_of_the_next(
    hass: HomeAssistant, realtime_server: RealtimeServer
) -> None:
    """Within one flow, too; the key that was typed wrong is asked for again without the question."""
    question = await enter(hass, realtime_server.url, key="sk-wrong")
    form = await submit(hass, question, {})
    assert form["errors"] == {CONF_API_KEY: "invalid_auth"}
    values = {CONF_MODEL: DEFAULT_MODEL, CONF_API_KEY: API_KEY}
    moved = realtime_server.url.replace("127.0.0.1", "localhost")
    question = await submit(hass, form, {**values, CONF_BASE_URL: moved})
    assert question["step_id"] == "confirm_private"
    result = await submit(hass, question, {})
    assert result["data"][CONF_PRIVATE_HOST] == moved.removeprefix("ws://").removesuffix("/v1")


async def test_a_key_that_was_wrong_is_asked_for_again_without_the_question(
    hass: HomeAssistant, realtime_server: RealtimeServer
) -> None:
    """The host is the one that was confirmed."""
    form = await submit(hass, await enter(hass, realtime_server.url, key="sk-wrong"), {})
    result = await submit(
        hass, form, {CONF_BASE_URL: realtime_server.url, CONF_MODEL: DEFAULT_MODEL, CONF_API_KEY: API_KEY}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.7/v1",
        "https://192.168.1.10/v1",
        "https://169.254.1.1/v1",
        "https://100.64.0.1/v1",
        "https://0.0.0.0/v1",
        "https://[::1]/v1",
        "https://[fe80::1]/v1",
        "https://[fd12:3456::1]/v1",
        "https://[::ffff:10.0.0.7]/v1",
    ],
)
async def test_every_kind_of_address_that_is_not_everybodys_is_asked_about(hass: HomeAssistant, address: str) -> None:
    """Of this machine, of its networks, of a provider's, and however it is written."""
    assert (await enter(hass, address))["step_id"] == "confirm_private"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/v1",
        "https://169.254.169.254/v1",
        "http://100.100.100.200/v1",
        "https://[fd00:ec2::254]/v1",
        "https://[::ffff:169.254.169.254]/v1",
        "https://[64:ff9b::a9fe:a9fe]/v1",
        "https://metadata.example/v1",
    ],
)
async def test_where_a_machine_hands_out_its_credentials_nobody_is_ever_asked(
    hass: HomeAssistant, names: dict[str, str], url: str
) -> None:
    """There is nothing to confirm."""
    names["metadata.example"] = "169.254.169.254"
    assert (await enter(hass, url))["errors"] == {CONF_BASE_URL: "forbidden_address"}


async def test_an_account_from_before_the_question_is_taken_for_confirmed(
    hass: HomeAssistant, loaded_account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """It goes on to work, and its host asks nothing when the key changes."""
    assert loaded_account.data[CONF_PRIVATE_HOST] == loaded_account.runtime_data.endpoint.host
    assert loaded_account.runtime_data.endpoint.may_be_private
