"""In which dialect a server greets."""

from collections.abc import Mapping
from typing import Any

from .models import DialectName


def recognised(session: Mapping[str, Any]) -> DialectName:
    """Return the dialect in which a server has said who it is, in the `session` of its greeting.

    What a server cannot do does not show there; GA is what most speak, and what one that says little is taken to speak.
    """
    if isinstance(session.get("audio"), dict) or "output_modalities" in session or "modalities" not in session:
        return DialectName.GA
    if isinstance(session.get("voice"), dict):
        return DialectName.VOICE_LIVE
    return DialectName.BETA if "input_audio_format" in session else DialectName.XAI
