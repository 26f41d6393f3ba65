"""How a text is read aloud by the highest rung that can."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from .exceptions import Misread, ServerSilent, SessionError
from .ladder import Ladder, Move, Rung
from .uplink import Uplink


class ReadingAloud:
    """One text on its way down the ladder: the rungs that could not read it, and those that had a second try."""

    def __init__(self, uplink: Uplink, ladder: Ladder, in_use: Callable[[], bool]) -> None:
        self._uplink = uplink
        self._ladder = ladder
        self._in_use = in_use
        self._passed: set[Rung] = set()
        self._retried: set[Rung] = set()
        self._misread = False

    async def pcm(self, text: str) -> AsyncGenerator[bytes]:
        """Yield the text as PCM16 at 24 kHz. Raises SessionError.

        A rung that cannot is left for the next as long as nothing was heard, and nobody is being answered on it.
        """
        while True:
            heard = False
            rung: Rung | None = None
            try:
                link = await self._uplink.link(self._passed, self._retried)
                rung = self._uplink.rung
                async with aclosing(self._uplink.speeches[link].say(text)) as chunks:
                    async for pcm in chunks:
                        heard = True
                        yield pcm
            except SessionError as err:
                if (end := self._recover(rung, err, heard=heard)) is not None:
                    raise end from None
            else:
                return

    def _recover(self, reached: Rung | None, error: SessionError, *, heard: bool) -> SessionError | None:
        """Return None where the same rung or another is to try after an error; else the error that ends it.

        `reached` is the rung that was asked to read; None where none could be, which others have taken note of.
        """
        rung = reached or self._uplink.rung
        if rung is None or self._uplink.closed:
            # On a session that is over no rung can be reached, however often that is tried.
            return error
        if isinstance(error, Misread) and not heard and not self._misread:
            self._misread = True
            return None
        move = self._ladder.move(error, retried=rung in self._retried)
        # Whoever waits for a text has waited for long enough when a time limit is over: others can read as well.
        over = heard or isinstance(error, ServerSilent)
        if move is Move.SAME_RUNG and not over:
            self._retried.add(rung)
            return None
        self._passed.add(rung)
        if reached is not None:
            self._ladder.failed(reached, error)
        if over or move is not Move.NEXT_RUNG:
            return error
        if not self._ladder.has_left(self._passed):
            return self._ladder.exhausted(error)
        if self._uplink.rung == rung and self._uplink.usable is not None:
            if self._in_use():
                return error
            self._uplink.drop()
        return None
