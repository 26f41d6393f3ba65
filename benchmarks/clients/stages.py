"""Through which stages does a delta go on its way to whoever takes its sound? Known to the drivers and to the page."""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class Stage(StrEnum):
    """Part of the way; together they are all of it."""

    WIRE = "wire"
    FRAMES = "frames"
    VALUES = "values"
    STATES = "states"
    OWNERS = "owners"
    LOOP = "loop"


type Stages = Mapping[Stage, Sequence[float]]
"""Microseconds, one for each answer that was measured."""

EXPLAINED: Mapping[Stage, str] = {
    Stage.WIRE: "the server's write, the kernel, and the process waking up",
    Stage.FRAMES: "the frames are found in the bytes",
    Stage.VALUES: "JSON and base64 become events",
    Stage.STATES: "the protocol's states, and the order of events",
    Stage.OWNERS: "whose response and turn it is, and what that costs",
    Stage.LOOP: "callbacks, tasks and generators up to whoever takes the sound",
}
