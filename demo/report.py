"""How the demo tells a stranger what is happening."""

from collections.abc import Callable, Sequence
import json
from pathlib import Path
import sys
import time
from typing import TextIO

from demo.audio import ANSWER_RATE, seconds
from demo.commands import Command
from demo.states import Change
from demo.timeline import Mark, Timeline
from demo.verdict import Evidence
from demo.voice_run import ToolCall

_LABEL = 10


class Report:
    """Prints as things happen, never the secret; `clock` counts seconds and is read at the start."""

    def __init__(self, secret: str | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._secret = secret
        self._clock = clock
        self._begin = clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._begin

    def part(self) -> None:
        """Leave a line free."""
        self._print()

    def step(self, text: str) -> None:
        """Say what begins or is done now."""
        self._print(f"[{self.elapsed:5.1f} s] {text}")

    def command(self, number: int, command: Command, speech_seconds: float) -> None:
        """Head a command before it is spoken."""
        self.part()
        self.step(f'{number}. {command.title}: speaking "{command.sentence}" ({speech_seconds:.1f} s)')

    def evidence(self, evidence: Evidence, spoken: Path, pcm: bytes) -> None:
        """Show what a run did."""
        run = evidence.run
        self.row("heard", run.transcript)
        for tool in run.tools:
            self.row("tool", tool_line(tool))
        self.changes(evidence.changes)
        self.row("answer", run.answer)
        if pcm:
            error = evidence.speech_error
            self.row("voice", f"{spoken} ({seconds(pcm, ANSWER_RATE):.1f} s)")
            self.row("heard back", f"{evidence.heard_back} (word error rate {error:.0%})")
        labels, times = timeline_rows(run.timeline)
        self.row("ms after", labels)
        self.row("speech end", times)

    def changes(self, changes: Sequence[Change]) -> None:
        """Show the changed states, one a line."""
        for change in changes:
            self.row("changed", str(change))

    def outcome(self, failures: Sequence[str]) -> None:
        """Say whether a command passed."""
        self.row("result", "as expected" if not failures else "NOT AS EXPECTED")
        for failure in failures:
            self.row("", failure)

    def log(self, name: str, lines: Sequence[str]) -> None:
        """Show the end of a log."""
        self._print(f"\nWhat matters at the end of {name}:")
        for line in lines or ["(nothing)"]:
            self._print(f"    {line}")

    def verdict(self, passed: int, total: int, what: str) -> None:
        """End with one line, as "4 of 5 commands as expected"."""
        word = "PASSED" if passed == total else "FAILED"
        self._print(f"{word}: {passed} of {total} {what}, {self.elapsed:.0f} s in total")

    def failed(self, reason: str) -> None:
        """End with the reason why there is no verdict."""
        self._print(f"\nFAILED after {self.elapsed:.0f} s: {reason}", sys.stderr)

    def row(self, label: str, text: str) -> None:
        """Print one row of a command's table."""
        self._print(f"          {label:<{_LABEL}} {text}")

    def _print(self, text: str = "", file: TextIO | None = None) -> None:
        print(text.replace(self._secret, "***") if self._secret else text, file=file, flush=True)


def tool_line(tool: ToolCall) -> str:
    """Write a tool call as one line."""
    return f"{tool.name} {json.dumps(dict(tool.arguments), ensure_ascii=False)}"


def timeline_rows(timeline: Timeline) -> tuple[str, str]:
    """Write a timeline as a row of moments and, right under them, a row of ms after the end of speech."""
    found = timeline.milliseconds()
    labels = [mark.value for mark in Mark]
    times = [str(found.get(mark, "-")).rjust(len(mark.value)) for mark in Mark]
    return "   ".join(labels), "   ".join(times)
