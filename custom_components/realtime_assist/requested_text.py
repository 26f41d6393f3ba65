"""The text that a text-to-speech request brings: whole at once, or piece by piece while the model still writes."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Self

from .short_answers import has_sign

# A pipeline run that is cancelled leaves its text without an end.
TIME_LIMIT = 60.0


class RequestedText:
    """The text of one request; it is read ahead by one piece."""

    def __init__(self, first: str, message_gen: AsyncGenerator[str]) -> None:
        self.first = first
        """What can be known at once."""
        self.whole = False
        """Whether the first piece is all: Home Assistant then keeps the audio in its cache."""
        self._pieces = [first]
        self._message_gen = message_gen
        self._next = asyncio.ensure_future(self._read())

    @classmethod
    async def begin(cls, message_gen: AsyncGenerator[str]) -> Self:
        """Read the first piece, and find out whether there are more."""
        text = cls(await anext(message_gen, ""), message_gen)
        # A text that is whole ends without waiting for anything, which takes one turn of the loop.
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            text.close()
            raise
        ended = text._next.done() and text._next.result() is None
        # An answer of ours may be whole by now, but it was asked for as one that is not.
        text.whole = ended and not has_sign(text.first)
        return text

    async def all(self) -> str:
        """Return the whole text, as often as it is asked for. Raises TimeoutError where its end does not come."""
        async with asyncio.timeout(TIME_LIMIT):
            while (piece := await self._next) is not None:
                self._pieces.append(piece)
                self._next = asyncio.ensure_future(self._read())
        return "".join(self._pieces).strip()

    def close(self) -> None:
        """Stop reading."""
        self._next.cancel()

    async def _read(self) -> str | None:
        """Return the next piece; None at the end."""
        return await anext(self._message_gen, None)
