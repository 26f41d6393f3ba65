"""How a target is fed for some seconds: with atheris in a process of its own, or by chance in this one."""

from dataclasses import dataclass
import hashlib
import os
from pathlib import Path
from random import Random
import re
import subprocess
import sys
import time
import traceback

from .corpus import SEEDS
from .mutation import mutated
from .targets import TARGETS

ATHERIS = Path(__file__).parents[3] / ".tools" / "fuzz"

_UNITS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"\bcov: (\d+)")
# libFuzzer counts from its own start, and importing takes as long on a busy machine.
_START_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of one run."""

    inputs: int
    note: str = ""
    failure: Path | None = None
    """The input that breaks the target."""


def run_blind(target: str, seconds: float, folder: Path, seed: int) -> Found:
    """Feed a target with good input that was changed at random."""
    random, seeds, inputs = Random(seed), SEEDS[target](), 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(random, random.choice(seeds))
        inputs += 1
        try:
            TARGETS[target](data)
        except Exception:  # noqa: BLE001 - any of them is what is looked for
            traceback.print_exc()
            failure = folder / f"crash-{hashlib.sha256(data).hexdigest()[:16]}"
            failure.write_bytes(data)
            return Found(inputs=inputs, failure=failure)
    return Found(inputs=inputs)


def run_guided(target: str, seconds: float, folder: Path, seed: int) -> Found:
    """Feed a target with what atheris makes of good input and of what has reached new lines before."""
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for data in SEEDS[target]():
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    before = set(folder.glob("crash-*")) | set(folder.glob("timeout-*")) | set(folder.glob("oom-*"))
    arguments = (
        f"-max_total_time={max(1, round(seconds))}",
        f"-seed={seed}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-max_len=65536",
        str(corpus),
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.fuzz.guided", target, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ATHERIS), os.environ.get("PYTHONPATH", "")))},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds + _START_SECONDS,
        check=False,
    )
    said = done.stdout + done.stderr
    new = (set(folder.glob("crash-*")) | set(folder.glob("timeout-*")) | set(folder.glob("oom-*"))) - before
    units, covered = _UNITS.findall(said), _COVERED.findall(said)
    if done.returncode:
        sys.stderr.write(said[-4000:])
    return Found(
        inputs=int(units[-1]) if units else 0,
        note=f"{covered[-1]} edges" if covered else "",
        failure=next(iter(new), folder if done.returncode else None),
    )
