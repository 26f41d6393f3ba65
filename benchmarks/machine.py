"""On which machine, from which commit and under which load was something measured? For every page of figures."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
import os
from pathlib import Path
import platform
import subprocess

from demo.home_assistant import REPOSITORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a reader needs to know of where figures come from."""

    processor: str
    cores: int
    system: str
    python: str
    commit: str

    def __str__(self) -> str:
        """Return all of it as one phrase."""
        return f"{self.processor}, {self.cores} cores, {self.system}, Python {self.python}, commit {self.commit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Where and when figures were measured."""

    date: str
    machine: Machine
    load: str
    """The load average before and after."""


def facts(load_before: str) -> Facts:
    """Return the facts of a measurement that ends now, and before which `load` returned this."""
    return Facts(
        date=f"{datetime.now(UTC):%Y-%m-%d}", machine=this_machine(), load=f"{load_before} before and {load()} after"
    )


def this_machine() -> Machine:
    """Return the facts of the machine that runs this."""
    return Machine(
        processor=processor(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        commit=commit(),
    )


def processor() -> str:
    """Return the processor's name."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def commit() -> str:
    """Return the commit, `-dirty` where files differ from it."""
    command = ("git", "describe", "--always", "--dirty")
    try:
        described = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    except FileNotFoundError, subprocess.CalledProcessError:
        return "unknown"
    return described.stdout.strip()


def load() -> str:
    """Return how many processes wanted to run in the last minute, on average."""
    return f"{os.getloadavg()[0]:.1f}"
