"""The Realtime protocol without I/O: text in, events out; no loop, clock, socket or randomness."""

from .endpoint import OPENAI_BASE_URL, Endpoint, InvalidBaseUrl
from .exceptions import LocalProtocolError

__all__ = ["OPENAI_BASE_URL", "Endpoint", "InvalidBaseUrl", "LocalProtocolError"]
