"""Whether the key may be shown at the address that an endpoint's host leads to now."""

import logging

from ..realtime import Endpoint, refusal
from .exceptions import CannotConnect

_LOGGER = logging.getLogger(__name__)


def admit(endpoint: Endpoint, address: str) -> None:
    """Make sure that nothing is sent where its user has not meant it to go. Raises CannotConnect."""
    tls = endpoint.http_url.startswith("https:")
    if (code := refusal(address, tls=tls, may_be_private=endpoint.may_be_private)) is not None:
        _LOGGER.warning(
            "%s is at %s now, where nothing is sent (%s): reconfigure the account if that is meant",
            endpoint.host,
            address,
            code,
        )
        raise CannotConnect(code)
