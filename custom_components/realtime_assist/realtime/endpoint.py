"""Where a realtime server listens, and how it is addressed."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

OPENAI_BASE_URL = "https://api.openai.com/v1"

# OpenAI's hosts that keep data in one region; `api.openai.com` itself is none of them.
_REGIONAL_HOSTS = frozenset(f"{region}.api.openai.com" for region in ("us", "eu", "ae", "au", "in", "jp"))

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class InvalidBaseUrl(ValueError):
    """The base URL is not an http, https, ws or wss address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server's base URL as the user gave it, such as `https://api.openai.com/v1`, and the key for it.

    ws and wss are taken as well. Raises InvalidBaseUrl for anything else.
    """

    # Some put a user and a password into the address.
    base_url: str = field(default=OPENAI_BASE_URL, repr=False)
    api_key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be an address."""
        try:
            parts = urlsplit(self.base_url)
            valid = parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            valid = False
        if not valid:
            raise InvalidBaseUrl("expected an address such as https://api.openai.com/v1")

    @property
    def host(self) -> str:
        """Return host and port; user info in the address is left out."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def is_regional(self) -> bool:
        """Whether the server is one of OpenAI's that keep data in one region, and ask more for some models."""
        return urlsplit(self.base_url).hostname in _REGIONAL_HOSTS

    @property
    def http_url(self) -> str:
        """Return the base URL for REST calls, without a trailing slash."""
        parts = urlsplit(self.base_url)
        return urlunsplit((_SCHEMES[parts.scheme], parts.netloc, parts.path.rstrip("/"), "", ""))

    def websocket_url(self, model: str) -> str:
        """Return the URL of a realtime session with a model."""
        parts = urlsplit(f"{self.http_url}/realtime")
        scheme = "wss" if parts.scheme == "https" else "ws"
        return urlunsplit((scheme, parts.netloc, parts.path, f"model={quote(model, safe='')}", ""))

    def headers(self) -> dict[str, str]:
        """Return the headers that carry the key: the bearer alone, as a beta header is refused."""
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
