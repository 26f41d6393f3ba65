"""What do the figures say, and how were they come by? The section of `docs/performance.md` on scale, and its picture."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from statistics import mean, median

from benchmarks.charts import LinePanel, Series, lines
from benchmarks.clients.stamps import DELTA_MS
from benchmarks.figures import percentile
from benchmarks.machine import Facts
from benchmarks.scale.crowd import SPREAD_SECONDS, Samples
from benchmarks.scale.server import NUM_DELTAS, RESPONSE_SECONDS, TRANSCRIPTION_SECONDS
from benchmarks.sections import Section, picture_link, points, wrapped

COMMAND = "scripts/benchmark scale"
SECTION = Section(name="scale", command=COMMAND)
PLOT = "scale.svg"

_METHOD = """
One Home Assistant, one agent with the options that it is made with, but for the number of sessions, and one server in a
process of its own with events that were made before. Each satellite has a session of its own, which is open, in a
conversation that goes on; *new conversations* are the round before, in which every satellite begins one. All of a crowd
begin to speak within {spread:.0f} s, evenly, and the recording is twice as long: so all of them speak at once, and all are
answered at once. Households do not: it is the worst that a number of satellites can do.

*answer*: from the last audible frame to the first byte of sound, over HTTP, in another process. The server takes {transcription:.0f} ms
for a transcript and {response:.0f} ms for an answer, Home Assistant notices the end of speech after 1,200 ms. *added* is
what the crowd adds to the median of one satellite. *delta to sound*: from the server's first audio delta to that byte.
*way in*: from the moment in which a frame of 20 ms has been spoken to its arrival at the server, all frames of all satellites.

*loop late*: by how much a timer of 10 ms in Home Assistant's event loop is called late. *CPU talking*: the processor time
of Home Assistant's process while all of them speak, as a share of one core. *CPU per turn*: all that it takes for one
question with its answer, microphones and their voice activity detection included, which here live in Home Assistant's
process as well. *memory*: resident, of the whole process.

An answer's sound comes at the pace of speech, {deltas} deltas of {delta} ms. The server, the client that listens to all
answers, and Home Assistant share the machine's cores. The server took at most {server:.0%} of a core.

To repeat: `{again}`, on a machine that has nothing else to do.
"""


def section(crowds: Sequence[Samples], limited: Samples, sessions: int, facts: Facts, again: str) -> str:
    """Return the section; `limited` is a crowd that was tried with as few sessions as an agent has by default."""
    measured = [crowd for crowd in crowds if crowd.answered]
    text = (*_head(facts), *_table(crowds), *_loads(crowds), *_growth(measured), *_limit(limited, sessions))
    return SECTION.marked((*text, *_method(measured, again)))


def plot(crowds: Sequence[Samples]) -> str:
    """Return the picture: what is noticed and what is needed, by the number of satellites."""
    crowds = [crowd for crowd in crowds if crowd.answered]

    def panel(title: str, y_title: str, **series: Callable[[Samples], float]) -> LinePanel:
        return LinePanel(
            title=title,
            x_title="satellites that talk at once",
            y_title=y_title,
            series=[
                Series(name=name, points=[(crowd.count, value(crowd)) for crowd in crowds])
                for name, value in series.items()
            ],
        )

    alone = median(crowds[0].answered)
    return lines(
        [
            panel(
                "Added to an answer",
                "ms",
                p50=lambda crowd: max(0.0, median(crowd.answered) - alone) * 1000,
                p99=lambda crowd: max(0.0, percentile(crowd.answered, 0.99) - alone) * 1000,
            ),
            panel(
                "A frame's way to the server",
                "ms",
                p50=lambda crowd: median(crowd.way_in) * 1000,
                p99=lambda crowd: percentile(crowd.way_in, 0.99) * 1000,
            ),
            panel("Processor while all talk", "cores", CPU=lambda crowd: mean(crowd.talking)),
            panel("Memory of Home Assistant", "MiB", resident=lambda crowd: crowd.resident_bytes / 2**20),
        ]
    )


def _head(facts: Facts) -> Iterable[str]:
    yield wrapped(
        f"{facts.date}, {facts.machine}, Home Assistant {version('homeassistant')}; load average {facts.load}."
    )
    yield ""
    yield picture_link(PLOT, "Lines of latency, processor time and memory by the number of satellites")


def _table(crowds: Sequence[Samples]) -> Iterable[str]:
    yield ""
    yield "Milliseconds, median / 99th percentile."
    yield ""
    yield "| satellites | turns | failed | answer | added | in new conversations | delta to sound | way in | loop late |"
    yield "| ---: |" + " ---: |" * 8
    alone = median(next(crowd.answered for crowd in crowds if crowd.answered))
    for crowd in crowds:
        added = [time - alone for time in crowd.answered]
        cells = (crowd.answered, added, crowd.first_turns)
        fine = (crowd.delta_to_sound, crowd.way_in, crowd.lags)
        figures = " | ".join((*(_two(each) for each in cells), *(_two(each, 1) for each in fine)))
        yield f"| {_named(crowd)} | {crowd.turns} | {len(crowd.failures)} | {figures} |"


def _loads(crowds: Sequence[Samples]) -> Iterable[str]:
    yield ""
    yield "| satellites | CPU talking, cores | CPU per turn, s | memory, MiB |"
    yield "| ---: | ---: | ---: | ---: |"
    for crowd in crowds:
        memory = crowd.resident_bytes / 2**20
        yield f"| {_named(crowd)} | {mean(crowd.talking):.2f} | {mean(crowd.cpu_per_turn):.2f} | {memory:.0f} |"


def _growth(crowds: Sequence[Samples]) -> Iterable[str]:
    """Say what one more satellite needs, and what is used up first."""
    first, last = crowds[0], max(crowds, key=lambda crowd: crowd.count)
    if first.count == last.count:
        return
    more = last.count - first.count
    memory = (last.resident_bytes - first.resident_bytes) / more / 1024
    cpu = mean(last.cpu_per_turn)
    yield ""
    yield wrapped(
        f"One more satellite takes {memory:.0f} KiB. A turn in the largest crowd takes {cpu:.2f} s of processor time, nearly "
        f"all of it in the {last.microphone_seconds:.1f} s in which its microphone is open: "
        f"{last.microphone_seconds / cpu:.0f} open microphones fill a core. Home Assistant has one event loop, and so one "
        "core: that is what limits how many satellites may talk at once. The largest part of it is Home Assistant's own "
        "voice activity detection, ours is the *CPU in* of the clients' table. Where that core is full, frames wait for "
        "each other, the end of speech is noticed late, and answers come late. Satellites that only listen for their wake "
        "word take nothing of this."
    )


def _limit(limited: Samples, sessions: int) -> Iterable[str]:
    """Say what happens where there are more satellites than sessions."""
    yield ""
    yield wrapped(
        f"An agent has {sessions} sessions at once by default (*Most sessions at once* in its options). Of "
        f"{limited.count} satellites that talked at once with these, {limited.turns - len(limited.failures)} were "
        f"answered. {_told(limited)}"
    )


def _told(limited: Samples) -> str:
    if not limited.failures:
        return "Nobody was turned away."
    told = "; ".join(f"{count} times *{message}*" for message, count in Counter(limited.failures).items())
    return (
        f"The others were turned away at once: {told}. A satellite plays its sound for errors then. With another "
        "speech-to-text and another agent set as fallbacks these hear and answer instead. A session that nobody uses is no "
        "obstacle: it makes room."
    )


def _method(crowds: Sequence[Samples], again: str) -> Iterable[str]:
    yield ""
    yield "### How scale is measured"
    yield ""
    yield from points(
        _METHOD,
        spread=SPREAD_SECONDS,
        transcription=TRANSCRIPTION_SECONDS * 1000,
        response=RESPONSE_SECONDS * 1000,
        deltas=NUM_DELTAS,
        delta=DELTA_MS,
        server=max(share for crowd in crowds for share in crowd.server_cpu),
        again=again,
    )


def _named(crowd: Samples) -> str:
    return f"{crowd.count}" if crowd.spread == SPREAD_SECONDS else f"{crowd.count}, at the same moment"


def _two(values: Sequence[float], digits: int = 0) -> str:
    if not values:
        return "none"
    return " / ".join(f"{value * 1000:.{digits}f}" for value in (median(values), percentile(values, 0.99)))
