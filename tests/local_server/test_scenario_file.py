"""A scenario in a file says what the dataclasses say, and what is wrong with it is told with its place."""

import base64
from pathlib import Path
import re
from typing import Any

import pytest
import yaml

from local_server.wire import (
    REFUSALS,
    Action,
    Answer,
    Call,
    ConnectionStep,
    ErrorDetails,
    Fault,
    Message,
    Phase,
    Refusal,
    Scenario,
    ScenarioError,
    Speech,
    Status,
    Turn,
    http_refusal,
    load_scenario,
    scenario_from_dict,
)

_README = Path(__file__).parents[2] / "local_server" / "README.md"


def test_every_part_of_a_scenario_can_be_described() -> None:
    described = {
        "turns": [
            "Hello.",
            {"transcript": "", "delay": 1.5, "speech": {"start_ms": 10, "end_ms": 20}},
            {"never": True},
        ],
        "responses": [
            "Short.",
            {
                "text": "Let me see.",
                "phase": "commentary",
                "audio_ms": 100,
                "calls": [
                    {"name": "look", "arguments": {"at": "it"}, "call_id": "call_1"},
                    {"name": "go", "arguments": "{"},
                ],
                "created_delay": 1,
                "delay": 2,
                "delta_delay": 3,
                "delta_ms": 40,
                "usage": {"total_tokens": 1},
                "faults": [{"after": "*", "count": 3, "action": "stall", "seconds": 4}],
            },
            {
                "output": [{"name": "look"}, {"text": "After.", "audio": base64.b64encode(b"\x01\x02").decode()}],
                "usage": None,
            },
            {"status": "failed", "error": {"code": "server_error", "message": "Oh."}},
        ],
        "out_of_band": [{"status": "incomplete", "reason": "content_filter"}],
        "connections": [
            {},
            {"refuse": 503},
            {"refuse": {"code": "server_error", "close_code": 4999}},
            {"created": False},
        ],
        "faults": [{"after": "response.done", "action": "duplicate", "times": 0}],
        "models": {"gpt-realtime": "model_not_found"},
        "keys": {"sk-broke": "insufficient_quota"},
        "rest": 500,
        "expires_in": 60,
        "repeat": True,
    }
    calls = (Call(name="look", arguments='{"at":"it"}', call_id="call_1"), Call(name="go", arguments="{"))
    assert scenario_from_dict(described) == Scenario(
        turns=(
            Turn(transcript="Hello."),
            Turn(transcript="", delay=1.5, speech=Speech(start_ms=10, end_ms=20)),
            Turn(never=True),
        ),
        responses=(
            Answer(output=(Message(text="Short."),)),
            Answer(
                output=(Message(text="Let me see.", phase=Phase.COMMENTARY, audio_ms=100), *calls),
                created_delay=1,
                delay=2,
                delta_delay=3,
                delta_ms=40,
                usage={"total_tokens": 1},
                faults=(Fault(after="*", count=3, action=Action.STALL, seconds=4),),
            ),
            Answer(output=(Call(name="look"), Message(text="After.", pcm=b"\x01\x02")), has_usage=False),
            Answer(status=Status.FAILED, error=ErrorDetails(code="server_error", message="Oh.")),
        ),
        out_of_band=(Answer(status=Status.INCOMPLETE, reason="content_filter"),),
        connections=(
            ConnectionStep(),
            ConnectionStep(refusal=http_refusal(503)),
            ConnectionStep(
                refusal=Refusal(
                    code="server_error", type="server_error", message=REFUSALS["server_error"].message, close_code=4999
                )
            ),
            ConnectionStep(created=False),
        ),
        faults=(Fault(after="response.done", action=Action.DUPLICATE, times=0),),
        models={"gpt-realtime": REFUSALS["model_not_found"]},
        keys={"sk-broke": REFUSALS["insufficient_quota"]},
        rest=http_refusal(500),
        expires_in=60,
        repeat=True,
    )


def test_nothing_described_is_the_scenario_without_anything() -> None:
    assert scenario_from_dict({}) == Scenario()


@pytest.mark.parametrize(
    ("described", "place"),
    [
        ({"respones": []}, "respones"),
        ({"responses": "Hello"}, "responses"),
        ({"responses": [{"txt": "Hello"}]}, "responses[0].txt"),
        ({"responses": [{"calls": [{"arguments": {}}]}]}, "responses[0].calls[0].name"),
        ({"responses": [{"status": "fine"}]}, "responses[0].status"),
        ({"responses": [{"faults": [{"after": "*", "action": "explode"}]}]}, "responses[0].faults[0].action"),
        ({"faults": [{"action": "drop"}]}, "faults[0].after"),
        ({"turns": [{"speech": {"start_ms": 1}}]}, "turns[0].speech.end_ms"),
        ({"turns": [{"delay": -1}]}, "turns[0].delay"),
        ({"connections": [{"refuse": "whatever"}]}, "connections[0].refuse"),
        ({"models": {"gpt-realtime": "whatever"}}, "models.gpt-realtime"),
        ({"repeat": "yes"}, "repeat"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(described: dict[str, Any], place: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(f"(at '{place}')")):
        scenario_from_dict(described)


def test_a_file_may_be_yaml_or_json(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("responses:\n- Hello.\n")
    (tmp_path / "two.json").write_text('{"responses": ["Hello."]}')
    (tmp_path / "empty.yaml").write_text("")
    expected = Scenario(responses=(Answer(output=(Message(text="Hello."),)),))
    assert load_scenario(tmp_path / "one.yaml") == load_scenario(tmp_path / "two.json") == expected
    assert load_scenario(tmp_path / "empty.yaml") == Scenario()


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load_scenario(tmp_path / "missing.yaml")
    (tmp_path / "broken.yaml").write_text("responses: [")
    with pytest.raises(ScenarioError, match="neither YAML nor JSON"):
        load_scenario(tmp_path / "broken.yaml")


def test_the_example_of_the_readme_can_be_followed() -> None:
    example = re.findall(r"```yaml\n(.*?)```", _README.read_text(), re.DOTALL)
    assert len(example) == 1
    assert len(scenario_from_dict(yaml.safe_load(example[0])).responses) == 3


def test_the_readme_names_every_action_and_every_refusal() -> None:
    text = _README.read_text()
    assert [name for name in (*Action, *REFUSALS) if f"`{name}`" not in text] == []
