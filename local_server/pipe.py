"""How the engine and its process talk over pipes: a JSON header and raw bytes, each preceded by its length."""

import asyncio
import json
import struct
from typing import Any, BinaryIO, Final

type Frame = tuple[dict[str, Any], bytes]

_LENGTHS: Final = struct.Struct("<II")


def encode(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Return a frame as bytes."""
    head = json.dumps(header).encode()
    return _LENGTHS.pack(len(head), len(body)) + head + body


def read_frame(pipe: BinaryIO) -> Frame | None:
    """Wait for a frame; None at the end of the pipe, even in the middle of a frame."""
    lengths = pipe.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_length, body_length = _LENGTHS.unpack(lengths)
    head, body = pipe.read(head_length), pipe.read(body_length)
    if len(head) < head_length or len(body) < body_length:
        return None
    return json.loads(head), body


async def receive_frame(pipe: asyncio.StreamReader) -> Frame:
    """Wait for a frame; raise IncompleteReadError at the end of the pipe."""
    head_length, body_length = _LENGTHS.unpack(await pipe.readexactly(_LENGTHS.size))
    head = await pipe.readexactly(head_length)
    return json.loads(head), await pipe.readexactly(body_length)
