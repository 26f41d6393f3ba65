"""One target under atheris; libFuzzer ends the process by itself. Run by `runs.py`."""

from random import Random
import sys

import atheris

with atheris.instrument_imports(include=["custom_components.realtime_assist"]):
    from .mutation import mutated
    from .targets import TARGETS


def _change(data: bytes, max_size: int, seed: int) -> bytes:
    """Change input as JSON half of the time, and as libFuzzer does otherwise."""
    random = Random(seed)
    changed: bytes = mutated(random, data) if random.random() < 0.5 else atheris.Mutate(data, max_size)
    return changed[:max_size]


target, *arguments = sys.argv[1:]
atheris.Setup([sys.argv[0], *arguments], TARGETS[target], custom_mutator=_change)
atheris.Fuzz()
