"""How does PCM tell when it was sent? Known to the server and to every client; nothing but the standard library."""

import struct

_STAMP = struct.Struct("<BQ")
_MARK = 0x5A

SAMPLE_RATE = 24_000
DELTA_MS = 100
FRAME_MS = 20
DELTA_BYTES = SAMPLE_RATE * 2 * DELTA_MS // 1000
FRAME_BYTES = SAMPLE_RATE * 2 * FRAME_MS // 1000


def stamped(monotonic_ns: int) -> bytes:
    """Return the nine bytes that a delta's PCM begins with."""
    return _STAMP.pack(_MARK, monotonic_ns)


def sent_at(pcm: bytes | memoryview) -> int | None:
    """Return when PCM was sent, in nanoseconds of CLOCK_MONOTONIC; None where it does not begin with a stamp."""
    mark, monotonic_ns = _STAMP.unpack_from(pcm)
    return int(monotonic_ns) if mark == _MARK else None
