"""Which models answer here, and what each of them brings along."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of `/v1/realtime`; capabilities and defaults differ, the protocol does not."""

    id: str
    created: int
    """Seconds since the epoch."""
    voice: str = "alloy"
    silence_duration_ms: int = 200
    reasoning: bool = False
    """Takes `reasoning` and `parallel_tool_calls`, and marks its messages with a `phase`."""
    shutdown_date: str | None = None
    shut_down: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the model object of `GET /v1/models`."""
        return {
            "id": self.id,
            "object": "model",
            "created": self.created,
            "owned_by": "system",
            "shutdown_date": self.shutdown_date,
        }


# Life cycle as published by 2026-11-22. Voice and silence were recorded for gpt-realtime and gpt-realtime-2.1; their
# relatives are assumed to follow them.
_ALL: Final = (
    Model(id="gpt-realtime-2.1", created=1783296000, voice="marin", silence_duration_ms=500, reasoning=True),
    Model(id="gpt-realtime-2.1-mini", created=1783296000, voice="marin", silence_duration_ms=500, reasoning=True),
    Model(id="gpt-realtime-2", created=1778112000, voice="marin", silence_duration_ms=500, reasoning=True),
    Model(id="gpt-realtime-1.5", created=1771804800),
    Model(id="gpt-realtime", created=1756339200, shutdown_date="2027-01-20"),
    Model(id="gpt-realtime-2025-08-28", created=1756339200, shutdown_date="2027-01-20"),
    Model(id="gpt-realtime-mini", created=1759708800, shutdown_date="2027-01-20"),
    Model(id="gpt-realtime-mini-2025-12-15", created=1765756800, shutdown_date="2027-01-20"),
    Model(id="gpt-realtime-mini-2025-10-06", created=1759708800, shut_down=True),
    Model(id="gpt-4o-realtime-preview", created=1727740800, shutdown_date="2026-05-07", shut_down=True),
    Model(id="gpt-4o-realtime-preview-2024-10-01", created=1727740800, shutdown_date="2026-05-07", shut_down=True),
    Model(id="gpt-4o-realtime-preview-2024-12-17", created=1734393600, shutdown_date="2026-05-07", shut_down=True),
    Model(id="gpt-4o-realtime-preview-2025-06-03", created=1748908800, shutdown_date="2026-05-07", shut_down=True),
    Model(id="gpt-4o-mini-realtime-preview", created=1734393600, shutdown_date="2026-05-07", shut_down=True),
    Model(id="gpt-4o-mini-realtime-preview-2024-12-17", created=1734393600, shutdown_date="2026-07-23", shut_down=True),
)
MODELS: Final[dict[str, Model]] = {model.id: model for model in _ALL}


class Billing(StrEnum):
    """What a transcription is paid by."""

    TOKENS = "tokens"
    DURATION = "duration"


TRANSCRIPTION_MODELS: Final[dict[str, Billing]] = {
    "gpt-transcribe": Billing.DURATION,
    "gpt-live-transcribe": Billing.DURATION,
    "gpt-realtime-whisper": Billing.DURATION,
    "whisper-1": Billing.DURATION,
    "gpt-4o-transcribe": Billing.TOKENS,
    "gpt-4o-mini-transcribe": Billing.TOKENS,
    "gpt-4o-mini-transcribe-2025-12-15": Billing.TOKENS,
    "gpt-4o-transcribe-diarize": Billing.TOKENS,
}
VOICES: Final = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
