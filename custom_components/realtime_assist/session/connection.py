"""One WebSocket to a realtime server, used once: dial, send, receive, close.

Every way in which a server can refuse or leave becomes an error of `exceptions.py`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
import logging
import ssl
from types import TracebackType
from typing import Self, cast, override

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import CloseCode
from websockets.proxy import get_proxy
from websockets.uri import parse_uri

from ..realtime import Endpoint
from .admission import admit
from .exceptions import CannotConnect, ConnectionLost, HungUp, NotRealtime, error_from_close, error_from_http_status
from .socket import MAX_MESSAGE_BYTES, Socket, Take

_LOGGER = logging.getLogger(__name__)

# The server pings about every 20 seconds; a peer that misses one of ours as well is gone.
PING_INTERVAL = 20.0
PING_TIMEOUT = 20.0
# The closing handshake is a courtesy that nobody waits for.
CLOSE_TIMEOUT = 1.0


def _quiet_logger() -> logging.Logger:
    """Return a logger that no configuration can bring to debug.

    At debug level websockets logs the Authorization header and every frame. A logger that is not in the
    hierarchy keeps its level, whatever the root's level or the user's logger integration says.
    """
    logger = logging.Logger("custom_components.realtime_assist.websocket", logging.WARNING)  # noqa: LOG001
    logger.parent = _LOGGER
    return logger


_WEBSOCKET_LOGGER = _quiet_logger()


class _Connect(connect):
    """A dial that stays where it was sent."""

    @override
    def process_redirect(self, exc: Exception) -> Exception | str:
        """Refuse to follow: the key and the voice of the house belong to the address that the user gave."""
        return exc


def _admit(endpoint: Endpoint, url: str, address: str) -> None:
    """Make sure that a dial has led to an address that may see the key. Raises CannotConnect."""
    # Who forwards connections is where Home Assistant was told, and knows itself where the host is.
    if get_proxy(parse_uri(url)) is None:
        admit(endpoint, address)


@dataclass(slots=True)
class Connection:
    """An open WebSocket; when it is closed it stays closed."""

    _socket: Socket
    _closing: bool = False

    @classmethod
    async def dial(
        cls, endpoint: Endpoint, model: str, *, ssl_context: ssl.SSLContext | None, time_limit: float
    ) -> Self:
        """Open a WebSocket; `time_limit` is in seconds. Raises a SessionError for every refusal."""
        url = endpoint.websocket_url(model)
        try:
            socket = await _Connect(
                url,
                create_connection=cast("type[Socket]", partial(Socket, admit=partial(_admit, endpoint, url))),
                additional_headers=endpoint.headers(),
                # Base64 PCM does not shrink: deflate costs 60 to 100 us a frame for nothing.
                compression=None,
                max_size=MAX_MESSAGE_BYTES,
                open_timeout=time_limit,
                ping_interval=PING_INTERVAL,
                ping_timeout=PING_TIMEOUT,
                close_timeout=CLOSE_TIMEOUT,
                logger=_WEBSOCKET_LOGGER,
                ssl=ssl_context if url.startswith("wss:") else None,
                user_agent_header="RealtimeAssist",
            )
        except InvalidStatus as err:
            raise error_from_http_status(err.response.status_code, err.response.headers.get("Retry-After")) from None
        except (InvalidHandshake, InvalidURI) as err:
            if isinstance(err.__cause__, EOFError):
                # The line was cut before an answer, which says nothing about who is there.
                raise HungUp("hung_up") from None
            raise NotRealtime(type(err).__name__) from None
        except TimeoutError:
            raise CannotConnect("timeout") from None
        except ssl.SSLError as err:
            raise CannotConnect("tls") from err
        except (OSError, UnicodeError) as err:
            # A host name that cannot be written in ASCII for the resolver has no address either.
            raise CannotConnect from err
        _LOGGER.debug("= connected to %s", endpoint.host)
        # websockets returns what it was told to create, and cannot say so.
        return cls(cast("Socket", socket))

    @property
    def num_unsent(self) -> int:
        """Return how many bytes wait for the server to take them."""
        return self._socket.num_unsent

    def send(self, messages: Sequence[bytes]) -> None:
        """Send events as text messages, in order. A connection that is gone is reported to the receiving side alone."""
        if not self._socket.send_now(messages):
            _LOGGER.debug("! sent nothing: the connection is closed")

    async def listen(self, take: Take) -> None:
        """Hand messages on in the moment they come, until the connection ends.

        Raises the error that its close stands for. After our own `leave` or `close` it just returns.
        """
        self._socket.hand_to(take)
        await self._socket.wait_over()
        if self._closing:
            _LOGGER.debug("= connection closed by us")
            return
        close, ours = self._socket.protocol.close_rcvd, self._socket.protocol.close_sent
        if close is None and ours is not None and ours.code == CloseCode.MESSAGE_TOO_BIG:
            _LOGGER.debug("! the server sends a message of more than %d bytes", MAX_MESSAGE_BYTES)
            raise ConnectionLost("message_too_big")
        close_code, close_reason = (1006, "") if close is None else (close.code, close.reason)
        error = error_from_close(close_code, close_reason)
        _LOGGER.debug("= connection closed by the server [%d %s]", close_code, error.code)
        raise error

    def leave(self) -> None:
        """Have `listen` return, be it called already or not."""
        self._closing = True
        self._socket.end()

    async def wait_closed(self) -> None:
        """Wait for the end of the WebSocket, however it comes."""
        await self._socket.wait_closed()

    async def close(self) -> None:
        """Close the WebSocket; safe to call twice."""
        self.leave()
        try:
            # A peer that reads nothing does not even take the close frame.
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._socket.close()
        except TimeoutError:
            self._socket.transport.abort()

    async def __aenter__(self) -> Self:
        """Return the open connection."""
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connection."""
        await self.close()
