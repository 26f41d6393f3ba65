"""A house as Home Assistant described it to a session: its prompt, its tools and what they answer."""

from functools import cache
import json
from pathlib import Path
from typing import Any

import yaml

from local_server.engine import Decision, FunctionCall, Situation
from local_server.hearing import Hearing
from local_server.home import Home, read_home
from local_server.toolbox import Toolbox, short_name
from local_server.understanding import Understanding
from local_server.voice import Voice

# Rendered by Home Assistant 2026.11.0 with a satellite in the living room that has timers.
_ASSIST = json.loads((Path(__file__).parent / "fixtures" / "assist.json").read_text(encoding="utf-8"))

INSTRUCTIONS: str = _ASSIST["instructions"]
TOOLS: list[dict[str, Any]] = _ASSIST["tools"]
FAILED = {"data": {"error": "MatchFailedError", "error_text": "No match"}, "error": True}


@cache
def understanding() -> Understanding:
    return Understanding()


@cache
def hearing() -> Hearing:
    return Hearing()


@cache
def voice() -> Voice:
    return Voice()


def home() -> Home:
    return read_home(INSTRUCTIONS)


def toolbox(*without: str) -> Toolbox:
    return Toolbox(tools=[tool for tool in TOOLS if short_name(tool["name"]) not in without])


def situation(*items: dict[str, Any], instructions: str = INSTRUCTIONS, tools: list[Any] | None = None) -> Situation:
    return Situation(instructions=instructions, tools=TOOLS if tools is None else tools, items=items)


def user(text: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}, *parts]}


def assistant(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def called(call: FunctionCall, output: Any, call_id: str = "call_1") -> list[dict[str, Any]]:
    return [
        {"type": "function_call", "call_id": call_id, "name": call.name, "arguments": json.dumps(call.arguments)},
        {"type": "function_call_output", "call_id": call_id, "output": json.dumps(output)},
    ]


def home_assistant(call: FunctionCall) -> Any:
    """Return what Home Assistant answers to a call, live context filtered as it does."""
    name = short_name(call.name)
    if name != "GetLiveContext":
        return _ASSIST["outputs"].get(name, _ASSIST["outputs"]["HassTurnOn"])
    heading, _, states = _ASSIST["outputs"][name]["data"]["result"].partition(":\n")
    rows = [row for row in yaml.safe_load(states) if _matches(row, call)]
    if not rows:
        return _ASSIST["outputs"]["GetLiveContext of nothing"]
    return {"data": {"result": f"{heading}:\n{yaml.safe_dump(rows, sort_keys=False)}"}, "error": False}


def _matches(row: dict[str, Any], call: FunctionCall) -> bool:
    wanted = call.arguments
    names = row["names"].casefold().split(", ")
    return (
        wanted.get("name", names[0]).casefold() in names
        and row["domain"] in wanted.get("domain", row["domain"])
        and wanted.get("area", "") in row.get("areas", "")
    )


def short(decision: Decision) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls by their short names, without the domains that only repeat what a name says."""
    return [
        (
            short_name(call.name),
            {key: value for key, value in call.arguments.items() if key != "domain" or "name" not in call.arguments},
        )
        for call in decision.calls
    ]
