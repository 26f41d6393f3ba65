"""What is said to the house, and what must come of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).with_name("recordings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action that prepares the house before a command."""

    domain: str
    name: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedState:
    """What a state, or one of its attributes, must be after a command that changes it."""

    entity_id: str
    value: str
    attribute: str = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A spoken command with its expectation; `states` also names everything that may change."""

    title: str
    recording: str
    sentence: str
    before: tuple[Action, ...] = ()
    states: tuple[ExpectedState, ...] = ()
    answer: tuple[str, ...] = ()
    """The answer must say one of these; empty when any answer will do."""
    follows_up: bool = field(default=False)
    """Said in the conversation of the command before it."""


def _thermometer(room: str, degrees: float) -> Action:
    return Action(
        domain="input_number",
        name="set_value",
        data={"entity_id": f"input_number.{room}_thermometer", "value": degrees},
    )


def _lights(name: str, *lights: str) -> Action:
    return Action(domain="light", name=name, data={"entity_id": [f"light.{light}" for light in lights]})


COMMANDS = (
    Command(
        title="a light by its name",
        recording="light-by-name",
        sentence="Turn on the bedside lamp.",
        before=(_lights("turn_off", "bedside_lamp"),),
        states=(ExpectedState(entity_id="light.bedside_lamp", value="on"),),
    ),
    Command(
        title="lights by their area",
        recording="lights-by-area",
        sentence="Turn off the lights in the living room.",
        before=(_lights("turn_on", "floor_lamp", "reading_lamp"),),
        states=(
            ExpectedState(entity_id="light.floor_lamp", value="off"),
            ExpectedState(entity_id="light.reading_lamp", value="off"),
        ),
    ),
    Command(
        title="a temperature to set",
        recording="set-temperature",
        sentence="Set the thermostat to twenty two degrees.",
        before=(
            Action(
                domain="climate",
                name="set_temperature",
                data={"entity_id": "climate.thermostat", "temperature": 19},
            ),
        ),
        states=(ExpectedState(entity_id="climate.thermostat", attribute="temperature", value="22.0"),),
    ),
    Command(
        title="a question",
        recording="question",
        sentence="What is the temperature in the bedroom?",
        before=(_thermometer("bedroom", 18.5),),
        answer=("18.5", "eighteen and a half"),
    ),
    Command(
        title="a question that only the one before explains",
        recording="follow-up",
        sentence="And what about the kitchen?",
        before=(_thermometer("kitchen", 21.5),),
        answer=("21.5", "twenty-one and a half"),
        follows_up=True,
    ),
)
