"""What to say when tools have run: what was done, or what could not be."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from .conversation import ToolRun
from .home import Home
from .spoken_names import area_name, spoken_target, together
from .tool_output import failed

type Deed = tuple[str, str]
"""What was done and what was to be done: ("turned on {}", "turn on {}"); without a place for a target it has none."""

_DEEDS: Final[Mapping[str, Deed]] = {
    "HassTurnOn": ("turned on {}", "turn on {}"),
    "HassTurnOn.lock": ("locked {}", "lock {}"),
    "HassTurnOn.cover": ("opened {}", "open {}"),
    "HassTurnOn.scene": ("activated {}", "activate {}"),
    "HassTurnOn.script": ("started {}", "start {}"),
    "HassTurnOn.button": ("pressed {}", "press {}"),
    "HassTurnOn.vacuum": ("started {}", "start {}"),
    "HassTurnOff": ("turned off {}", "turn off {}"),
    "HassTurnOff.lock": ("unlocked {}", "unlock {}"),
    "HassTurnOff.cover": ("closed {}", "close {}"),
    "HassStopMoving": ("stopped {}", "stop {}"),
    "HassLightSet": ("set {} to {value}", "set {}"),
    "HassSetPosition": ("set {} to {value}", "set {}"),
    "HassClimateSetTemperature": ("set {} to {value}", "set {}"),
    "HassFanSetSpeed": ("set {} to {value}", "set {}"),
    "HassHumidifierSetpoint": ("set {} to {value}", "set {}"),
    "HassSetVolume": ("set the volume of {} to {value}", "set the volume of {}"),
    "HassSetVolumeRelative": ("changed the volume", "change the volume"),
    "HassMediaPause": ("paused {}", "pause {}"),
    "HassMediaUnpause": ("resumed {}", "resume {}"),
    "HassMediaNext": ("skipped to the next one", "skip to the next one"),
    "HassMediaPrevious": ("went back to the previous one", "go back to the previous one"),
    "HassMediaPlayerMute": ("muted {}", "mute {}"),
    "HassMediaPlayerUnmute": ("unmuted {}", "unmute {}"),
    "HassVacuumStart": ("started {}", "start {}"),
    "HassVacuumReturnToBase": ("sent {} back to its base", "send {} back to its base"),
    "HassVacuumCleanArea": ("started to clean {}", "clean {}"),
    "HassLawnMowerStartMowing": ("started {}", "start {}"),
    "HassLawnMowerDock": ("sent {} back to its dock", "send {} back to its dock"),
    "HassListAddItem": ("added {item} to {}", "add {item} to {}"),
    "HassListCompleteItem": ("checked {item} off {}", "check {item} off {}"),
    "HassListRemoveItem": ("removed {item} from {}", "remove {item} from {}"),
    "HassShoppingListAddItem": ("added {item} to the shopping list", "add {item} to the shopping list"),
    "HassStartTimer": ("set a timer for {duration}", "set a timer"),
    "HassCancelTimer": ("cancelled the timer", "cancel the timer"),
    "HassCancelAllTimers": ("cancelled all timers", "cancel the timers"),
    "HassIncreaseTimer": ("added {duration} to the timer", "add time to the timer"),
    "HassDecreaseTimer": ("took {duration} off the timer", "take time off the timer"),
    "HassPauseTimer": ("paused the timer", "pause the timer"),
    "HassUnpauseTimer": ("resumed the timer", "resume the timer"),
    "HassBroadcast": ("announced it", "announce it"),
}
_VALUES: Final = {
    "brightness": "{} percent",
    "position": "{} percent",
    "percentage": "{} percent",
    "volume_level": "{} percent",
    "humidity": "{} percent",
    "color": "{}",
}
_ANYTHING: Final = {
    "HassClimateSetTemperature": "the temperature",
    "HassSetVolume": "the speakers",
    "HassMediaPause": "the music",
    "HassMediaUnpause": "the music",
}
_NAMED_AS_THEY_ARE: Final = frozenset({"scene", "script"})


def confirmation(runs: Sequence[ToolRun], home: Home) -> str:
    """Return what was done, same deeds together, then what could not be done; an empty string without runs."""
    done: dict[Deed, list[str]] = {}
    missed: dict[Deed, list[str]] = {}
    for run in runs:
        (missed if failed(run.output) else done).setdefault(_deed(run, home), []).append(_target(run, home))
    sentences = []
    if done:
        sentences.append(f"{_capital(together(_said(deed[0], targets) for deed, targets in done.items()))}.")
    if missed:
        wishes = together(_said(deed[1], targets) for deed, targets in missed.items())
        sentences.append(f"Sorry, I could not {wishes}.")
    return " ".join(sentences)


def duration(arguments: Mapping[str, Any], key: str = "{}") -> str:
    """Return "1 hour and 5 minutes" from arguments named `hours`, `minutes` and `seconds`, or as `key` makes of these."""
    parts = [
        f"{int(amount)} {unit[:-1] if int(amount) == 1 else unit}"
        for unit in ("hours", "minutes", "seconds")
        if (amount := arguments.get(key.format(unit)))
    ]
    return together(parts) if parts else "a while"


def _deed(run: ToolRun, home: Home) -> Deed:
    done, wish = _DEEDS.get(f"{run.tool}.{_domain(run.arguments, home)}") or _DEEDS.get(run.tool) or _own_deed(run)
    values = {"{value}": _value(run.arguments), "{item}": str(run.arguments.get("item", "it"))}
    values["{duration}"] = duration(run.arguments)
    for place, value in values.items():
        done, wish = done.replace(place, value), wish.replace(place, value)
    return done, wish


def _own_deed(run: ToolRun) -> Deed:
    name = run.tool.replace("_", " ")
    return f"started {name}", f"start {name}"


def _domain(arguments: Mapping[str, Any], home: Home) -> str:
    if entity := home.entity(arguments.get("name", "")):
        return entity.domain
    given = arguments.get("domain")
    return str(given[0] if isinstance(given, list) and given else given or "")


def _value(arguments: Mapping[str, Any]) -> str:
    for name, words in _VALUES.items():
        if name in arguments:
            return words.format(arguments[name])
    if "temperature" in arguments:
        # A light's color temperature is in kelvin, a room's never above a hundred.
        warmth = arguments["temperature"]
        return f"{warmth} kelvin" if float(warmth) > 1000 else f"{warmth} degrees"
    return "what you asked for"


def _target(run: ToolRun, home: Home) -> str:
    if run.tool == "HassVacuumCleanArea":
        return area_name(str(run.arguments.get("area", "area")))
    if _domain(run.arguments, home) in _NAMED_AS_THEY_ARE and (name := run.arguments.get("name")):
        return str(name)
    anything = _ANYTHING.get(run.tool)
    return spoken_target(run.arguments, anything or "everything") or anything or "it"


def _said(words: str, targets: Iterable[str]) -> str:
    return words.replace("{}", together(targets))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
