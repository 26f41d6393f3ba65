"""What do the figures say, and how were they come by? The clients' section of `docs/performance.md`."""

from collections.abc import Iterable, Sequence
from statistics import median

from benchmarks.clients.environments import FLOOR, OURS
from benchmarks.clients.measures import COLUMNS, MARKS, SESSIONS_PER_CORE_MARK, Column, Mark, Measure, column
from benchmarks.clients.results import Result
from benchmarks.clients.rounds import Size
from benchmarks.clients.stages import EXPLAINED
from benchmarks.machine import Facts
from benchmarks.sections import Section, picture_link, points, wrapped

COMMAND = "scripts/benchmark client"
SECTION = Section(name="clients", command=COMMAND)
PLOT = "clients.svg"

_METHOD = """
One server in a process of its own answers all clients with events in the GA shape that were made before; the PCM of each
audio delta begins with its CLOCK_MONOTONIC. Each client is a process of its own in an environment of its own
(`benchmarks/requirements/`), started anew in each round; every other round goes through them backwards.

Each library is used the way its documentation says (`benchmarks/clients/drivers/`): nothing of it is replaced. The server
takes no compression, so nobody compresses. The wire is the loopback interface: what a network adds, it adds to all alike.

Realtime Assist is a whole `RealtimeSession`: ladder, history, a turn with its bounded streams, and two tasks that take
text and audio, as Home Assistant's stages do. The floor reads the socket and calls back from there.

livekit-agents gathers 100 ms of speech before it sends: a fifth of the messages, and the server hears each frame later.

CPU in and CPU out: {audio:.0f} seconds of audio in one session at {speed:.0f} times its speed, each frame and delta by
itself. CPU talking: {sessions} sessions and one, in one process, at the speed of speech: frames of 20 ms from all for
{talk:.0f} seconds, then deltas of 100 ms to all for as long. Sessions per core is a minute divided by that: conversations
without a pause, which nobody has.

To repeat: `{command} --rounds {rounds}`, on a machine that has nothing else to do.
"""


_LEFT = """
What is left of first delta and burst: messages are handled in the callback that brings them, without a queue, and one task
wakes, the one that takes the sound. What Realtime Assist does beyond the floor is what a conversation needs: each event is
checked and has a type, a response that is over or was cancelled stays unheard, a server that falls silent is noticed, what
is used is counted, and what was heard is known. That is about ten microseconds for a delta where code and data are in the
processor's caches, and several times that after a pause, as here. A burst is eight events of six kinds, and pays for each.

What is left of the others: the TLS handshake is OpenSSL's and takes the floor as long. Of what a frame costs in CPU in, the
resampler has two fifths, and most of the rest is the socket's. More than half of the import are the methods that Python's
`dataclasses` writes for the 140 that there are; without `stream`, which Home Assistant's default configuration has, numpy
comes on top.
"""


def section(results: Sequence[Result], facts: Facts, size: Size) -> str:
    """Return the section, in between its markers."""
    rounds = max(result.rounds for result in results)
    told = (*_table(results), *_explained(), *_marks(results), *_stages(results))
    return SECTION.marked((*_head(facts, rounds), *told, *_method(size, rounds)))


def _head(facts: Facts, rounds: int) -> Iterable[str]:
    yield wrapped(f"{facts.date}, {facts.machine}; {rounds} rounds, interleaved; load average {facts.load}.")
    yield ""
    yield picture_link(PLOT, "Bars of the most telling columns for each client")


def _table(results: Sequence[Result]) -> Iterable[str]:
    yield ""
    yield "Median / 95th percentile. Compare within a column only."
    yield ""
    titles = (f"{each.title}, {each.unit}" for each in COLUMNS)
    yield f"| client | {' | '.join(titles)} | sessions per core |"
    yield "| --- |" + " ---: |" * (len(COLUMNS) + 1)
    for result in results:
        cells = (_cell(result, each) for each in COLUMNS)
        yield f"| {result.contestant.title} | {' | '.join(cells)} | {result.sessions_per_core:.0f} |"
    counts = (str(results[0].figure(each.measure).count) for each in COLUMNS)
    yield f"| *samples of each* | {' | '.join(counts)} | |"


def _cell(result: Result, column: Column) -> str:
    found = result.figure(column.measure)
    return f"{found.median:.{column.digits}f} / {found.p95:.{column.digits}f}"


def _explained() -> Iterable[str]:
    yield ""
    for each in COLUMNS:
        yield wrapped(f"- *{each.title}*: {each.explained}.", hanging="  ")


def _marks(results: Sequence[Result]) -> Iterable[str]:
    """Say where we are what we want to be, and where not."""
    known = {result.contestant.driver: result for result in results}
    if OURS.driver not in known or FLOOR.driver not in known:
        return
    ours, floor = known[OURS.driver], known[FLOOR.driver]
    yield ""
    yield "What Realtime Assist is meant to stay under, and where it is in this run:"
    yield ""
    yield "| | mark | Realtime Assist | floor | |"
    yield "| --- | ---: | ---: | ---: | --- |"
    for mark in MARKS:
        yield _mark_row(mark, ours, floor)
    met = _met(ours.sessions_per_core >= SESSIONS_PER_CORE_MARK)
    sessions = f"{ours.sessions_per_core:.0f} | {floor.sessions_per_core:.0f}"
    yield f"| sessions per core | at least {SESSIONS_PER_CORE_MARK} | {sessions} | {met} |"


def _mark_row(mark: Mark, ours: Result, floor: Result) -> str:
    shown = column(mark.measure)
    own, least = ours.figure(mark.measure).median, floor.figure(mark.measure).median
    limit = least if mark.limit is None else mark.limit
    told = "the floor" if mark.limit is None else f"{mark.limit:g}"
    figures = f"{own:.{shown.digits}f} | {least:.{shown.digits}f}"
    return f"| {shown.title}, {shown.unit} | {told} | {figures} | {_met(own <= limit)} |"


def _stages(results: Sequence[Result]) -> Iterable[str]:
    """Say where the time of first sounds goes, and what is left to save."""
    staged = [result for result in results if result.stages]
    if len(staged) != len((FLOOR, OURS)):
        return
    columns = [(measure, result) for measure in (Measure.ALONE, Measure.BURST) for result in staged]
    yield ""
    yield wrapped(
        "Where the time until an answer's first sound goes, in µs: medians of other answers than above, with a stopwatch at"
        " each door, which takes its time as well."
    )
    yield ""
    yield "| | " + " | ".join(f"{measure}: {_short(result)}" for measure, result in columns) + " |"
    yield "| --- |" + " ---: |" * len(columns)
    for stage, explained in EXPLAINED.items():
        cells = (f"{median(result.stages[measure][stage]):.0f}" for measure, result in columns)
        yield f"| {explained} | {' | '.join(cells)} |"
    yield ""
    yield from points(_LEFT)


def _short(result: Result) -> str:
    return result.contestant.title.partition(":")[0]


def _met(met: bool) -> str:
    return "met" if met else "missed"


def _method(size: Size, rounds: int) -> Iterable[str]:
    yield ""
    yield from points(
        _METHOD,
        audio=size.audio_s,
        speed=size.speed,
        sessions=size.sessions,
        talk=size.talk_s,
        command=COMMAND,
        rounds=rounds,
    )
