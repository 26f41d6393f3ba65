"""A speech endpoint, asked through Home Assistant's own client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from homeassistant.core import HomeAssistant
import pytest

from custom_components.realtime_assist.realtime import DialectName, Endpoint
from custom_components.realtime_assist.session import SessionError
from custom_components.realtime_assist.speech_requests import speech_endpoint


@asynccontextmanager
async def web_server(response: bytes, requests: list[bytes]) -> AsyncIterator[Endpoint]:
    """Answer every request with `response`; yield the address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(response)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield Endpoint(base_url=f"ws://127.0.0.1:{port}/v1", api_key="sk-test", dialect=DialectName.SPEACHES)


async def spoken(hass: HomeAssistant, endpoint: Endpoint) -> bytes:
    found = speech_endpoint(hass, endpoint)
    assert found is not None
    return b"".join([pcm async for pcm in found.speak("Tea is ready.", "af_heart")])


async def test_a_text_comes_back_as_sound(hass: HomeAssistant) -> None:
    """The key goes along, and the sound is passed on as it comes."""
    requests: list[bytes] = []
    async with web_server(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\1\0\2\0", requests) as endpoint:
        assert await spoken(hass, endpoint) == b"\1\0\2\0"
    assert requests[0].startswith(b"POST /v1/audio/speech ")
    assert b"Bearer sk-test" in requests[0]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "invalid_auth"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", "not_realtime"),
        (b"", "cannot_connect"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\1\0", "cannot_connect"),
    ],
)
async def test_whatever_goes_wrong_is_named(hass: HomeAssistant, response: bytes, reason: str) -> None:
    """A redirect is not followed, as the key belongs to the address that was given."""
    async with web_server(response, []) as endpoint:
        with pytest.raises(SessionError) as raised:
            await spoken(hass, endpoint)
    assert raised.value.reason == reason


@pytest.mark.parametrize("dialect", [DialectName.GA, DialectName.XAI])
async def test_who_can_or_cannot_read_aloud_in_another_way_has_no_endpoint(
    hass: HomeAssistant, dialect: DialectName
) -> None:
    """A session reads aloud at OpenAI; Grok's server has nothing else."""
    assert speech_endpoint(hass, Endpoint(base_url="ws://127.0.0.1:9/v1", dialect=dialect)) is None
