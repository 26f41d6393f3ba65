"""Whether a voice run did what its command expects."""

from dataclasses import dataclass

from demo.commands import Command
from demo.states import Change, Snapshot
from demo.voice_run import VoiceRun
from demo.words import says, word_error_rate

MAX_TRANSCRIPT_ERROR = 0.5
"""Every second word: "bed side" and 22° are still the sentence that was said; what the house does is judged apart."""
MAX_SPEECH_ERROR = 0.34
"""One word in three: a short answer whose name was misheard still passes, another sentence does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that is known after a run."""

    run: VoiceRun
    after: Snapshot
    changes: tuple[Change, ...]
    heard_back: str
    """What the offline hearing makes of the answer's audio."""
    conversation_id: str | None = None
    """The conversation that the command was said in, when it follows up."""

    @property
    def speech_error(self) -> float:
        """The word error rate of the spoken answer against its text."""
        return word_error_rate(self.run.answer, self.heard_back)


def failures(command: Command, evidence: Evidence) -> list[str]:
    """Return a sentence for each expectation that was not met, saying what was expected and what came."""
    run = evidence.run
    if run.error:
        return [f"expected a run without an error, got {run.error}"]
    return [
        *_transcript(command, run),
        *_states(command, evidence),
        *_answer(command, run),
        *_conversation(evidence),
        *_speech(evidence),
    ]


def _transcript(command: Command, run: VoiceRun) -> list[str]:
    if word_error_rate(command.sentence, run.transcript) <= MAX_TRANSCRIPT_ERROR:
        return []
    return [f'expected the transcript "{command.sentence}", got "{run.transcript}"']


def _states(command: Command, evidence: Evidence) -> list[str]:
    wrong = [
        f"expected {state.entity_id} {state.attribute} to become {state.value}, got {got}"
        for state in command.states
        if (got := evidence.after.get((state.entity_id, state.attribute))) != state.value
    ]
    expected = {state.entity_id for state in command.states}
    wrong += [
        f"expected nothing else to change, got {change}"
        for change in evidence.changes
        if change.entity_id not in expected
    ]
    return wrong


def _answer(command: Command, run: VoiceRun) -> list[str]:
    if not run.answer.strip():
        return ["expected an answer, got none"]
    if not command.answer or any(says(run.answer, phrase) for phrase in command.answer):
        return []
    return [f'expected the answer to say "{command.answer[0]}", got "{run.answer}"']


def _conversation(evidence: Evidence) -> list[str]:
    if evidence.conversation_id in {None, evidence.run.conversation_id}:
        return []
    return [f"expected conversation {evidence.conversation_id} to go on, got {evidence.run.conversation_id}"]


def _speech(evidence: Evidence) -> list[str]:
    if not evidence.run.audio:
        return ["expected a spoken answer, got no audio"]
    if evidence.speech_error <= MAX_SPEECH_ERROR:
        return []
    rate = f"word error rate {evidence.speech_error:.0%}, at most {MAX_SPEECH_ERROR:.0%}"
    return [f'expected the voice to say "{evidence.run.answer}", it was heard as "{evidence.heard_back}" ({rate})']
