"""What lies between the wire's 24 kHz PCM and the 16 kHz features that the Whisper model reads."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIRE_RATE: Final = 24_000
MODEL_RATE: Final = 16_000
FRAME: Final = MODEL_RATE // 100
"""Samples of one feature frame, 10 ms."""

_TAPS: Final = 96
_KEEP_SECONDS: Final = 0.35
_SILENCE_RMS: Final = 0.002
"""Below this a frame is silence however quiet the rest is; about -54 dB of full scale."""
_ABOVE_FLOOR: Final = 3.0
_BELOW_PEAK: Final = 0.04

type Samples = NDArray[np.float32]


def from_pcm16(pcm: bytes) -> Samples:
    """Return PCM16 mono, little endian, as samples between -1 and 1; a torn last sample is dropped."""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / 32768.0


def to_pcm16(samples: Samples) -> bytes:
    """Return samples between -1 and 1 as PCM16 mono, little endian; louder ones are clipped."""
    return (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()


def to_model_rate(samples: Samples) -> Samples:
    """Resample a whole clip from 24,000 to 16,000 Hz."""
    on, between = _phases()
    padded = np.pad(samples, (_TAPS // 2, _TAPS // 2))
    # An output sample falls on every third sample of the clip, and one in the middle between each two of these; the
    # filter of even length answers for the point half a sample before the one that it is asked for.
    even = np.convolve(padded, on, "valid")[0::3]
    odd = np.convolve(padded, between, "valid")[2::3]
    resampled = np.zeros(len(samples) * 2 // 3, np.float32)
    resampled[0::2] = even[: len(resampled[0::2])]
    resampled[1::2] = odd[: len(resampled[1::2])]
    return resampled


@cache
def _phases() -> tuple[Samples, Samples]:
    """Return the low-pass filter at 48 kHz, cut at 8 kHz, as its two halves at 24 kHz."""
    position = np.arange(-_TAPS, _TAPS + 1)
    taps = (np.sinc(position / 3) * np.blackman(2 * _TAPS + 1)).astype(np.float32)
    taps *= 2 / taps.sum()
    return taps[0::2], taps[1::2]


def speech_only(samples: Samples) -> Samples:
    """Return the clip at the model's rate from first to last speech, with a little around it; empty if there is none."""
    count = len(samples) // FRAME
    if count == 0:
        return samples[:0]
    rms = np.sqrt(np.mean(samples[: count * FRAME].reshape(count, FRAME) ** 2, axis=1))
    floor = float(np.percentile(rms, 10))
    threshold = max(_SILENCE_RMS, min(floor * _ABOVE_FLOOR, float(rms.max()) / 2), float(rms.max()) * _BELOW_PEAK)
    loud = np.flatnonzero(rms > threshold)
    if not len(loud):
        return samples[:0]
    keep = int(_KEEP_SECONDS * MODEL_RATE)
    start, end = int(loud[0]) * FRAME - keep, (int(loud[-1]) + 1) * FRAME + keep
    # A clip that begins or ends abruptly gets silence there, or its first syllable is lost.
    missing = max(0, -start), max(0, end - len(samples))
    return np.pad(samples[max(0, start) : end], missing)


def log_mel(samples: Samples, frames: int) -> Samples:
    """Return Whisper's log-mel features of shape (80, frames); the clip is cut or filled with silence to fit."""
    length = frames * FRAME
    filled = np.pad(samples[:length], (0, max(0, length - len(samples))))
    framed = np.lib.stride_tricks.sliding_window_view(np.pad(filled, 200, mode="reflect"), 400)[::FRAME][:frames]
    window = np.hanning(401)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(framed * window, axis=1)).astype(np.float32) ** 2
    mel = np.log10(np.maximum(_mel_filters() @ power.T, 1e-10))
    features: Samples = ((np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0).astype(np.float32)
    return features


@cache
def _mel_filters() -> Samples:
    """Return the 80 triangular filters on Slaney's scale, each of unit area, over 201 bins up to 8 kHz."""
    edges = _hertz(np.linspace(0.0, 15.0 + np.log(8.0) / _LOG_STEP, 82))
    bins = np.linspace(0, MODEL_RATE / 2, 201)
    widths = np.diff(edges)
    slopes = edges[:, None] - bins
    rising, falling = -slopes[:-2] / widths[:-1, None], slopes[2:] / widths[1:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    result: Samples = filters.astype(np.float32)
    return result


_LOG_STEP: Final = np.log(6.4) / 27.0
"""Slaney's scale is linear up to 1 kHz, which is 15 mel, and logarithmic above."""


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp(_LOG_STEP * (mel - 15.0)))
