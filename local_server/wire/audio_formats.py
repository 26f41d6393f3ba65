"""How audio stands on the wire, and at the 16,000 Hz at which a voice is looked for."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

type Codec = Callable[[bytes], bytes]
type _Table = NDArray[np.int16]

BYTES_PER_MS: Final = 48
"""Of PCM16 mono at 24,000 Hz, the format of everything behind the wire."""


def encoder(audio_format: Mapping[str, Any]) -> Codec:
    """Return what turns PCM16 mono at 24,000 Hz into the wire's format."""
    return _ENCODERS[audio_format["type"]]


def decoder(audio_format: Mapping[str, Any]) -> Codec:
    """Return what turns the wire's format into PCM16 mono at 24,000 Hz."""
    return _DECODERS[audio_format["type"]]


def voice_block(pcm: bytes) -> bytes:
    """Return 32 ms of PCM16 at 24,000 Hz (1,536 bytes) as 512 samples at 16,000 Hz."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    positions = np.arange(512, dtype=np.float32) * 1.5
    return bytes(np.interp(positions, np.arange(768, dtype=np.float32), samples).astype("<i2"))


def _mu_law() -> _Table:
    code = ~np.arange(256) & 0xFF
    size = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _a_law() -> _Table:
    code = np.arange(256) ^ 0x55
    exponent = (code >> 4) & 7
    size = ((code & 0x0F) << 4) + 8 + np.where(exponent > 0, 0x100, 0)
    size = size << np.maximum(exponent - 1, 0)
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _companding(table: _Table) -> tuple[Codec, Codec]:
    order = np.argsort(table, kind="stable")
    levels = table[order].astype(np.float32)
    borders = (levels[1:] + levels[:-1]) / 2

    def encode(pcm: bytes) -> bytes:
        samples = np.frombuffer(pcm[: len(pcm) // 6 * 6], "<i2").reshape(-1, 3).mean(axis=1)
        return bytes(order[np.searchsorted(borders, samples)].astype(np.uint8))

    def decode(companded: bytes) -> bytes:
        return bytes(np.repeat(table[np.frombuffer(companded, np.uint8)], 3).astype("<i2"))

    return encode, decode


def _same(pcm: bytes) -> bytes:
    return pcm


_ENCODE_MU, _DECODE_MU = _companding(_mu_law())
_ENCODE_A, _DECODE_A = _companding(_a_law())
_ENCODERS: Final[Mapping[str, Codec]] = {"audio/pcm": _same, "audio/pcmu": _ENCODE_MU, "audio/pcma": _ENCODE_A}
_DECODERS: Final[Mapping[str, Codec]] = {"audio/pcm": _same, "audio/pcmu": _DECODE_MU, "audio/pcma": _DECODE_A}
