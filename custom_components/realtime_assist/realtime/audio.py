"""PCM audio: its formats, how long it lasts, how one format becomes another, and the header of a WAV stream.

All of it is 16 bits a sample, signed, little endian; the samples of a frame's channels follow one another.
"""

from dataclasses import dataclass
import struct

import numpy as np

from .resampling import Resampler

__all__ = [
    "MINIMUM_COMMIT_SECONDS",
    "PIPELINE",
    "WIRE",
    "Converter",
    "PcmFormat",
    "Resampler",
    "byte_count",
    "duration",
    "silence",
    "wav_header",
]

_SAMPLE = np.dtype("<i2")
_UNKNOWN_SIZE = 0xFFFFFFFF
_RIFF_OVERHEAD = 36  # What the RIFF chunk holds beside the samples
_WAV_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")

MINIMUM_COMMIT_SECONDS = 0.1
"""A server refuses to commit an input audio buffer that is shorter: `input_audio_buffer_commit_empty`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PcmFormat:
    """16-bit PCM at `rate` frames a second, of one channel or two.

    Raises ValueError for a rate below 1 Hz and for more channels.
    """

    rate: int
    channels: int = 1

    def __post_init__(self) -> None:
        """Refuse what no converter can make."""
        if self.rate < 1:
            raise ValueError(f"A sample rate must be at least 1 Hz, not {self.rate}")
        if self.channels not in {1, 2}:
            raise ValueError(f"PCM must have 1 channel or 2, not {self.channels}")

    @property
    def frame_size(self) -> int:
        """The bytes of one sample of every channel."""
        return self.channels * _SAMPLE.itemsize


WIRE = PcmFormat(rate=24_000)
"""What Realtime servers hear and speak as `audio/pcm`."""

PIPELINE = PcmFormat(rate=16_000)
"""What an Assist pipeline records and what most satellites play."""


def duration(num_bytes: int, pcm_format: PcmFormat) -> float:
    """Return how many seconds `num_bytes` of PCM last."""
    return num_bytes / (pcm_format.rate * pcm_format.frame_size)


def byte_count(seconds: float, pcm_format: PcmFormat) -> int:
    """Return how many bytes last `seconds`, to the nearest whole frame. Raises ValueError when seconds are negative."""
    if seconds < 0:
        raise ValueError(f"Audio cannot last {seconds} seconds")
    return round(seconds * pcm_format.rate) * pcm_format.frame_size


def silence(seconds: float, pcm_format: PcmFormat) -> bytes:
    """Return silence of this duration, to the nearest whole frame. Raises ValueError when seconds are negative."""
    return bytes(byte_count(seconds, pcm_format))


def wav_header(pcm_format: PcmFormat, data_size: int | None = None) -> bytes:
    """Return the 44 bytes that make a WAV file or stream of the PCM after them.

    `data_size` is the number of bytes of PCM. None, where it is not known yet, announces the largest there is: readers
    then read until the stream ends, whereas a size of 0 makes them read nothing. Raises ValueError for a size that is
    negative, too large for WAV, or not of whole frames.
    """
    frame_size = pcm_format.frame_size
    if data_size is None:
        riff_size = data_size = _UNKNOWN_SIZE
    elif data_size % frame_size or not 0 <= data_size <= _UNKNOWN_SIZE - _RIFF_OVERHEAD:
        raise ValueError(
            f"WAV data must be whole frames of {frame_size} bytes and less than 4 GiB, not {data_size} bytes"
        )
    else:
        riff_size = data_size + _RIFF_OVERHEAD
    integer_pcm, format_size, sample_bits = 1, 16, 8 * _SAMPLE.itemsize
    return _WAV_HEADER.pack(
        *(b"RIFF", riff_size, b"WAVE"),
        *(b"fmt ", format_size, integer_pcm, pcm_format.channels),
        *(pcm_format.rate, pcm_format.rate * frame_size, frame_size, sample_bits),
        *(b"data", data_size),
    )


class Converter:
    """Brings one stream of PCM from one format to another: its rate, and one channel to two or their average to one.

    Chunks may be of any size, odd ones included: the output is the same, always whole frames. `Resampler` says how far
    it lags and which rates raise ValueError.
    """

    def __init__(self, source: PcmFormat, target: PcmFormat) -> None:
        self._source = source
        self._target = target
        self._cut_frame = b""
        self._resamplers = [Resampler(source.rate, target.rate) for _ in range(min(source.channels, target.channels))]

    def process(self, pcm: bytes) -> bytes:
        """Take the next bytes of the stream and return what they complete, perhaps nothing."""
        channels = zip(self._resamplers, self._split(pcm), strict=True)
        return self._join([resampler.process(channel) for resampler, channel in channels])

    def flush(self) -> bytes:
        """Return the tail of the stream; a cut frame is dropped. The next byte processed begins another stream."""
        self._cut_frame = b""
        return self._join([resampler.flush() for resampler in self._resamplers])

    def _split(self, pcm: bytes) -> list[bytes]:
        """Return the samples of every channel to resample."""
        if self._source.channels == 1:
            return [pcm]
        pcm = self._cut_frame + pcm
        whole = len(pcm) - len(pcm) % self._source.frame_size
        self._cut_frame = pcm[whole:]
        frames = np.frombuffer(pcm[:whole], _SAMPLE).reshape(-1, self._source.channels)
        if self._target.channels == 1:
            return [np.rint(frames.mean(axis=1)).astype(_SAMPLE).tobytes()]
        return [frames[:, channel].tobytes() for channel in range(self._source.channels)]

    def _join(self, channels: list[bytes]) -> bytes:
        """Return the frames of the resampled channels; a single one is heard on both sides of a stereo target."""
        if self._target.channels == 1:
            return channels[0]
        sides = [np.frombuffer(channels[side], _SAMPLE) for side in (0, -1)]
        return np.stack(sides, axis=1).tobytes()
