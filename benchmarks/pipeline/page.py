"""What do the figures say, and how were they come by? The pipeline's section of `docs/performance.md`, and its picture."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from statistics import median

from benchmarks.charts import Bar, BarPanel, bars
from benchmarks.figures import percentile
from benchmarks.machine import Facts
from benchmarks.pipeline.kinds import SCRIPTS, Kind, Length, Output, Way
from benchmarks.pipeline.lanes import LANES, STAGGER_SECONDS
from benchmarks.pipeline.results import Results, Row
from benchmarks.pipeline.run import Moment
from benchmarks.pipeline.server import DELTA_SECONDS, RESPONSE_SECONDS, SILENCE_SECONDS, TRANSCRIPTION_SECONDS
from benchmarks.sections import Section, picture_link, points, wrapped

COMMAND = "scripts/benchmark pipeline"
SECTION = Section(name="pipeline", command=COMMAND)
PLOT = "pipeline.svg"
COLUMNS = tuple(moment for moment in Moment if moment is not Moment.TEXT_COMPLETE)
OWN_MEDIAN_MS = 15
OWN_P99_MS = 40
"""What our own part is meant to stay under, on an idle machine."""

_METHOD = """
A satellite of the bench's own (`benchmarks/bench_satellite`) speaks a recording in real time to a real Home Assistant,
each time in a new conversation. A client in another process fetches the answer over HTTP as soon as the run has begun;
*first audio* is the first byte of sound there, after the header of the WAV or the metadata of the FLAC. All clocks are the
machine's one monotonic clock. Percentiles are runs that were measured, below a hundred runs p99 is the slowest of them.

wav is mono at 16 kHz, what Wyoming satellites ask for. flac is mono at 48 kHz, what a Voice PE's media player asks for:
Home Assistant's ffmpeg makes it.

The server takes {transcription} ms from the commit to the transcript and {response} ms from `response.create` to the
first output, then sends 100 ms of audio every {delta} ms. A real model's times vary, and add to every realtime row alike.

*end noticed* is Home Assistant's own voice activity detection; in the rows of server VAD it is the server's
`speech_stopped`, {silence} ms of silence after the last audible frame by its script: what a real one makes of a noisy room
is not measured here. Server VAD is combined with the safe order.

The cascade is Home Assistant's own agent between a local speech-to-text (Whisper tiny.en) and a local text-to-speech,
both over Wyoming: small models, whose times are real and this machine's. Its sentences are fixed, so its agent has next
to nothing to do: no language model thinks in it. The speech cache is emptied before every run. The same agent is asked in
writing through a pipeline of one stage.

Answers have {lengths} characters. Home Assistant asks for those up to 60 when the text is complete, unless it is told
that more will come, as it is here with the first sound.

{lanes} realtime rows speak at a time, each at a satellite of its own, with {stagger} ms between their ends of speech; the
cascade, which needs a core for itself, has been heard before them. Each round has other neighbours. The table of one row
by itself shows what that changes.

To repeat: `{again}`, on a machine that has nothing else to do.
"""


def section(results: Results, facts: Facts, turns: int) -> str:
    """Return the section, in between its markers."""
    rows = results.spoken()
    lines = (
        *_head(facts, turns),
        *_moments(results),
        *_ahead(rows),
        *_early(rows),
        *_own(rows),
        *_written(results.written()),
        *_alone(results),
        *_method(turns),
    )
    return SECTION.marked(lines)


def plot(results: Results) -> str:
    """Return the picture: the first audio of every row, its median with its 95th percentile."""
    by_length = {length: [row for row in results.spoken() if row.kind.length is length] for length in Length}
    return bars([_panel(length, rows) for length, rows in by_length.items() if rows])


def _panel(length: Length, rows: Sequence[Row]) -> BarPanel:
    title = f"first audio of {length} answers, ms (tick: p95)"
    return BarPanel(title=title, bars=[_bar(row) for row in rows])


def _bar(row: Row) -> Bar:
    times = row.milliseconds(Moment.FIRST_AUDIO)
    return Bar(
        label=f"{row.kind.way}, {row.kind.output}",
        value=median(times),
        figure=f"{median(times):.0f}",
        own=row.kind.way is not Way.CASCADED,
        tick=percentile(times, 0.95),
    )


def _head(facts: Facts, turns: int) -> Iterable[str]:
    yield wrapped(
        f"{facts.date}, {facts.machine}, Home Assistant {version('homeassistant')}; {turns} runs of each row, interleaved; "
        f"load average {facts.load}."
    )
    yield ""
    yield picture_link(PLOT, "Bars of the time from the end of speech to the first sound, for each way to an answer")


def _moments(results: Results) -> Iterable[str]:
    yield ""
    yield "Milliseconds after the last audible frame: median / 95th / 99th percentile."
    yield ""
    yield f"| answer | way | sent as | {' | '.join(COLUMNS)} | runs failed |"
    yield "| --- | --- | --- |" + " ---: |" * (len(COLUMNS) + 1)
    for row in results.rows.values():
        if row.kind.way is Way.TEXT:
            continue
        cells = (_three(row.milliseconds(moment)) for moment in COLUMNS)
        yield f"| {_named(row.kind)} | {' | '.join(cells)} | {_failed(row)} |"


def _ahead(rows: Sequence[Row]) -> Iterable[str]:
    """Say how far the eager order is ahead of the others, and what flac costs."""
    firsts = {row.kind: median(row.milliseconds(Moment.FIRST_AUDIO)) for row in rows}
    yield ""
    for length in Length:
        by_way = {
            kind.way: first for kind, first in firsts.items() if kind.length is length and kind.output is Output.WAV
        }
        if Way.EAGER in by_way:
            gains = ", ".join(
                _gain(first - by_way[Way.EAGER], way) for way, first in by_way.items() if way is not Way.EAGER
            )
            took = f"a transcription takes {TRANSCRIPTION_SECONDS * 1000:.0f} ms"
            yield wrapped(f"- {length} answers: eager is {gains}; {took}.", hanging="  ")
        flac = firsts.get(Kind(way=Way.SAFE, length=length, output=Output.FLAC))
        if flac is not None and Way.SAFE in by_way:
            yield f"- {length} answers, safe: as flac the first sound is {_gain(by_way[Way.SAFE] - flac, Output.WAV)}."


def _gain(ms: float, other: str) -> str:
    return f"{abs(ms):.0f} ms {'ahead of' if ms >= 0 else 'behind'} {other}"


def _early(rows: Sequence[Row]) -> Iterable[str]:
    """Say how long before the end of a short answer's text its speech is asked for."""
    for row in rows:
        if row.kind.length is Length.SHORT and row.kind.output is Output.WAV and row.kind.way is not Way.CASCADED:
            pairs = zip(row.milliseconds(Moment.TEXT_COMPLETE), row.milliseconds(Moment.TTS_ASKED), strict=True)
            gain = median(complete - asked for complete, asked in pairs)
            sooner = f"the speech is asked for {gain:.0f} ms before the text is complete, its usual moment"
            yield wrapped(f"- short answers, {row.kind.way}: {sooner}.", hanging="  ")


def _own(rows: Sequence[Row]) -> Iterable[str]:
    yield ""
    yield "### The part that is ours"
    yield ""
    yield wrapped(
        "From the later of (first audio delta leaves the server, Home Assistant asks for the speech) to the first byte of "
        f"sound at the client; as wav meant to be under {OWN_MEDIAN_MS} ms in the median and {OWN_P99_MS} ms in p99 on an "
        "idle machine. Beside it the whole way from the delta, whenever Home Assistant asked. ffmpeg is a part of it in "
        "the rows of flac: it reads ahead before it writes."
    )
    yield ""
    yield "| answer | way | sent as | own part, ms | delta to sound, ms |"
    yield "| --- | --- | --- | ---: | ---: |"
    for row in rows:
        own = [run.own_part * 1000 for run in row.runs if run.own_part is not None]
        whole = [run.delta_to_byte * 1000 for run in row.runs if run.delta_to_byte is not None]
        if own and whole:
            yield f"| {_named(row.kind)} | {_three(own, 1)} | {_three(whole, 1)} |"


def _written(rows: Sequence[Row]) -> Iterable[str]:
    yield ""
    yield "### Home Assistant's own agent, in writing"
    yield ""
    yield wrapped(
        "No sound goes in and none comes out: from the question, over Home Assistant's WebSocket, to the whole answer. Its "
        "sentences are fixed, as the cascade's are."
    )
    yield ""
    yield "| answer | answer complete, ms | runs failed |"
    yield "| --- | ---: | ---: |"
    for row in rows:
        yield f"| {row.kind.length} | {_three(row.milliseconds(Moment.TEXT_COMPLETE), 1)} | {_failed(row)} |"


def _alone(results: Results) -> Iterable[str]:
    """Show what it changes that several satellites speak at a time."""
    beside = results.rows[results.alone.kind]
    if not results.alone.runs or not beside.runs:
        return
    yield ""
    yield "### One row by itself"
    yield ""
    yield wrapped(f"The row *{results.alone.kind}*, while nobody else spoke and between the others.")
    yield ""
    yield "| | runs | end noticed, ms | first audio, ms | own part, ms |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for title, row in (("alone", results.alone), ("beside others", beside)):
        own = [run.own_part * 1000 for run in row.runs if run.own_part is not None]
        cells = (
            _three(row.milliseconds(Moment.END_NOTICED)),
            _three(row.milliseconds(Moment.FIRST_AUDIO)),
            _three(own, 1),
        )
        yield f"| {title} | {len(row.runs)} | {' | '.join(cells)} |"


def _method(turns: int) -> Iterable[str]:
    yield ""
    yield "### How the way is measured"
    yield ""
    yield from points(
        _METHOD,
        transcription=f"{TRANSCRIPTION_SECONDS * 1000:.0f}",
        response=f"{RESPONSE_SECONDS * 1000:.0f}",
        delta=f"{DELTA_SECONDS * 1000:.0f}",
        silence=f"{SILENCE_SECONDS * 1000:.0f}",
        stagger=f"{STAGGER_SECONDS * 1000:.0f}",
        lanes=LANES,
        lengths=" and ".join(f"{len(SCRIPTS[length].answer)} ({length})" for length in Length),
        again=f"{COMMAND} --turns {turns}",
    )


def _named(kind: Kind) -> str:
    return f"{kind.length} | {kind.way} | {kind.output}"


def _failed(row: Row) -> str:
    return f"{len(row.failures)} of {row.count}"


def _three(values: Sequence[float], digits: int = 0) -> str:
    if not values:
        return "none"
    shown = (median(values), percentile(values, 0.95), percentile(values, 0.99))
    return " / ".join(f"{value:.{digits}f}" for value in shown)
