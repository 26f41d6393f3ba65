"""What do the figures say, and where were they measured? The page `docs/timeline.md`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import math
from statistics import median
from textwrap import fill

from benchmarks.timeline_house import Way
from benchmarks.timeline_run import Measured, Moment
from benchmarks.timeline_server import DELTA_SECONDS, RESPONSE_SECONDS, SCRIPTS, TRANSCRIPTION_SECONDS, Length

COMMAND = "scripts/timeline"
OWN_MEDIAN_MS = 15
OWN_P99_MS = 40
"""What our own part is meant to stay under, on an idle machine."""

_METHOD = """
A satellite of the bench's own (`benchmarks/bench_satellite`) speaks a recording in real time to a real Home Assistant,
each time in a new conversation, and asks for wav at 16 kHz, as satellites do. A client in another process fetches the
answer over HTTP as soon as the run has begun; *first audio* is the first byte after the WAV header there. All clocks are
the machine's one monotonic clock.

The server takes {transcription} ms from the commit to the transcript and {response} ms from `response.create` to the
first output, then sends 100 ms of audio every {delta} ms. A real model's times vary, and add to every realtime row alike.

The cascade is Home Assistant's own agent between a local speech-to-text (Whisper tiny.en) and a local text-to-speech,
both over Wyoming: small models, whose times are real and this machine's. Its sentences are fixed, so its agent has next
to nothing to do: no language model thinks in it. The speech cache is emptied before every run.

Answers have {lengths} characters. Home Assistant asks for those up to 60 when the text is complete, unless it is told
that more will come, as it is here with the first sound.

*end noticed* is Home Assistant's own voice activity detection, the same in all rows.

To repeat: `{again}`, on a machine that has nothing else to do.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Where and when it was measured."""

    date: str
    machine: str
    home_assistant: str
    python: str
    commit: str
    load: str
    repeats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """All runs of one way and length."""

    way: Way
    length: Length
    runs: Sequence[Measured]

    def milliseconds(self, moment: Moment) -> list[float]:
        """Return a moment of all runs, in ms after the end of speech."""
        return [run.after_speech[moment] * 1000 for run in self.runs]


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least this share of all are no greater than; there must be one."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def page(rows: Sequence[Row], facts: Facts) -> str:
    """Return the page."""
    return "\n".join((*_head(facts), *_moments(rows), *_ahead(rows), *_early(rows), *_own(rows), *_method(facts), ""))


def _head(facts: Facts) -> Iterable[str]:
    yield "# From the end of speech to the first sound"
    yield ""
    yield _wrapped(
        f"Written by `{COMMAND}`, which anybody can run again. {facts.date}, {facts.machine}, Home Assistant "
        f"{facts.home_assistant}, Python {facts.python}, commit {facts.commit}; {facts.repeats} runs of each row, "
        f"interleaved; load average {facts.load}."
    )


def _moments(rows: Sequence[Row]) -> Iterable[str]:
    yield ""
    yield "Median milliseconds after the last audible frame; p99 is of the first sound, below a hundred runs the slowest."
    yield ""
    yield f"| answer | way | {' | '.join(moment.value for moment in Moment)} | p99 |"
    yield "| --- | --- |" + " ---: |" * (len(Moment) + 1)
    for row in rows:
        medians = (f"{median(row.milliseconds(moment)):.0f}" for moment in Moment)
        worst = percentile(row.milliseconds(Moment.FIRST_AUDIO), 0.99)
        yield f"| {row.length} | {row.way} | {' | '.join(medians)} | {worst:.0f} |"


def _ahead(rows: Sequence[Row]) -> Iterable[str]:
    """Say how far the eager order is ahead of the others."""
    firsts = {(row.way, row.length): median(row.milliseconds(Moment.FIRST_AUDIO)) for row in rows}
    if not any(way is Way.EAGER for way, _ in firsts):
        return
    yield ""
    for length in Length:
        gains = ", ".join(
            f"{firsts[way, length] - firsts[Way.EAGER, length]:.0f} ms ahead of {way}"
            for way in (Way.SAFE, Way.CASCADED)
            if (way, length) in firsts
        )
        yield f"- {length} answers: eager is {gains}; a transcription takes {TRANSCRIPTION_SECONDS * 1000:.0f} ms."


def _early(rows: Sequence[Row]) -> Iterable[str]:
    """Say how long before the end of a short answer's text its speech is asked for."""
    for row in rows:
        if row.length is Length.SHORT and row.way is not Way.CASCADED:
            pairs = zip(row.milliseconds(Moment.TEXT_COMPLETE), row.milliseconds(Moment.ASKED), strict=True)
            gain = median(complete - asked for complete, asked in pairs)
            yield (
                f"- short answers, {row.way}: the speech is asked for {gain:.0f} ms before the text is complete, its usual "
                "moment."
            )


def _own(rows: Sequence[Row]) -> Iterable[str]:
    yield ""
    yield "## The part that is ours"
    yield ""
    yield _wrapped(
        "From the later of (first audio delta leaves the server, Home Assistant asks for the speech) to the first byte of "
        f"sound at the client, wav at 16 kHz; meant to be under {OWN_MEDIAN_MS} ms in the median and {OWN_P99_MS} ms in "
        "p99 on an idle machine. Beside it the whole way from the delta, whenever Home Assistant asked."
    )
    yield ""
    yield "| answer | way | own part, median | p99 | delta to sound, median | p99 |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for row in rows:
        own = [run.own_part * 1000 for run in row.runs if run.own_part is not None]
        whole = [run.delta_to_byte * 1000 for run in row.runs if run.delta_to_byte is not None]
        if own and whole:
            cells = (median(own), percentile(own, 0.99), median(whole), percentile(whole, 0.99))
            yield f"| {row.length} | {row.way} | {' | '.join(f'{cell:.1f} ms' for cell in cells)} |"


def _method(facts: Facts) -> Iterable[str]:
    yield ""
    yield "## How it is measured"
    yield ""
    for point in _METHOD.strip().split("\n\n"):
        filled = point.format(
            transcription=f"{TRANSCRIPTION_SECONDS * 1000:.0f}",
            response=f"{RESPONSE_SECONDS * 1000:.0f}",
            delta=f"{DELTA_SECONDS * 1000:.0f}",
            lengths=" and ".join(f"{len(SCRIPTS[length].answer)} ({length})" for length in Length),
            again=f"{COMMAND} --repeats {facts.repeats}",
        )
        yield _wrapped(f"- {' '.join(filled.split())}", hanging="  ")


def _wrapped(text: str, hanging: str = "") -> str:
    return fill(text, 120, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)
