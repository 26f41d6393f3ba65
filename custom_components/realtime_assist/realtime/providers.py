"""Who offers realtime servers, where, and what is known of each; read on 2026-11-22."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from .catalog import DEFAULT_MODEL, DEFAULT_TRANSCRIPTION_MODEL, DialectName
from .endpoint import OPENAI_BASE_URL, Auth


class Provider(StrEnum):
    """Whose server an account is at."""

    OPENAI = "openai"
    AZURE = "azure"
    XAI = "xai"
    VOICE_LIVE = "voice_live"
    COMPATIBLE = "compatible"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """What is known of one. None is what the user has to say, or what the server says of itself."""

    title: str | None = None
    """What an account is called; None lets the server's host name it."""
    base_url: str | None = None
    path: str = ""
    """Where the API is at an address that has no path, such as the one that a portal shows."""
    query: str = ""
    """What is asked for where the address asks for nothing."""
    example_url: str = ""
    regions: Mapping[str, str] = field(default_factory=dict)
    """The base URLs of hosts that keep data in one region."""
    auth: Auth = Auth.BEARER
    key_required: bool = True
    dialect: DialectName | None = None
    models: tuple[str, ...] = ()
    """What may be asked for by everybody; none where models are called by the names of the user's own."""
    voices: tuple[str, ...] = ()
    """Its own voices, where they are not OpenAI's; the first two are the defaults."""
    transcription_model: str | None = None
    paid_by_time: bool = False
    """Whether each minute costs that a session is open, also while nobody speaks."""
    lists_models: bool = False
    """Whether `GET /models` says what there is."""
    key_page: str | None = None

    @property
    def default_model(self) -> str | None:
        """Return the model to begin with."""
        return self.models[0] if self.models else None

    def completed(self, base_url: str) -> str:
        """Return an address with what the user may leave out of it."""
        parts = urlsplit(base_url)
        path = parts.path if parts.path.rstrip("/") else self.path
        return urlunsplit((parts.scheme, parts.netloc, path, parts.query or self.query, ""))


# The `openai` package 3.54.0, _data_residency.py.
_REGIONS: Final = ("us", "eu", "ae", "au", "in", "jp")

PROVIDERS: Mapping[Provider, ProviderFacts] = MappingProxyType(
    {
        Provider.OPENAI: ProviderFacts(
            title="OpenAI",
            base_url=OPENAI_BASE_URL,
            regions={region: f"https://{region}.api.openai.com/v1" for region in _REGIONS},
            dialect=DialectName.GA,
            models=(DEFAULT_MODEL,),
            transcription_model=DEFAULT_TRANSCRIPTION_MODEL,
            lists_models=True,
            key_page="https://platform.openai.com/api-keys",
        ),
        # https://learn.microsoft.com/en-us/azure/foundry/openai/how-to/realtime-audio-websockets
        Provider.AZURE: ProviderFacts(
            path="/openai/v1",
            example_url="https://my-resource.openai.azure.com",
            auth=Auth.API_KEY,
            dialect=DialectName.AZURE,
            lists_models=True,
            key_page="https://ai.azure.com",
        ),
        # https://docs.x.ai/docs/guides/voice; billed by the minute, which is no price of tokens.
        Provider.XAI: ProviderFacts(
            title="xAI",
            base_url="https://api.x.ai/v1",
            dialect=DialectName.XAI,
            models=("grok-voice-latest", "grok-voice-think-fast-2.0", "grok-voice-3.0"),
            voices=("ara", "eve", "leo", "rex", "sal"),
            transcription_model="grok-transcribe",
            lists_models=True,
            # 0.08 USD a minute of a session, as its price page is quoted.
            paid_by_time=True,
            key_page="https://console.x.ai",
        ),
        # https://learn.microsoft.com/en-us/azure/ai-services/speech-service/voice-live-how-to
        Provider.VOICE_LIVE: ProviderFacts(
            path="/voice-live",
            query="api-version=2026-04-10",
            example_url="https://my-resource.services.ai.azure.com",
            auth=Auth.API_KEY,
            dialect=DialectName.VOICE_LIVE,
            transcription_model="whisper-1",
            key_page="https://ai.azure.com",
        ),
        Provider.COMPATIBLE: ProviderFacts(
            example_url="http://192.168.1.10:8000/v1",
            key_required=False,
            lists_models=True,
        ),
    }
)

OPENAIS_PRICES: Final = frozenset({DialectName.GA, DialectName.AZURE, DialectName.BETA})
"""The dialects whose servers charge what OpenAI does for a model of that name; others only borrow the names."""
