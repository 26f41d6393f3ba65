"""What is said in the rooms, and what does the far end make of it? Each sentence has a sound of its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import override

import numpy as np

from local_server.engine import Decision, Engine, FunctionCall, Situation
from tests.script import TURN_ON

NUM_ROOMS = 20
STEP = 400
SECONDS = 0.2
"""Of a sentence: what is longer is only more of the same."""
TELL = "Tell me something."
ASK = "What shall I wear?"
SWITCH = "Turn on "
LIT = "Done, the light is on."
SENTENCES = (*(f"{SWITCH}light {room}." for room in range(NUM_ROOMS)), TELL, ASK, "The green one.")
STORY = "Once upon a time there was a lighthouse. " * 6
QUESTION = "Which of the two coats do you mean?"
READ = "Say exactly: "
_SOUND = np.full(2400, STEP, dtype="<i2").tobytes()


def sound(sentence: str, rate: int = 16_000) -> bytes:
    """Return what a sentence sounds like, in PCM16."""
    loudness = STEP * (SENTENCES.index(sentence) + 1)
    return np.full(int(rate * SECONDS), loudness, dtype="<i2").tobytes()


def light_of(sentence: str) -> str:
    """Return the name of the light that is to be switched on."""
    return sentence.removeprefix(SWITCH).removesuffix(".")


class Household(Engine):
    """Hears a sentence by its loudness, switches lights, tells stories and asks back."""

    @override
    async def transcribe(self, pcm: bytes, situation: Situation) -> str:
        heard = round(float(np.median(np.frombuffer(pcm, dtype="<i2"))) / STEP) - 1 if pcm else -1
        return SENTENCES[heard] if 0 <= heard < len(SENTENCES) else ""

    @override
    async def decide(self, situation: Situation) -> Decision:
        last = situation.items[-1] if situation.items else {}
        if last.get("type") == "function_call_output":
            return Decision(text=LIT)
        asked = next((item for item in reversed(situation.items) if item.get("role") == "user"), None)
        words = "" if asked is None else _words(asked)
        if words.startswith(READ):
            return Decision(text=words.removeprefix(READ))
        if words.startswith(SWITCH):
            call = FunctionCall(name=TURN_ON, arguments={"name": light_of(words)})
            return Decision(text="One moment.", calls=(call,))
        return Decision(text={TELL: STORY, ASK: QUESTION}.get(words, "All right, as you wish."))

    @override
    async def speak(self, text: str, voice: str) -> AsyncIterator[bytes]:
        for _ in range(2 + len(text) // 40):
            yield _SOUND
            await asyncio.sleep(0)

    @override
    async def close(self) -> None:
        """Hold nothing."""


def _words(item: dict) -> str:
    """Return what a user's item says."""
    return "".join(part.get("text") or part.get("transcript") or "" for part in item.get("content", ()))
