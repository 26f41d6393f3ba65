"""What a session is before its client has said anything."""

from typing import Any, Final

from local_server.wire.models import Model

DEFAULT_INSTRUCTIONS: Final = (
    "You are a friendly voice assistant that runs without a network. Be brief. Call a function whenever one fits."
)
PCM: Final = {"type": "audio/pcm", "rate": 24000}


def server_vad(model: Model) -> dict[str, Any]:
    """Return the model's turn detection by silence."""
    return {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": model.silence_duration_ms,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }


def semantic_vad() -> dict[str, Any]:
    """Return turn detection by what was said."""
    return {"type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True}


def default_session(session_id: str, model: Model, expires_at: int) -> dict[str, Any]:
    """Return the session of `session.created`; `expires_at` counts seconds since the epoch."""
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model.id,
        "output_modalities": ["audio"],
        "instructions": DEFAULT_INSTRUCTIONS,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": expires_at,
        "audio": {
            "input": {
                "format": dict(PCM),
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": server_vad(model),
            },
            "output": {"format": dict(PCM), "voice": model.voice, "speed": 1.0},
        },
        "include": None,
    }
