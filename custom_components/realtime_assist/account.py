"""Whether an account can be used: its address is safe, and its server lets us in."""

from hashlib import sha256
from ipaddress import ip_address
import socket
from urllib.parse import urlsplit

from homeassistant.core import HomeAssistant
from homeassistant.util.network import is_local
from homeassistant.util.ssl import get_default_context

from .realtime import DialectName, Endpoint
from .session import SessionError, SessionLimits, probe

LIMITS = SessionLimits()

# Codes that say more than the reason of their error.
_FORM_ERRORS_BY_CODE = {
    "tls": "tls_failed",
    "http_404": "not_found",
}


def account_id(endpoint: Endpoint) -> str:
    """Return an id of the server and the key together that tells nothing of either."""
    return sha256(f"{endpoint.http_url}\0{endpoint.api_key or ''}".encode()).hexdigest()[:16]


class AccountRefused(Exception):
    """An account cannot be used; `error` is the form error that says why."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


async def async_try_out(hass: HomeAssistant, endpoint: Endpoint, model: str) -> DialectName:
    """Open a session with the model; return the dialect in which the server greets. Raises AccountRefused."""
    if not _is_sendable(endpoint.api_key):
        raise AccountRefused("malformed_api_key")
    try:
        if not await _async_is_private(hass, endpoint):
            raise AccountRefused("insecure_base_url")
        return await probe(endpoint, model, ssl_context=get_default_context(), limits=LIMITS)
    except SessionError as err:
        raise AccountRefused(_FORM_ERRORS_BY_CODE.get(err.code, err.reason)) from None
    except socket.gaierror:
        raise AccountRefused("host_not_found") from None
    except UnicodeError:
        raise AccountRefused("invalid_base_url") from None


def _is_sendable(api_key: str | None) -> bool:
    """Return whether a key can stand in a header: what is pasted may hold a line break in its middle."""
    return api_key is None or all("!" <= character <= "~" for character in api_key)


async def _async_is_private(hass: HomeAssistant, endpoint: Endpoint) -> bool:
    """Return whether nobody on the way can listen: TLS, or an address that never leaves the local network."""
    parts = urlsplit(endpoint.http_url)
    # Every dial puts the name into IDNA, which raises UnicodeError for empty and overlong labels.
    host = (parts.hostname or "").encode("idna").decode()
    if parts.scheme == "https":
        return True
    found = await hass.loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return all(is_local(ip_address(address[0])) for *_, address in found)
