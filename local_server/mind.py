"""Hearing, understanding and voice together, each loaded when it is first needed."""

from functools import cached_property
import re
from typing import Final

from .conversation import read_conversation
from .deciding import decide, remembered
from .engine import Decision, Situation
from .example_commands import example_commands
from .hearing import Hearing, Hypothesis
from .home import read_home
from .toolbox import Toolbox
from .understanding import Understanding
from .voice import Voice

_CONTINUES: Final = re.compile(r"(?:and|then)\b", re.IGNORECASE)
_CONTINUED: Final = 0.15
_WARM_UP: Final = "Ready."


class Mind:
    """What the engine's process does; every method blocks, one at a time."""

    @cached_property
    def _hearing(self) -> Hearing:
        return Hearing()

    @cached_property
    def _understanding(self) -> Understanding:
        return Understanding()

    @cached_property
    def _voice(self) -> Voice:
        return Voice()

    def warm(self) -> None:
        """Load all models, and have each work once."""
        self._understanding.warm()
        self._hearing.transcribe(self._voice.speak(_WARM_UP, "alloy"))

    def transcribe(self, pcm: bytes, situation: Situation) -> str:
        """Return what was said: of what may have been heard, the first that means something in this home."""
        home, toolbox = read_home(situation.instructions), Toolbox(tools=situation.tools)
        heard = self._hearing.transcribe(pcm, example_commands(home))
        if len(heard) < 2:
            return heard[0].text if heard else ""
        conversation = read_conversation(situation.items)
        said = tuple(text for text in (*conversation.earlier, conversation.said) if text)
        texts = [each.text for each in (heard if said else sorted(heard, key=_as_opening))]
        previous = remembered(said, home, toolbox, self._understanding)
        return self._understanding.best_of(texts, home, toolbox, previous)[0]

    def decide(self, situation: Situation) -> Decision:
        """Return the next response to the situation's last item."""
        return decide(situation, self._understanding)

    def speak(self, sentence: str, voice: str) -> bytes:
        """Return one sentence as PCM16 mono at 24,000 Hz."""
        return self._voice.speak(sentence, voice)


def _as_opening(hypothesis: Hypothesis) -> float:
    """Return how unlikely a hypothesis is to open a conversation: "unlock" sounds like "and lock", but nobody begins so."""
    return -hypothesis.score + (_CONTINUED if _CONTINUES.match(hypothesis.text) else 0.0)
