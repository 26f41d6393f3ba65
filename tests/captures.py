"""Recorded conversations with real servers: where they lie, and how one is read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

CAPTURES = Path(__file__).parents[2] / "shared" / "captures"

# Everything that was recorded at api.openai.com; `openai_2_1_*` is gpt-realtime-2.1.
OPENAI_CAPTURES = (
    "openai_text_in_audio_out",
    "openai_tool_call_round",
    "openai_history_seeding",
    "openai_audio_in_server_vad",
    "openai_2_1_text_tool_round",
    "openai_2_1_history_seeding",
)

# What was recorded elsewhere: Grok Voice, and Azure Voice Live, which still speaks the beta's shape.
XAI_CAPTURES = ("xai_tool_call_round", "xai_audio_in_server_vad")
VOICE_LIVE_CAPTURES = ("voice_live_text_in_audio_out", "voice_live_tool_call_round")

type Interactions = Sequence[tuple[str, dict[str, Any]]]
"""`sent` or `received`, and the event, in the order of the wire."""


def capture(name: str) -> Interactions:
    """Return a recorded conversation; skip the test that asks where the recordings are absent."""
    path = CAPTURES / f"{name}.yaml"
    if not path.is_file():
        pytest.skip("the recordings lie beside the repository, not in it")
    recorded = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return [(interaction["direction"], interaction["data"]) for interaction in recorded["interactions"]]
