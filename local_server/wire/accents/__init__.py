"""Ways of speaking the protocol other than OpenAI's own: shapes, names and refusals of other servers."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from local_server.wire.accents.accent import Accent
from local_server.wire.accents.beta import BetaAccent, SpeachesAccent, VoiceLiveAccent
from local_server.wire.accents.xai import XaiAccent

ACCENTS: Mapping[str, Callable[[], Accent]] = MappingProxyType(
    {
        "ga": Accent,
        "beta": BetaAccent,
        "speaches": SpeachesAccent,
        "voice_live": VoiceLiveAccent,
        "xai": XaiAccent,
    }
)
"""What makes the accent of one session, by its name."""

__all__ = ["ACCENTS", "Accent"]
