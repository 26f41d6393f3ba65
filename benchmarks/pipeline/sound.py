"""Where does the sound begin in a file of sound? What comes before it nobody hears."""

from benchmarks.pipeline.kinds import Output

WAV_HEADER_BYTES = 128
"""No WAV header that is sent here is longer."""
_FLAC_MAGIC = b"fLaC"
_BLOCK_HEADER_BYTES = 4
_LAST_BLOCK = 0x80


def silent_bytes(output: Output, head: bytes | bytearray) -> int | None:
    """Return how many bytes come before the sound; None where more of the file has to be known to say so.

    Raises ValueError for a file that is not of its kind.
    """
    return _flac(head) if output is Output.FLAC else WAV_HEADER_BYTES


def _flac(head: bytes | bytearray) -> int | None:
    """Return where the last block of metadata ends."""
    if not _FLAC_MAGIC.startswith(head[: len(_FLAC_MAGIC)]):
        raise ValueError("This is no FLAC")
    at = len(_FLAC_MAGIC)
    while len(head) >= at + _BLOCK_HEADER_BYTES:
        last = head[at] & _LAST_BLOCK
        at += _BLOCK_HEADER_BYTES + int.from_bytes(head[at + 1 : at + _BLOCK_HEADER_BYTES])
        if last:
            return at
    return None
