"""How a server's speech endpoint is asked, through Home Assistant's own HTTP client."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import ClientError, ClientTimeout
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .hosts import async_admit
from .realtime import DIALECTS, Endpoint
from .session import CannotConnect, SpeechEndpoint

# A long text takes its time; silence between two pieces of it does not.
_TIMEOUT = ClientTimeout(total=None, connect=5, sock_read=15)


def speech_endpoint(hass: HomeAssistant, endpoint: Endpoint) -> SpeechEndpoint | None:
    """Return what reads texts aloud where the server cannot in a session; None where it can, or has nothing else."""
    dialect = DIALECTS[endpoint.dialect]
    if dialect.side_responses or dialect.speech_model is None:
        return None

    @asynccontextmanager
    async def post(
        url: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncGenerator[tuple[int, AsyncIterator[bytes]]]:
        await async_admit(hass, endpoint)
        # A key must not follow a redirect to somebody else.
        client = async_get_clientsession(hass)
        try:
            async with client.post(
                url, headers=headers, data=body, timeout=_TIMEOUT, allow_redirects=False
            ) as response:
                yield response.status, response.content.iter_any()
        except (ClientError, TimeoutError, ValueError) as err:
            raise CannotConnect(type(err).__name__) from None

    return SpeechEndpoint(endpoint, dialect.speech_model, post)
