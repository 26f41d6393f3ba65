"""What does the model of the benchmark hear, call and say? Always the same, whichever model it passes for."""

import asyncio
from collections.abc import AsyncIterator

from benchmarks.cost.commands import BY_SENTENCE
from local_server.conversation import read_conversation, verbatim
from local_server.engine import Decision, Situation
from local_server.wire import tone

BRIEFLY = "Answer in as few words as you can."
"""Instructions with this get the brief answers."""
_MS_PER_CHARACTER = 60
"""A real answer of 112 characters took 6.8 seconds."""
_PIECE_BYTES = 48_000


class CommandEngine:
    """Carries out the ten commands: calls the tool, and says the answer when it has the result. It reads aloud as well.

    `sentence` is what is heard next, `thinks` how many seconds it takes to decide.
    """

    def __init__(self) -> None:
        self.sentence = ""
        self.thinks = 0.0

    async def transcribe(self, _pcm: bytes, _situation: Situation) -> str:
        """Return the sentence."""
        return self.sentence

    async def decide(self, situation: Situation) -> Decision:
        """Return the next step of the last command in the conversation."""
        if (text := verbatim(situation.instructions, situation.items)) is not None:
            return Decision(text=text)
        await asyncio.sleep(self.thinks)
        conversation = read_conversation(situation.items)
        command = BY_SENTENCE[conversation.said]
        if command.call is not None and not conversation.runs:
            return Decision(calls=(command.call,))
        return Decision(text=command.brief if BRIEFLY in situation.instructions else command.answer)

    def speak(self, text: str, _voice: str) -> AsyncIterator[bytes]:
        """Yield a tone as long as somebody would take to say it."""
        return _pieces(tone(len(text) * _MS_PER_CHARACTER))

    async def close(self) -> None:
        """Hold nothing."""


async def _pieces(pcm: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(pcm), _PIECE_BYTES):
        yield pcm[start : start + _PIECE_BYTES]
