"""A server that sends whoever asks to somebody else: nobody goes there, with or without the key."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_API_KEY, CONF_MODEL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.realtime_assist.announcements import FIRST_SECONDS
from custom_components.realtime_assist.const import CONF_BASE_URL, DOMAIN
from custom_components.realtime_assist.realtime import DialectName, Endpoint
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL
from custom_components.realtime_assist.session import SessionError
from custom_components.realtime_assist.speech_requests import speech_endpoint
from tests.conftest import API_KEY
from tests.house import find_agent, furnish
from tests.session.raw_server import RawServer, raw_server
from tests.voice import write

NO_CONTENT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@asynccontextmanager
async def misleading(status: int, scheme: str) -> AsyncIterator[tuple[RawServer, RawServer]]:
    """Yield a server that answers every request with a redirect, and the one that it leads to."""
    async with AsyncExitStack() as stack:
        elsewhere = await stack.enter_async_context(raw_server(NO_CONTENT))
        place = elsewhere.url.replace("http:", f"{scheme}:")
        moved = f"HTTP/1.1 {status} Moved\r\nLocation: {place}/realtime\r\nContent-Length: 0\r\n\r\n".encode()
        yield await stack.enter_async_context(raw_server(moved)), elsewhere


@pytest.fixture(params=[301, 302, 307, 308])
def status(request: pytest.FixtureRequest) -> int:
    """Return how the server sends others away."""
    return request.param


async def test_nothing_that_a_loaded_account_does_follows_a_redirect(
    hass: HomeAssistant, account: MockConfigEntry, status: int
) -> None:
    """Neither the question which models there are, nor a session, nor a text that is read aloud over HTTP."""
    async with misleading(status, "http") as (server, elsewhere):
        await furnish(hass)
        account.add_to_hass(hass)
        hass.config_entries.async_update_entry(account, data={**account.data, CONF_BASE_URL: server.url})
        assert await hass.config_entries.async_setup(account.entry_id)
        agent = await find_agent(hass, account)
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=FIRST_SECONDS + 1))
        await hass.async_block_till_done(wait_background_tasks=True)
        assert any(request.startswith(b"GET /v1/models") for request in server.requests)

        run = await write(hass, agent.pipeline_id, "Hello?")
        assert run.speech == "Hello from Home Assistant."
        assert any(request.startswith(b"GET /v1/realtime") for request in server.requests)

        endpoint = Endpoint(base_url=server.url, api_key=API_KEY, dialect=DialectName.SPEACHES)
        with pytest.raises(SessionError, match=f"http_{status}"):
            await anext(speech_endpoint(hass, endpoint).speak("Hello", "marin"))
        assert any(request.startswith(b"POST /v1/audio/speech") for request in server.requests)

        assert all(f"Bearer {API_KEY}".encode() in request for request in server.requests)
        await hass.config_entries.async_unload(account.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert elsewhere.requests == []


async def test_a_host_that_has_moved_into_the_house_is_asked_nothing_over_plain_http(
    hass: HomeAssistant, loaded_account: MockConfigEntry
) -> None:
    """The account was of a public host; where its name leads now, neither a listing nor speech is asked for."""
    async with raw_server(NO_CONTENT) as server:
        endpoint = Endpoint(base_url=server.url, api_key=API_KEY, dialect=DialectName.SPEACHES, may_be_private=False)
        loaded_account.runtime_data.endpoint = endpoint
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=FIRST_SECONDS + 1))
        await hass.async_block_till_done(wait_background_tasks=True)
        with pytest.raises(SessionError, match="private_address"):
            await anext(speech_endpoint(hass, endpoint).speak("Hello", "marin"))
    assert server.requests == []


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_trying_an_account_out_follows_no_redirect(hass: HomeAssistant, status: int, scheme: str) -> None:
    """The form says that there is no realtime server at the address."""

    async def configure(flow: Any, values: dict[str, Any]) -> Any:
        return await hass.config_entries.flow.async_configure(flow["flow_id"], values)

    assert await async_setup_component(hass, "homeassistant", {})
    async with misleading(status, scheme) as (server, elsewhere):
        menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        form = await configure(menu, {"next_step_id": "compatible"})
        values = {CONF_BASE_URL: server.url, CONF_API_KEY: API_KEY, CONF_MODEL: DEFAULT_MODEL}
        question = await configure(form, values)
        result = await configure(question, {})
        assert result["errors"] == {CONF_BASE_URL: "not_realtime"}
        assert len(server.requests) == 1
    assert elsewhere.requests == []
