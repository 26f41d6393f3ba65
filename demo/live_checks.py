"""What is tried on a live server, and what must come of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from custom_components.realtime_assist.realtime.catalog import model
from custom_components.realtime_assist.session import LadderExhausted, Rung, SessionError, Stamp
from demo.audio import ANSWER_RATE, seconds
from demo.commands import RECORDINGS
from demo.live_talk import Talk
from demo.verdict import MAX_SPEECH_ERROR, MAX_TRANSCRIPT_ERROR
from demo.words import word_error_rate

NO_SUCH_MODEL = "gpt-realtime-of-nobody"
"""A model that no server has, so that the next one must answer."""
MODEL_REFUSED = frozenset({"model_not_found", "invalid_model", "http_404", "close_4004"})
RECORDING = RECORDINGS / "question.wav"
SENTENCE = "What is the temperature in the bedroom?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known after a talk: the talk, and what the offline hearing makes of the answer's sound."""

    talk: Talk
    heard_back: str


type Judge = Callable[[Evidence], Iterator[str]]
"""Yields a sentence for each expectation that was not met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One talk and what is expected of it; either a text is written or a recording is spoken."""

    name: str
    rungs: Sequence[Rung]
    judges: Sequence[Judge]
    text: str = ""
    recording: Path | None = None


def checks(model_id: str) -> tuple[Check, ...]:
    """Return what is tried on a model, in order; the first one that is refused for the account ends the rest."""
    voices = tuple(
        Check(
            name=voice,
            rungs=(Rung(model=model_id, voice=voice),),
            text=f"Say exactly: This is the voice {voice}, and all is well in the house.",
            judges=(answered, voiced, priced, timed),
        )
        for voice in ("cedar", "marin")
    )
    hearing = Check(
        name="hearing",
        rungs=(Rung(model=model_id, voice="marin"),),
        recording=RECORDING,
        judges=(transcribed, answered, voiced, priced, timed),
    )
    fallback = Check(
        name="fallback",
        rungs=(Rung(model=NO_SUCH_MODEL, voice="marin"), Rung(model=model_id, voice="marin")),
        text="Say exactly: The next model has taken over.",
        judges=(answered, voiced, fell_back, priced, timed),
    )
    return (*voices, hearing, fallback)


def failures(check: Check, evidence: Evidence) -> list[str]:
    """Return what is not as expected; a talk that broke off is not looked at further."""
    if evidence.talk.error is not None:
        return [f"expected an answer, got the error {evidence.talk.error.code}"]
    return [failure for judge in check.judges for failure in judge(evidence)]


def is_hopeless(error: SessionError | None) -> bool:
    """Say whether whatever else is tried with this account will fail in the same way."""
    cause = error.cause if isinstance(error, LadderExhausted) else error
    return cause is not None and cause.whole_account


def answered(evidence: Evidence) -> Iterator[str]:
    """Expect words."""
    if not evidence.talk.turn.answer_text.strip():
        yield "expected the answer's text, got none"


def voiced(evidence: Evidence) -> Iterator[str]:
    """Expect a voice that says those words."""
    if not evidence.talk.pcm:
        yield "expected a voice, got no audio"
        return
    error = word_error_rate(evidence.talk.turn.answer_text, evidence.heard_back)
    if error > MAX_SPEECH_ERROR:
        yield f'expected the voice to say its text, it was heard as "{evidence.heard_back}" (word error rate {error:.0%})'


def transcribed(evidence: Evidence) -> Iterator[str]:
    """Expect the recording's own sentence, and the bill of its transcription."""
    if word_error_rate(SENTENCE, evidence.talk.transcript) > MAX_TRANSCRIPT_ERROR:
        yield f'expected the transcript "{SENTENCE}", got "{evidence.talk.transcript}"'
    if evidence.talk.turn.transcription is None:
        yield "expected the usage of the transcription, got none"


def fell_back(evidence: Evidence) -> Iterator[str]:
    """Expect one step down, because the first model is not there."""
    steps = [(step.left.model, step.reason) for step in evidence.talk.turn.descents]
    if len(steps) != 1 or steps[0][0] != NO_SUCH_MODEL or steps[0][1] not in MODEL_REFUSED:
        yield f"expected one fallback from {NO_SUCH_MODEL} for {' or '.join(sorted(MODEL_REFUSED))}, got {steps}"


def priced(evidence: Evidence) -> Iterator[str]:
    """Expect usage, and a cost where the model's price is known."""
    turn = evidence.talk.turn
    if turn.usage is None:
        yield "expected the usage of the answer, got none"
    elif turn.rung is not None and model(turn.rung.model).prices.source and evidence.talk.spent is None:
        yield "expected a cost, but a price that the answer needs is unknown"


def timed(evidence: Evidence) -> Iterator[str]:
    """Expect stamps in the order of things."""
    timings = evidence.talk.turn.timings
    first, total = timings.since_speech(Stamp.FIRST_AUDIO), timings.total
    if timings.connect is None or first is None or total is None or not 0 <= first <= total:
        yield f"expected a connect time and a first sound within the turn, got {timings.connect}, {first}, {total}"


def figures(evidence: Evidence) -> tuple[str, ...]:
    """Return the row of the table: model, connect, transcript, first sound and total in ms, tokens, sound, USD."""
    turn, timings = evidence.talk.turn, evidence.talk.turn.timings
    usage = turn.usage
    return (
        "-" if turn.rung is None else turn.rung.model,
        _ms(timings.connect),
        _ms(timings.since_speech(Stamp.TRANSCRIPT)),
        _ms(timings.since_speech(Stamp.FIRST_AUDIO)),
        _ms(timings.total),
        "-" if usage is None else f"{usage.input.text + usage.input.audio}+{usage.output.text + usage.output.audio}",
        f"{seconds(evidence.talk.pcm, ANSWER_RATE):.1f} s",
        "unknown" if evidence.talk.spent is None else f"{evidence.talk.spent:.6f}",
    )


HEADINGS = ("model", "connect", "transcript", "first audio", "total", "tokens", "voice", "USD")


def _ms(duration: float | None) -> str:
    return "-" if duration is None else f"{duration * 1000:.0f} ms"
