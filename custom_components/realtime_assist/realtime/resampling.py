"""How a stream of 16-bit PCM gets from one sample rate to another.

Through a polyphase filter: a windowed sinc, sampled once for each place an output sample can have between two input
samples. The coefficients are whole multiples of 2**-32, so every sum of products is exact in a float64, in whatever
order it is added up. How a stream is cut into chunks therefore never changes a byte of the output.
"""

from dataclasses import dataclass
from functools import cache
from math import ceil, gcd

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_SAMPLE = np.dtype("<i2")
_LOWEST, _HIGHEST = -32768.0, 32767.0

# The filter, in terms of the lower of both rates: half its length in samples, the frequency it halves as a share of
# half the rate, and the shape of its Kaiser window. Between 16 and 24 kHz it is flat to 6 kHz and lets less than -80 dB
# through from 8.7 kHz on.
_HALF_LENGTH = 18
_CUTOFF = 0.92
_KAISER_BETA = 9.0
_COEFFICIENT_UNITS = 2.0**32

# Input samples. Shorter blocks cost more copying, longer ones more multiplications by zero.
_SHORTEST_BLOCK = 16
# Input samples filtered at a time, which bounds the memory whatever the size of a chunk.
_STRIDE = 1024
# Coefficients of 8 bytes. The worst ratio between usual rates, 11.025 to 32 kHz, has 0.61 million.
_LARGEST_BANK = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _FilterBank:
    """The filter of one block: for every `inputs` samples taken, `outputs` samples are made.

    Input samples up to `reach` away bear on an output sample. `coefficients[i, j]` is the share of the block's input
    sample `i - reach` in its output sample `j`.
    """

    inputs: int
    outputs: int
    reach: int
    coefficients: NDArray[np.float64]


@cache
def _filter_bank(up: int, down: int) -> _FilterBank:
    """Return the filter that makes `up` samples of every `down`, numbers without a common divisor."""
    periods = ceil(_SHORTEST_BLOCK / down)
    inputs, outputs = periods * down, periods * up
    reach = ceil(_HALF_LENGTH * max(up, down) / up)
    if (inputs + 2 * reach) * outputs > _LARGEST_BANK:
        raise ValueError(f"Cannot resample by {up}/{down}: use usual rates, such as 16000, 24000 or 48000 Hz")
    # Distances between input and output samples, in samples of the lower rate.
    positions_in, positions_out = np.arange(-reach, inputs + reach) * up, np.arange(outputs) * down
    distances = np.subtract.outer(positions_in, positions_out) / max(up, down)
    near = abs(distances) < _HALF_LENGTH
    window = np.i0(_KAISER_BETA * np.sqrt(1 - (distances[near] / _HALF_LENGTH) ** 2))
    kernel = np.zeros_like(distances)
    kernel[near] = np.sinc(_CUTOFF * distances[near]) * window
    # Every column adds up to one: if their sums differed, a constant input would come out with a tone on it.
    units = np.rint(kernel / kernel.sum(axis=0) * _COEFFICIENT_UNITS)
    return _FilterBank(inputs=inputs, outputs=outputs, reach=reach, coefficients=units / _COEFFICIENT_UNITS)


class _Polyphase:
    """One stream on its way through a filter bank, in arrays made once."""

    def __init__(self, bank: _FilterBank) -> None:
        self._bank = bank
        rows, width = ceil(_STRIDE / bank.inputs) + 1, bank.inputs + 2 * bank.reach
        self._history = np.zeros(width + (rows - 1) * bank.inputs)
        self._windows = sliding_window_view(self._history, width)[:: bank.inputs]
        self._rows = np.empty((rows, width))
        self._results = np.empty((rows, bank.outputs))
        self._start()

    def _start(self) -> None:
        self._history.fill(0)
        self._filled = self._bank.reach  # A stream begins after silence.
        self._received = self._emitted = 0

    def take(self, samples: NDArray[np.int16]) -> bytes:
        """Return the output samples whose whole neighbourhood has arrived with these input samples."""
        parts = []
        for first in range(0, samples.size, _STRIDE):
            self._append(samples[first : first + _STRIDE])
            ready = (self._received - self._bank.reach) * self._bank.outputs // self._bank.inputs + 1
            if ready > self._emitted:
                parts.append(self._emit(ready))
        return b"".join(parts)

    def end(self) -> bytes:
        """Return the rest of the stream, as if silence followed; the next sample taken begins another one."""
        total = round(self._received * self._bank.outputs / self._bank.inputs)
        missing = total - self._emitted
        tail = self.take(np.zeros(self._bank.reach, _SAMPLE))[: missing * _SAMPLE.itemsize]
        self._start()
        return tail

    def _append(self, samples: NDArray[np.int16]) -> None:
        filled = self._filled + samples.size
        self._history[self._filled : filled] = samples
        self._filled = filled
        self._received += samples.size

    def _emit(self, end: int) -> bytes:
        """Return the output samples from the first one not yet emitted up to position `end` of the stream."""
        outputs = self._bank.outputs
        block, done = divmod(self._emitted, outputs)
        count, rows = end - self._emitted, ceil(end / outputs) - block
        # Windows overlap, and the matrix product is fast only on rows that do not. The last row may reach past what has
        # arrived: nothing there bears on the samples returned.
        np.copyto(self._rows[:rows], self._windows[:rows])
        results = np.dot(self._rows[:rows], self._bank.coefficients, out=self._results[:rows])
        samples = results.reshape(-1)[done : done + count]
        np.rint(samples, out=samples)
        np.maximum(samples, _LOWEST, out=samples)
        np.minimum(samples, _HIGHEST, out=samples)
        self._emitted = end
        self._forget((end // outputs - block) * self._bank.inputs)
        return samples.astype(_SAMPLE).tobytes()

    def _forget(self, size: int) -> None:
        """Drop the oldest samples, which no output sample to come depends on."""
        kept = self._filled - size
        self._history[:kept] = self._history[size : self._filled]
        self._filled = kept


class Resampler:
    """Resamples one mono stream from `source_rate` to `target_rate`, both in Hz, with its loudness and timing kept.

    Chunks may be of any size, odd ones included: the output is the same. It lags by 18 samples of the lower rate (between
    16 and 24 kHz, by 1.1 ms) until `flush`. Samples that would leave the range of 16 bits are clipped. Between equal
    rates audio passes unchanged.

    Raises ValueError for rates below 1 Hz, and for a ratio that needs a filter of more than 8 MB.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        if min(source_rate, target_rate) < 1:
            raise ValueError(f"Sample rates must be at least 1 Hz, not {source_rate} and {target_rate} Hz")
        divisor = gcd(source_rate, target_rate)
        up, down = target_rate // divisor, source_rate // divisor
        self._stream = None if up == down else _Polyphase(_filter_bank(up, down))
        self._odd_byte = b""

    def process(self, pcm: bytes) -> bytes:
        """Take the next bytes of the stream and return what they complete, always whole samples, perhaps none."""
        if self._odd_byte:
            pcm = self._odd_byte + pcm
        whole = len(pcm) - len(pcm) % _SAMPLE.itemsize
        self._odd_byte = pcm[whole:]
        if self._stream is None:
            return pcm[:whole]
        return self._stream.take(np.frombuffer(pcm, _SAMPLE, whole // _SAMPLE.itemsize))

    def flush(self) -> bytes:
        """Return the tail: of n samples in, `round(n * target_rate / source_rate)` are out; half a sample is dropped.

        The next byte processed begins another stream.
        """
        self._odd_byte = b""
        return b"" if self._stream is None else self._stream.end()
