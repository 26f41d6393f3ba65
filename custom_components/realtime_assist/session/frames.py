"""Where in what a server sends are the frames of a WebSocket? RFC 6455, section 5.2."""

TEXT = 0x81
"""The first byte of a text message that is one frame."""
MASKED = 0x80
"""The bit of the second byte that a server never sets."""

_SHORTEST, _LENGTH = 2, 0x7F
# How many bytes the head has where the second byte says one of these instead of the length.
_LONGER = {126: 4, 127: 10}
LONGEST_HEAD = 10
"""Bytes before the payload of a long message that a server has sent."""
_MASK = 4

type Span = tuple[int, int, int]
"""Where a frame begins, where its payload does, and where it ends."""


def spans(data: bytes) -> tuple[list[Span], int]:
    """Return where the whole frames are, and how many bytes the one after them needs, as far as that is known yet."""
    found: list[Span] = []
    at, size = 0, len(data)
    while True:
        begins, ends = _extent(data, at, size)
        if ends > size:
            return found, ends - at
        found.append((at, begins, ends))
        at = ends


def _extent(data: bytes, at: int, size: int) -> tuple[int, int]:
    """Return where a frame's payload begins and ends; where its head is not whole, the end of that is both."""
    begins = at + _SHORTEST
    if begins > size:
        return begins, begins
    length = data[at + 1] & _LENGTH
    if length in _LONGER:
        begins = at + _LONGER[length]
        if begins > size:
            return begins, begins
        length = int.from_bytes(data[at + _SHORTEST : begins])
    if data[at + 1] & MASKED:
        begins += _MASK
    return begins, begins + length
