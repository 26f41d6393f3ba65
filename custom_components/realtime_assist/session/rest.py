"""What a server says of its models over plain HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import orjson

from ..realtime import Endpoint
from ..realtime.catalog import ShutdownDates, shutdown_dates
from .exceptions import NotRealtime, error_from_http_status

type Fetch = Callable[[str, Mapping[str, str]], Awaitable[tuple[int, bytes]]]
"""GET a URL with headers; return status and body. Raises a SessionError where nobody answers."""


async def announced_shutdowns(endpoint: Endpoint, fetch: Fetch) -> ShutdownDates:
    """Return when the server's models shut down, as `GET /v1/models` has it.

    Raises the SessionError that stands for any other answer, or for none.
    """
    status, body = await fetch(endpoint.rest_url("models"), endpoint.headers())
    if status != HTTPStatus.OK:
        raise error_from_http_status(status)
    try:
        return shutdown_dates(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise NotRealtime("no_listing") from None
