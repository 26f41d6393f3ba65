"""How a scenario stands in YAML, JSON or a plain dict."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
import importlib
from pathlib import Path
from typing import Any, Final

import orjson

from local_server.wire.admission import REFUSALS, Refusal, http_refusal
from local_server.wire.answer import Answer, Call, ErrorDetails, Message, Phase, Status
from local_server.wire.errors import WireError
from local_server.wire.faults import Action, Fault
from local_server.wire.scenario import ConnectionStep, Scenario, Speech, Turn
from local_server.wire.shape import (
    Check,
    anything,
    array,
    boolean,
    choice,
    either,
    mapping,
    nullable,
    number,
    table,
    text,
)

# PyYAML brings no types along.
_yaml: Any = importlib.import_module("yaml")

_DAY: Final = 86_400
_SECONDS: Final = number(0, _DAY)
_MILLISECONDS: Final = number(0, _DAY * 1000, integer=True)
_COUNT: Final = number(1, 1_000_000, integer=True)
_OBJECT: Final = mapping(anything, max_items=100, max_key=100)
_ERROR: Final = table({"code": text(), "message": text(), "type": text()}, required=("code",))
_FAULT: Final = table(
    {
        "after": text(),
        "count": _COUNT,
        "action": choice(*Action),
        "times": number(0, 1_000_000, integer=True),
        "seconds": _SECONDS,
        "code": number(1000, 4999, integer=True),
        "reason": text(123),
        "event": _OBJECT,
    },
    required=("after", "action"),
)
_REFUSAL: Final = either(
    number(300, 599, integer=True),
    table(
        {
            "code": text(),
            "message": text(),
            "type": text(),
            "close_code": number(1000, 4999, integer=True),
            "status": nullable(number(300, 599, integer=True)),
        },
        required=("code",),
    ),
    choice(*REFUSALS),
)
_SPEECH: Final = table({"start_ms": _MILLISECONDS, "end_ms": _MILLISECONDS}, required=("start_ms", "end_ms"))
_TURN: Final = either(
    text(),
    table(
        {"transcript": nullable(text()), "error": _ERROR, "delay": _SECONDS, "never": boolean, "speech": _SPEECH},
    ),
)
_MESSAGE: Final[Mapping[str, Check]] = {
    "text": text(),
    "phase": choice(*Phase),
    "audio_ms": _MILLISECONDS,
    "audio": text(),
}
_CALL: Final[Mapping[str, Check]] = {"name": text(), "arguments": either(text(), _OBJECT), "call_id": text(32)}
_RESPONSE: Final = either(
    text(),
    table(
        {
            **_MESSAGE,
            "calls": array(table(_CALL, required=("name",))),
            "output": array(either(table(_CALL, required=("name",)), table(_MESSAGE))),
            "status": choice(*Status),
            "reason": choice("turn_detected", "client_cancelled", "max_output_tokens", "content_filter"),
            "error": _ERROR,
            "usage": nullable(_OBJECT),
            "created_delay": _SECONDS,
            "delay": _SECONDS,
            "delta_delay": _SECONDS,
            "delta_ms": _COUNT,
            "faults": array(_FAULT),
        }
    ),
)
_CONNECTION: Final = table(
    {
        "refuse": _REFUSAL,
        "upgrade_delay": _SECONDS,
        "created": boolean,
        "expires_in": _SECONDS,
        "faults": array(_FAULT),
    }
)
_SCENARIO: Final = table(
    {
        "turns": array(_TURN),
        "responses": array(_RESPONSE),
        "out_of_band": nullable(array(_RESPONSE)),
        "connections": array(_CONNECTION),
        "faults": array(_FAULT),
        "models": mapping(_REFUSAL, max_items=100, max_key=100),
        "keys": mapping(_REFUSAL, max_items=100, max_key=200),
        "rest": nullable(_REFUSAL),
        "expires_in": _SECONDS,
        "repeat": boolean,
    }
)


class ScenarioError(ValueError):
    """A scenario that cannot be followed; the message names the place and what is expected there."""


def load_scenario(path: Path) -> Scenario:
    """Return the scenario of a YAML or JSON file; raises ScenarioError."""
    try:
        described = _yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as unread:
        raise ScenarioError(f"Cannot read the scenario {path}: {unread.strerror}.") from None
    except _yaml.YAMLError as broken:
        raise ScenarioError(f"The scenario {path} is neither YAML nor JSON: {broken}") from None
    return scenario_from_dict(described or {})


def scenario_from_dict(described: Mapping[str, Any]) -> Scenario:
    """Return the scenario that is described in the shape of `local_server/README.md`; raises ScenarioError."""
    try:
        _SCENARIO(described, "")
    except WireError as wrong:
        raise ScenarioError(f"The scenario cannot be followed. {wrong.message} (at '{wrong.param}')") from None
    out_of_band = described.get("out_of_band")
    rest = described.get("rest")
    return Scenario(
        turns=tuple(_turn(turn) for turn in described.get("turns", ())),
        responses=_answers(described.get("responses", ())),
        out_of_band=None if out_of_band is None else _answers(out_of_band),
        connections=tuple(_connection(step) for step in described.get("connections", ())),
        faults=_faults(described),
        models={name: _refusal(refusal) for name, refusal in described.get("models", {}).items()},
        keys={name: _refusal(refusal) for name, refusal in described.get("keys", {}).items()},
        rest=None if rest is None else _refusal(rest),
        expires_in=described.get("expires_in", 3600.0),
        repeat=described.get("repeat", False),
    )


def _faults(described: Mapping[str, Any]) -> tuple[Fault, ...]:
    return tuple(Fault(**{**fault, "action": Action(fault["action"])}) for fault in described.get("faults", ()))


def _refusal(described: Any) -> Refusal:
    match described:
        case int():
            return http_refusal(described)
        case str():
            return REFUSALS[described]
    known = REFUSALS.get(described["code"], Refusal(code=described["code"]))
    return replace(known, **described)


def _connection(described: Mapping[str, Any]) -> ConnectionStep:
    fields = {name: value for name, value in described.items() if name not in ("refuse", "faults")}
    refusal = _refusal(described["refuse"]) if "refuse" in described else None
    return ConnectionStep(**fields, refusal=refusal, faults=_faults(described))


def _turn(described: str | Mapping[str, Any]) -> Turn:
    if isinstance(described, str):
        return Turn(transcript=described)
    made: dict[str, Any] = dict(described)
    if "error" in made:
        made["error"] = ErrorDetails(**made["error"])
    if "speech" in made:
        made["speech"] = Speech(**made["speech"])
    return Turn(**made)


def _answers(described: Sequence[Any]) -> tuple[Answer, ...]:
    return tuple(_answer({"text": one} if isinstance(one, str) else one) for one in described)


def _answer(described: Mapping[str, Any]) -> Answer:
    said = {name: value for name, value in described.items() if name in _MESSAGE}
    output = [*([said] if said else []), *described.get("calls", ()), *described.get("output", ())]
    apart = (*_MESSAGE, "calls", "output", "faults", "error", "status", "usage")
    fields = {name: value for name, value in described.items() if name not in apart}
    return Answer(
        **fields,
        output=tuple(_call(one) if "name" in one else _message(one) for one in output),
        status=Status(described.get("status", Status.COMPLETED)),
        error=ErrorDetails(**described["error"]) if "error" in described else None,
        usage=described.get("usage"),
        has_usage=described.get("usage", {}) is not None,
        faults=_faults(described),
    )


def _message(described: Mapping[str, Any]) -> Message:
    made = {name: value for name, value in described.items() if name not in ("audio", "phase")}
    pcm = base64.b64decode(described["audio"]) if "audio" in described else None
    phase = Phase(described["phase"]) if "phase" in described else None
    return Message(**made, pcm=pcm, phase=phase)


def _call(described: Mapping[str, Any]) -> Call:
    arguments = described.get("arguments", {})
    written = arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()
    return Call(name=described["name"], arguments=written, call_id=described.get("call_id"))
