"""How the demo tells a stranger what is happening."""

from collections.abc import Callable, Sequence
import json
from pathlib import Path
import sys
import time

from demo.audio import ANSWER_RATE, seconds
from demo.commands import Command
from demo.states import Change
from demo.timeline import Mark, Timeline
from demo.verdict import Evidence
from demo.voice_run import ToolCall

_LABEL = 10


class Report:
    """Prints as things happen; `clock` counts seconds and is read at the start."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begin = clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._begin

    def part(self) -> None:
        """Leave a line free."""
        print(flush=True)

    def step(self, text: str) -> None:
        """Say what begins or is done now."""
        print(f"[{self.elapsed:5.1f} s] {text}", flush=True)

    def command(self, number: int, command: Command, speech_seconds: float) -> None:
        """Head a command before it is spoken."""
        self.part()
        self.step(f'{number}. {command.title}: speaking "{command.sentence}" ({speech_seconds:.1f} s)')

    def evidence(self, evidence: Evidence, spoken: Path, pcm: bytes) -> None:
        """Show what a run did."""
        run = evidence.run
        row("heard", run.transcript)
        for tool in run.tools:
            row("tool", tool_line(tool))
        self.changes(evidence.changes)
        row("answer", run.answer)
        if pcm:
            error = evidence.speech_error
            row("voice", f"{spoken} ({seconds(pcm, ANSWER_RATE):.1f} s)")
            row("heard back", f"{evidence.heard_back} (word error rate {error:.0%})")
        labels, times = timeline_rows(run.timeline)
        row("timeline", labels)
        row("ms", times)

    def changes(self, changes: Sequence[Change]) -> None:
        """Show the changed states, one a line."""
        for change in changes:
            row("changed", str(change))

    def outcome(self, failures: Sequence[str]) -> None:
        """Say whether a command passed."""
        row("result", "as expected" if not failures else "NOT AS EXPECTED")
        for failure in failures:
            row("", failure)

    def log(self, name: str, lines: Sequence[str]) -> None:
        """Show the end of a log."""
        print(f"\nWhat matters at the end of {name}:", flush=True)
        for line in lines or ["(nothing)"]:
            print(f"    {line}", flush=True)

    def verdict(self, passed: int, total: int) -> None:
        """End with one line."""
        word = "PASSED" if passed == total else "FAILED"
        print(f"{word}: {passed} of {total} commands as expected, {self.elapsed:.0f} s in total", flush=True)

    def failed(self, reason: str) -> None:
        """End with the reason why there is no verdict."""
        print(f"\nFAILED after {self.elapsed:.0f} s: {reason}", file=sys.stderr, flush=True)


def row(label: str, text: str) -> None:
    """Print one row of a command's table."""
    print(f"          {label:<{_LABEL}} {text}", flush=True)


def tool_line(tool: ToolCall) -> str:
    """Write a tool call as one line."""
    return f"{tool.name} {json.dumps(dict(tool.arguments), ensure_ascii=False)}"


def timeline_rows(timeline: Timeline) -> tuple[str, str]:
    """Write a timeline as a row of moments and, right under them, a row of ms after the end of speech."""
    found = timeline.milliseconds()
    labels = [mark.value for mark in Mark]
    times = [str(found.get(mark, "-")).rjust(len(mark.value)) for mark in Mark]
    return "   ".join(labels), "   ".join(times)
