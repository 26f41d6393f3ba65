"""Which ten commands are typical? What a model does for each, and says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.commands import RECORDINGS, Action
from local_server.engine import FunctionCall

_OWN_RECORDINGS = Path(__file__).with_name("recordings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A spoken command, the call that a model makes for it, and what it says afterwards."""

    title: str
    recording: Path
    sentence: str
    answer: str
    brief: str
    """What is said where the instructions ask for few words."""
    call: FunctionCall | None = None
    """None where the model knows the answer."""
    before: Action | None = None
    """What makes the house such that there is something to do."""


def _demo(name: str) -> Path:
    return RECORDINGS / f"{name}.wav"


def _own(name: str) -> Path:
    return _OWN_RECORDINGS / f"{name}.wav"


def _call(tool: str, /, **arguments: Any) -> FunctionCall:
    return FunctionCall(name=tool, arguments=arguments)


def _action(domain: str, name: str, /, **data: Any) -> Action:
    return Action(domain=domain, name=name, data=data)


COMMANDS: Sequence[Command] = (
    Command(
        title="a light by its name",
        recording=_demo("light-by-name"),
        sentence="Turn on the bedside lamp.",
        call=_call("intent__HassTurnOn", name="Bedside lamp", domain=["light"]),
        answer="The bedside lamp is on.",
        brief="Done.",
        before=_action("light", "turn_off", entity_id="light.bedside_lamp"),
    ),
    Command(
        title="lights of an area off",
        recording=_demo("lights-by-area"),
        sentence="Turn off the lights in the living room.",
        call=_call("intent__HassTurnOff", area="Living Room", domain=["light"]),
        answer="The lights in the living room are off.",
        brief="Done.",
        before=_action("light", "turn_on", entity_id=["light.floor_lamp", "light.reading_lamp"]),
    ),
    Command(
        title="a temperature asked for",
        recording=_demo("question"),
        sentence="What is the temperature in the bedroom?",
        call=_call("homeassistant__GetLiveContext", domain="sensor", area="Bedroom"),
        answer="It is 18.5 degrees in the bedroom.",
        brief="18.5 degrees.",
    ),
    Command(
        title="a thermostat set",
        recording=_demo("set-temperature"),
        sentence="Set the thermostat to 22 degrees.",
        call=_call("climate__HassClimateSetTemperature", temperature=22, name="Thermostat"),
        answer="The thermostat is set to 22 degrees.",
        brief="Done.",
        before=_action("climate", "set_temperature", entity_id="climate.thermostat", temperature=19),
    ),
    Command(
        title="a timer",
        recording=_demo("timer"),
        sentence="Set a timer for 5 seconds.",
        call=_call("intent__HassStartTimer", seconds=5),
        answer="Your timer for five seconds has started.",
        brief="Started.",
    ),
    Command(
        title="the shopping list read",
        recording=_demo("shopping-list"),
        sentence="What is on the shopping list?",
        call=_call("todo__get_items", todo_list="Shopping list"),
        answer="On your shopping list are bread, butter, tomatoes, apples, coffee and orange juice.",
        brief="Bread, butter, tomatoes, apples, coffee and orange juice.",
    ),
    Command(
        title="general knowledge",
        recording=_own("tower"),
        sentence="How tall is the Eiffel Tower?",
        answer="The Eiffel Tower is 330 metres tall, its antennas included.",
        brief="330 metres.",
    ),
    Command(
        title="open windows",
        recording=_own("windows"),
        sentence="Which windows are open?",
        call=_call("homeassistant__GetLiveContext", domain="binary_sensor"),
        answer="The kitchen window is open, all others are closed.",
        brief="The kitchen window.",
    ),
    Command(
        title="music paused",
        recording=_own("pause-music"),
        sentence="Pause the music.",
        call=_call("media_player__HassMediaPause"),
        answer="The music is paused.",
        brief="Done.",
        before=_action("input_boolean", "turn_on", entity_id="input_boolean.playing"),
    ),
    Command(
        title="a scene",
        recording=_own("movie-scene"),
        sentence="Start the movie night scene.",
        call=_call("intent__HassTurnOn", name="Movie night", domain=["scene"]),
        answer="Movie night has started. Enjoy the film!",
        brief="Done.",
    ),
)
BY_SENTENCE: Mapping[str, Command] = {command.sentence: command for command in COMMANDS}
SHOPPING: Sequence[str] = ("bread", "butter", "tomatoes", "apples", "coffee", "orange juice")
"""What stands on the list."""
