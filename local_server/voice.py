"""Text to speech: one small voice, turned a little so that the realtime voices can be told apart."""

from dataclasses import dataclass
import re
from typing import Any, Final

import numpy as np

from .packages import load_package
from .speech_audio import Samples, to_pcm16

PACKAGE: Final = "hibari-tts==0.2.1"

_LONGEST: Final = 280
"""Characters of a sentence before it is parted at a comma, so that the first sound is never late."""
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")
_CLAUSE_END: Final = re.compile(r"(?<=[,;:])\s+")
_NO_END: Final = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Prof|vs|e\.g|i\.e)|\b[A-Z])\.$")
_MARKUP: Final = re.compile(r"[*_`#]+|\[(?P<words>[^\]]*)\]\([^)]*\)")
_SEED: Final = 0
"""The same text sounds the same every time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timbre:
    """How a voice differs from the one that was trained: 1 is the same, more is higher or faster."""

    pitch: float = 1.0
    speed: float = 1.0


_TIMBRES: Final = {
    "alloy": Timbre(),
    "ash": Timbre(pitch=0.86),
    "ballad": Timbre(pitch=0.92, speed=0.95),
    "cedar": Timbre(pitch=0.82),
    "coral": Timbre(pitch=1.05),
    "echo": Timbre(pitch=0.84, speed=1.05),
    "marin": Timbre(pitch=1.03, speed=1.04),
    "sage": Timbre(pitch=0.96),
    "shimmer": Timbre(pitch=1.1),
    "verse": Timbre(pitch=0.89, speed=1.05),
}


class Voice:
    """The voice in memory; one call at a time."""

    def __init__(self) -> None:
        """Load the model; raise MissingPackageError."""
        hibari = load_package("hibari", PACKAGE, "a voice")
        # Only the voice inside the package: any other would be downloaded.
        self._hibari: Any = hibari.Hibari(voice="heart", threads=1)

    def speak(self, sentence: str, voice: str) -> bytes:
        """Return the sentence as PCM16 mono at 24,000 Hz; voices without a timbre of their own sound as trained."""
        timbre = _TIMBRES.get(voice, Timbre())
        samples: Samples = self._hibari(sentence, speed=timbre.speed / timbre.pitch, seed=_SEED)
        return to_pcm16(_higher(samples, timbre.pitch))


def sentences(text: str) -> list[str]:
    """Return the text in pieces to be spoken one by one: sentences, the long ones parted at commas."""
    pieces: list[str] = []
    begun = ""
    for part in _SENTENCE_END.split(_MARKUP.sub(lambda found: found["words"] or "", text)):
        sentence = f"{begun} {part}".strip()
        if _NO_END.search(sentence):
            begun = sentence
            continue
        begun = ""
        pieces += _clauses(sentence)
    return [piece for piece in (*pieces, begun) if any(char.isalnum() for char in piece)]


def _clauses(sentence: str) -> list[str]:
    if len(sentence) <= _LONGEST:
        return [sentence]
    clauses = [""]
    for clause in _CLAUSE_END.split(sentence):
        if clauses[-1] and len(clauses[-1]) + len(clause) > _LONGEST:
            clauses.append("")
        clauses[-1] = f"{clauses[-1]} {clause}".strip()
    return clauses


def _higher(samples: Samples, pitch: float) -> Samples:
    """Return the samples played faster by `pitch`, which the slower speech made up for."""
    if pitch == 1.0 or not len(samples):
        return samples
    at = np.arange(0, len(samples) - 1, pitch)
    higher: Samples = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    return higher
