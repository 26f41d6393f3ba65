"""When a user has finished whose end of speech the server finds, and what is done where it finds none."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from enum import StrEnum

from .session import Clock, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningLimits:
    """How long to wait for a user, in seconds since the satellite began to listen."""

    first_word: float = 7.0
    whole_speech: float = 60.0


class EndOfSpeech(StrEnum):
    """Why there is nothing more to listen to."""

    SERVER = "server"
    """The server has found the end, and made what was said an item of the conversation."""
    STREAM = "stream"
    """No more sound comes, or the turn needs none."""
    NO_SPEECH = "no_speech"
    TOO_LONG = "too_long"


async def async_listen_until_end(
    turn: Turn, appending: Coroutine[None, None, None], clock: Clock, limits: ListeningLimits
) -> EndOfSpeech:
    """Append to a turn until its speech has ended, and stop appending then. Raises what `appending` raises."""
    end: asyncio.Future[EndOfSpeech] = asyncio.get_running_loop().create_future()

    def ended(reason: EndOfSpeech) -> None:
        if not end.done():
            end.set_result(reason)

    def no_word_yet() -> None:
        if not turn.speaking:
            ended(EndOfSpeech.NO_SPEECH)

    now = clock.time()
    timers = (
        clock.call_at(now + limits.first_word, no_word_yet),
        clock.call_at(now + limits.whole_speech, lambda: ended(EndOfSpeech.TOO_LONG)),
    )
    turn.speech_ended.add_done_callback(lambda _: ended(EndOfSpeech.SERVER))
    task = asyncio.create_task(appending, name="realtime speech appended")
    task.add_done_callback(lambda _: ended(EndOfSpeech.STREAM))
    try:
        reason = await end
    finally:
        for timer in timers:
            timer.cancel()
        task.cancel()
        [result] = await asyncio.gather(task, return_exceptions=True)
    if reason is EndOfSpeech.STREAM and isinstance(result, BaseException):
        raise result
    return reason
