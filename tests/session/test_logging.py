"""What the debug log never shows: the key, what was said, the prompt, the tools' arguments, the audio."""

import base64
from dataclasses import replace
import logging

import pytest

from custom_components.realtime_assist.realtime import AssistantMessage, UserMessage
from custom_components.realtime_assist.session import SessionError, ToolFailed
from custom_components.realtime_assist.session.exceptions import AuthenticationFailed
from tests.session.house import CONFIG, House, answered, base64_pcm, heard, links_ended, pcm, said, spoken_turn
from tests.session.tools import Tools

KEY = "sk-test"
SECRETS = {
    "prompt": "zanzibar",
    "history": "quagmire",
    "transcript": "flabbergast",
    "answer": "whippersnapper",
    "argument": "lollygag",
    "result": "brouhaha",
    "failure": "kerfuffle",
    "announcement": "bumfuzzle",
}


async def test_debug_log_of_a_whole_turn_keeps_every_secret(house: House, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    for name in ("websockets", "websockets.client", "asyncio", "custom_components"):
        caplog.set_level(logging.DEBUG, name)
    call = {"name": "HassTurnOn", "arguments": {"name": SECRETS["argument"]}}
    session = await house.session(
        config=replace(CONFIG, instructions=SECRETS["prompt"]),
        connections=[{"refuse": "invalid_api_key"}, {"refuse": 401}, {}],
        turns=[SECRETS["transcript"]],
        responses=[
            {"calls": [call]},
            {"calls": [call], "faults": [{"after": "response.done", "action": "drop"}]},
            {"text": SECRETS["answer"], "audio": base64_pcm(0.5, 3)},
        ],
        out_of_band=[{"text": SECRETS["announcement"], "audio": base64_pcm(0.5, 4)}],
    )
    for _ in range(2):
        with pytest.raises(AuthenticationFailed):
            await session.transcript(spoken_turn(session))
    turn = spoken_turn(session)
    assert await session.transcript(turn) == SECRETS["transcript"]
    tools = Tools({"HassTurnOn": ToolFailed("ServiceNotFound", SECRETS["failure"])})
    history = (UserMessage(SECRETS["history"]), AssistantMessage(SECRETS["history"]))
    assert (await answered(session, turn, history, tools))[-1] == SECRETS["answer"]
    await heard(turn)
    await said(session, SECRETS["announcement"])
    await session.close()

    ours = [record for record in caplog.records if not record.name.startswith("local_server")]
    log = "\n".join(logging.Formatter().format(record) for record in ours)
    assert "> response.create" in log, "the wire is to be seen in the debug log"
    assert "invalid_api_key" in log
    assert KEY not in log
    assert "Bearer" not in log
    assert {name for name, secret in SECRETS.items() if secret in log} == set()
    spoken = base64.b64encode(pcm(0.5)).decode()
    assert spoken[:24] not in log
    assert base64_pcm(0.5, 3)[:24] not in log


async def test_what_a_server_says_beside_codes_is_not_logged(house: House, caplog: pytest.LogCaptureFixture):
    """Servers quote keys in codes, reasons and anything."""
    caplog.set_level(logging.DEBUG, "custom_components")
    sentence = f"Incorrect API key provided: {KEY}."
    error = {"type": "error", "event_id": "event_1", "error": {"type": sentence, "code": sentence, "message": sentence}}
    strange = {"type": f"strange\n{sentence}", "event_id": "event_2"}
    last = {"after": "response.done", "action": "close", "code": 1011, "reason": sentence}
    faults = [{"after": "response.created", "action": "insert", "event": event} for event in (error, strange)]
    session = await house.session(connections=[{"faults": [*faults, last]}], responses=["Hello!"])
    assert await answered(session, session.begin_turn(text="Hello?")) == ["Hello!"]
    await links_ended()
    await session.close()

    log = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("custom_components"))
    assert "closed by the server [1011" in log
    assert "the server reports" in log
    assert KEY not in log


@pytest.mark.parametrize("refusal", [401, "invalid_api_key", 302, 500, "server_error"])
async def test_error_never_quotes_the_key(house: House, refusal: int | str):
    session = await house.session(connections=[{"refuse": refusal}, {"refuse": refusal}])

    with pytest.raises(SessionError) as raised:
        await answered(session, session.begin_turn(text="Hello?"))

    error: BaseException | None = raised.value
    while error is not None:
        assert KEY not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__


async def test_what_is_logged_of_events_and_items_leaves_out_their_words():
    items = (UserMessage("flabbergast"), AssistantMessage("flabbergast"))

    assert "flabbergast" not in repr(items)
