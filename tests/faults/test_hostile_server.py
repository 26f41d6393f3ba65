"""A server that means harm: the house does what its user asked for and nothing else, and answers the next command."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
import orjson
import pytest

from tests.house import ALONE, Agent
from tests.script import TURN_ON
from tests.voice import VoiceRun, write

from .hostile_server import Answer, HostileServer, begun, called, event, hostile_server, over, said, sounded
from .loop_watch import watched_loop

LIGHT = "input_boolean.kitchen_light"
LIGHT_ON = '{"name": "Kitchen light"}'
# What Home Assistant itself calls slow.
LONGEST_BLOCK = 1.0


@pytest.fixture
def agent_data() -> dict[str, Any]:
    """Let nothing take the place of a model that fails."""
    return ALONE


@pytest.fixture
def realtime_server() -> Iterator[HostileServer]:
    """Run the server that the account is at."""
    with hostile_server() as server:
        yield server


async def ask(hass: HomeAssistant, agent: Agent, text: str = "What is the time?") -> VoiceRun:
    """Ask something, and wait for the answer."""
    async with asyncio.timeout(20):
        return await write(hass, agent.pipeline_id, text)


async def ask_on(hass: HomeAssistant, agent: Agent) -> None:
    """Ask the next question: it is answered."""
    agent.let_pause_end()
    run = await ask(hass, agent, "And now?")
    assert run.speech.strip() == "Fine."
    assert run.audio


def words(text: str, times: int = 1) -> Answer:
    """Answer with these words, so many times."""
    return lambda response: [begun(response), *said(response, *[text] * times), over(response)]


ENDLESS: dict[str, tuple[Answer, str]] = {
    "a megabyte of text at once": (words("word " * 200_000), "too long"),
    "ten thousand deltas": (words("word ", 10_000), "word word"),
    "a megabyte in a thousand deltas": (words("word " * 200, 1_000), "too long"),
    "two hundred megabytes of text": (words("word " * 20_000, 2_000), "too long"),
    "twenty minutes of sound": (
        lambda response: [
            begun(response),
            *said(response, "La."),
            *sounded(response, *["AAAA" * 40_000] * 360),
            over(response),
        ],
        "La.",
    ),
    "ten thousand items": (
        lambda response: [
            begun(response),
            *(message for number in range(10_000) for message in said(response, item=f"item_{number}")),
            *said(response, "There."),
            over(response),
        ],
        "There.",
    ),
    "twenty thousand unknown events": (
        lambda response: [
            begun(response),
            *(event(f"x.{number}") for number in range(20_000)),
            *said(response, "There."),
            over(response),
        ],
        "There.",
    ),
    "a message of fifty megabytes": (
        lambda response: [begun(response), b'{"type":"' + b"x" * 50_000_000 + b'"}'],
        "lost the connection",
    ),
    "JSON a hundred thousand deep": (
        lambda response: [
            begun(response),
            b'{"type":"response.done","response":' * 100_000,
            b"[" * 100_000,
            *said(response, "There."),
            over(response),
        ],
        "There.",
    ),
}


@pytest.mark.parametrize(("answer", "heard"), ENDLESS.values(), ids=ENDLESS.keys())
async def test_an_answer_without_end_keeps_nobody_else_waiting(
    hass: HomeAssistant, agent: Agent, realtime_server: HostileServer, answer: Answer, heard: str
) -> None:
    """What comes of it is an answer or a reason, and the house goes on meanwhile."""
    await ask_on(hass, agent)
    realtime_server.answers = [answer, answer]
    async with watched_loop() as watch:
        run = await ask(hass, agent)
    assert heard in run.speech
    assert watch.longest < LONGEST_BLOCK
    realtime_server.answers.clear()
    await ask_on(hass, agent)


def unasked(response: str) -> list[bytes]:
    """Call a tool in a response that nobody has asked for, and in one of somebody else, before answering."""
    stray = "resp_stray"
    return [
        *called("resp_of_somebody_else", "call_1", TURN_ON, LIGHT_ON),
        begun(response),
        *called("resp_of_somebody_else", "call_2", TURN_ON, LIGHT_ON),
        *said(response, "There."),
        over(response),
        begun(stray),
        *called(stray, "call_3", TURN_ON, LIGHT_ON),
        over(stray),
    ]


async def test_nobody_runs_tools_in_the_house_who_was_not_asked(
    hass: HomeAssistant, agent: Agent, realtime_server: HostileServer
) -> None:
    """Calls of other responses, and of one that the server begins by itself, are calls of nobody."""
    realtime_server.answers = [unasked]
    run = await ask(hass, agent)
    assert run.speech == "There."
    await ask_on(hass, agent)
    assert hass.states.get(LIGHT).state == "off"
    assert [item for item in realtime_server.of_type("conversation.item.create") if "output" in item["item"]] == []


async def test_a_call_runs_once_however_often_it_is_told(
    hass: HomeAssistant, agent: Agent, realtime_server: HostileServer
) -> None:
    """By its id; the model is told once what came of it."""
    toggle = TURN_ON.replace("HassTurnOn", "HassToggle")
    calls: list[Any] = []

    @callback
    def note(service_called: Event) -> None:
        calls.append(service_called.data["domain"])

    hass.bus.async_listen("call_service", note)
    realtime_server.answers = [
        lambda response: [
            begun(response),
            *called(response, "call_1", TURN_ON, LIGHT_ON) * 3,
            *called(response, "call_1", toggle, LIGHT_ON, item="item_other"),
            over(response),
            over(response),
        ]
    ]
    run = await ask(hass, agent)
    assert run.speech.strip() == "Fine."
    assert hass.states.get(LIGHT).state == "on"
    assert calls.count("input_boolean") == 1
    outputs = [item for item in realtime_server.of_type("conversation.item.create") if "output" in item["item"]]
    assert [item["item"]["call_id"] for item in outputs] == ["call_1"]


async def test_tools_that_are_called_without_end_are_stopped(
    hass: HomeAssistant, agent: Agent, realtime_server: HostileServer
) -> None:
    """After ten rounds the user hears that it came to nothing."""
    realtime_server.answers = [
        lambda response: [begun(response), *called(response, f"call_{response}", "unknown", "{}"), over(response)]
    ] * 50
    run = await ask(hass, agent)
    assert "0 of 10 actions" in run.speech
    assert len(realtime_server.of_type("response.create")) <= 12
    realtime_server.answers.clear()
    await ask_on(hass, agent)


WRONG = (None, True, 0, -1, 1.5, 10**18, "", "x", "\u202e", [], [1], {}, {"id": {}}, {"a": [None]})


def good_events(response: str) -> list[bytes]:
    """Return one of each event that is read, but for those that begin and end something."""
    return [
        *said(response, "Hm."),
        *sounded(response, "AAAA"),
        *called(response, "call_0", "unknown", "{}")[:1],
        event("response.output_text.delta", response_id="resp_stray", item_id="item", delta="Hm."),
        event("response.output_text.done", response_id=response, item_id="item", text="Hm."),
        event("response.output_audio_transcript.done", response_id=response, item_id="item", transcript="Hm."),
        event("rate_limits.updated", rate_limits=[{"name": "tokens", "remaining": 1, "reset_seconds": 1}]),
        event("input_audio_buffer.committed", item_id="item"),
        event("input_audio_buffer.speech_started", item_id="item", audio_start_ms=0),
        event("input_audio_buffer.speech_stopped", item_id="item", audio_end_ms=0),
        event(
            "conversation.item.input_audio_transcription.completed",
            item_id="item",
            transcript="a",
            usage={"type": "duration", "seconds": 1},
        ),
        event(
            "conversation.item.input_audio_transcription.failed",
            item_id="item",
            error={"type": "t", "code": "c", "message": "m"},
        ),
        event("session.created", session={"id": "sess", "model": "m", "audio": {}}),
    ]


def wrong(messages: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each event with each of its fields, and of the fields in these, wrong in each way."""
    for message in messages:
        told = orjson.loads(message)
        for field in told.keys() - {"type"}:
            yield from (orjson.dumps({**told, field: odd}) for odd in WRONG)
            if isinstance(told[field], dict):
                for inner in told[field].keys() - {"type"}:
                    yield from (orjson.dumps({**told, field: {**told[field], inner: odd}}) for odd in WRONG)


def wrong_types(response: str) -> Iterator[bytes]:
    """Answer, with events of wrong fields in the middle."""
    yield begun(response)
    yield from wrong(good_events(response))
    yield from said(response, " There.", item="item_last")
    yield over(response)


def wrong_steering(response: str) -> Iterator[bytes]:
    """Begin, end and refuse in ways that may be about the answer; it may end with any of them."""
    yield begun(response)
    error = event("error", error={"type": "t", "code": "c", "message": "m", "event_id": "evt"})
    yield from wrong([begun("resp_stray"), over("resp_stray"), over(response), error])
    yield from said(response, "There.", item="item_last")
    yield over(response)


async def test_wrong_types_in_every_field_are_passed_over(
    hass: HomeAssistant, agent: Agent, realtime_server: HostileServer
) -> None:
    """The answer's own words come through, and the next command is answered."""
    realtime_server.answers = [wrong_types]
    run = await ask(hass, agent)
    assert run.speech.endswith("There.")
    assert hass.states.get(LIGHT).state == "off"
    await ask_on(hass, agent)


async def test_wrong_types_in_what_begins_and_ends_an_answer_leave_nobody_waiting(
    hass: HomeAssistant, agent: Agent, realtime_server: HostileServer
) -> None:
    """The answer may be over early; the run ends, and the next command is answered."""
    realtime_server.answers = [wrong_steering] * 3
    run = await ask(hass, agent)
    assert run.error is None
    assert hass.states.get(LIGHT).state == "off"
    realtime_server.answers.clear()
    await ask_on(hass, agent)


@pytest.mark.parametrize("sound", ["????", "AAA", "AAAAA", "\u00e4\u00e4", "A" * 4001, "AA==AAAA", ""])
async def test_sound_that_is_none_breaks_nothing(
    hass: HomeAssistant, agent: Agent, realtime_server: HostileServer, sound: str
) -> None:
    """What is no base64 is passed over, and half a sample does not turn the rest into noise."""
    realtime_server.answers = [
        lambda response: [
            begun(response),
            *said(response, "Hm."),
            *sounded(response, sound, "AAAA" * 800),
            over(response),
        ]
    ]
    run = await ask(hass, agent)
    assert run.speech.strip() == "Hm."
    assert run.audio is not None
    assert len(run.pcm) % 2 == 0
    assert set(run.pcm) == {0}
    await ask_on(hass, agent)


BILLS: dict[str, tuple[Any, int | None]] = {
    "negative": ({"input_token_details": {"text_tokens": -100}, "output_token_details": {"text_tokens": -10}}, 0),
    "of 10^30": ({"input_token_details": {"text_tokens": 1e30}}, None),
    "of 2^62": ({"output_token_details": {"audio_tokens": 2**62}}, None),
    "in words": ({"input_token_details": {"text_tokens": "a lot"}}, 0),
    "no bill": ("a lot", None),
}


@pytest.mark.parametrize(("bill", "tokens"), BILLS.values(), ids=BILLS.keys())
async def test_a_bill_that_cannot_be_does_not_poison_the_totals(
    hass: HomeAssistant, agent: Agent, realtime_server: HostileServer, bill: Any, tokens: int | None
) -> None:
    """What is believed is counted; what is not is a turn whose price is unknown."""
    realtime_server.answers = [
        lambda response: [
            begun(response),
            *said(response, "Hm."),
            *sounded(response, "AAAA"),
            over(response, usage=bill),
        ]
    ]
    await ask(hass, agent)
    await ask_on(hass, agent)
    await hass.async_block_till_done()
    whole = agent.coordinator.turn_log.ledger.whole
    assert whole.turns == 2
    assert whole.without_price == (1 if tokens is None else 0)
    assert whole.usage.input.text == 100
    assert 0 < whole.spent < 1
    orjson.dumps(agent.coordinator.turn_log.ledger.to_dict())


@pytest.mark.parametrize("ids", ["", "item_1", "x" * 10_000])
async def test_ids_that_repeat_or_say_nothing_are_no_obstacle(
    hass: HomeAssistant, agent: Agent, realtime_server: HostileServer, ids: str
) -> None:
    """Every response, item and call by the same name."""

    def same(response: str) -> list[bytes]:
        return [begun(ids), *said(ids, "There.", item=ids), *sounded(ids, "AAAA"), over(ids)]

    realtime_server.answers = [same, same]
    for _ in range(2):
        run = await ask(hass, agent)
        assert run.speech.strip() == "There."
    await ask_on(hass, agent)
