"""Whether an account can be used: its address is safe, and its server lets us in."""

from hashlib import sha256
import socket

from homeassistant.core import HomeAssistant
from homeassistant.util.ssl import get_default_context

from .hosts import async_addresses
from .realtime import DialectName, Endpoint, Reach, is_near, reach
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


class Unconfirmed(Exception):
    """A host is at an address that not everybody can reach, and the user has not said that it is meant."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(host)
        self.host = host
        self.address = address


async def async_try_out(hass: HomeAssistant, endpoint: Endpoint, model: str) -> DialectName:
    """Open a session with the model; return the dialect in which the server greets.

    Raises AccountRefused, and Unconfirmed before anything is sent.
    """
    if not _is_sendable(endpoint.api_key):
        raise AccountRefused("malformed_api_key")
    try:
        _check(endpoint, await async_addresses(hass, endpoint))
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


def _check(endpoint: Endpoint, addresses: list[str]) -> None:
    """Refuse what nobody may ask, what others could listen to, and what the user has not said to be meant."""
    reaches = {address: reach(address) for address in addresses}
    if Reach.FORBIDDEN in reaches.values():
        raise AccountRefused("forbidden_address")
    if endpoint.http_url.startswith("http:") and not all(map(is_near, addresses)):
        raise AccountRefused("insecure_base_url")
    private = [address for address, where in reaches.items() if where is Reach.PRIVATE]
    if private and not endpoint.may_be_private:
        raise Unconfirmed(endpoint.host, private[0])
