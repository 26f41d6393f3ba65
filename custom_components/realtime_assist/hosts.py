"""Where does the host of an account's server lead to? Asked before a key is tried out, and before each plain request."""

import socket
from urllib.parse import urlsplit

from homeassistant.core import HomeAssistant

from .realtime import Endpoint
from .session import CannotConnect, admit


async def async_addresses(hass: HomeAssistant, endpoint: Endpoint) -> list[str]:
    """Return the host's addresses; none where only who forwards the connection may know them.

    Raises socket.gaierror where a host without TLS has none, and UnicodeError for what is no name of a host.
    """
    parts = urlsplit(endpoint.http_url)
    # Every dial puts the name into IDNA, which raises UnicodeError for empty and overlong labels.
    host = (parts.hostname or "").encode("idna").decode()
    try:
        found = await hass.loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror:
        # The dial finds out by itself, and TLS keeps the key from whoever it comes to.
        if parts.scheme == "https":
            return []
        raise
    return [str(address[0]) for *_, address in found]


async def async_admit(hass: HomeAssistant, endpoint: Endpoint) -> None:
    """Make sure that the host still leads to where its key may be shown. Raises CannotConnect."""
    try:
        addresses = await async_addresses(hass, endpoint)
    except OSError, UnicodeError:
        raise CannotConnect from None
    for address in addresses:
        admit(endpoint, address)
