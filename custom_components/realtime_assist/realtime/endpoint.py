"""Where a realtime server listens, and how it is addressed."""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from .models import DialectName

OPENAI_BASE_URL = "https://api.openai.com/v1"

_OPENAI_HOST = "api.openai.com"
# OpenAI's hosts that keep data in one region; `api.openai.com` itself is none of them.
_REGIONAL_HOSTS = frozenset(f"{region}.api.openai.com" for region in ("us", "eu", "ae", "au", "in", "jp"))

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_TLS = {scheme: http == "https" for scheme, http in _SCHEMES.items()}


# What addresses are often copied with, and what is added to each.
_SOCKET = "/realtime"


class Auth(StrEnum):
    """How a key is shown to a server."""

    BEARER = "bearer"
    """In `Authorization`, as OpenAI and most others have it."""
    API_KEY = "api_key"
    """In a header of that name, as Azure has it."""


class InvalidBaseUrl(ValueError):
    """The base URL is not an http, https, ws or wss address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server's base URL as the user gave it, such as `https://api.openai.com/v1`, the key for it, and its dialect.

    ws and wss are taken as well, and so is the address of the socket itself. What the address asks for behind a `?`,
    such as a version, is asked for in every call. Raises InvalidBaseUrl for anything else.
    """

    # Some put a user and a password into the address.
    base_url: str = field(default=OPENAI_BASE_URL, repr=False)
    api_key: str | None = field(default=None, repr=False)
    auth: Auth = Auth.BEARER
    dialect: DialectName = DialectName.GA
    may_be_private: bool = True
    """Whether the host may be at an address that not everybody can reach, as its user has said or was not asked."""

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
    def is_openai(self) -> bool:
        """Whether the server is one of OpenAI's own, and nobody on the way there can listen."""
        parts = urlsplit(self.base_url)
        return _TLS[parts.scheme] and parts.hostname in {_OPENAI_HOST, *_REGIONAL_HOSTS}

    @property
    def http_url(self) -> str:
        """Return the base URL without a trailing slash, and without what it asks for."""
        parts = urlsplit(self.base_url)
        path = parts.path.rstrip("/").removesuffix(_SOCKET)
        return urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, "", ""))

    def rest_url(self, path: str) -> str:
        """Return the URL of a REST call, such as `models`."""
        parts = urlsplit(f"{self.http_url}/{path}")
        return urlunsplit((parts.scheme, parts.netloc, parts.path, self._query(), ""))

    def websocket_url(self, model: str) -> str:
        """Return the URL of a realtime session with a model, or with the deployment of one."""
        parts = urlsplit(f"{self.http_url}{_SOCKET}")
        scheme = "wss" if parts.scheme == "https" else "ws"
        return urlunsplit((scheme, parts.netloc, parts.path, self._query(model=model), ""))

    def headers(self) -> dict[str, str]:
        """Return the headers that carry the key: that one alone, as a beta header is refused."""
        if not self.api_key:
            return {}
        return {"api-key": self.api_key} if self.auth is Auth.API_KEY else {"Authorization": f"Bearer {self.api_key}"}

    def _query(self, **fields: str) -> str:
        """Return what is asked for behind the `?`: what the address has, and fields that overrule it."""
        given = dict(parse_qsl(urlsplit(self.base_url).query))
        return urlencode({**given, **fields}, quote_via=quote, safe="")
