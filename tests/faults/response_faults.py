"""How does a response go wrong? In its end, or in what is said of one that is over or was never asked for."""

from collections.abc import Mapping
from typing import Any

from local_server.wire import Action, Fault as Break
from tests.faults.moments import Moment
from tests.faults.place import Place
from tests.faults.server_faults import TO_COME, TOOL, ServerFault, Story, break_next, faulty, last_sent, say
from tests.faults.slow_lamp import NAME
from tests.script import TURN_ON

ERROR = {"type": "server_error", "code": "server_error"}
FAILED = {"status": "failed", "status_details": {"type": "failed", "error": ERROR}}
OUT_OF_TOKENS = {"status": "incomplete", "status_details": {"type": "incomplete", "reason": "max_output_tokens"}}
FILTERED = {"status": "incomplete", "status_details": {"type": "incomplete", "reason": "content_filter"}}
CANCELLED = {"status": "cancelled", "status_details": {"type": "cancelled", "reason": "turn_detected"}}
BETWEEN = "between commit and response"
NOBODYS: Mapping[str, Any] = {
    "object": "realtime.response",
    "id": "resp_nobodys",
    "status": "completed",
    "status_details": None,
    "output": [],
    "usage": None,
    "metadata": None,
}
NOBODYS_CALL: Mapping[str, Any] = {
    "id": "item_nobodys",
    "object": "realtime.item",
    "type": "function_call",
    "status": "completed",
    "name": TURN_ON,
    "call_id": "call_nobodys",
    "arguments": f'{{"name": "{NAME}"}}',
}
QUARTER_SECOND = "AAAA" * 4000


def done(**response: Any) -> Mapping[str, Any]:
    """Return the end of a response that nobody knows of."""
    return {"type": "response.done", "response": {**NOBODYS, **response}}


def changed(moment: Moment, change: Mapping[str, Any]) -> Story:
    """Return a story of which one response is another."""
    responses = list(moment.scenario["responses"])
    responses[faulty(moment)] = {**responses[faulty(moment)], **change}
    return {**moment.scenario, "responses": responses}


def ends(name: str, end: Mapping[str, Any]) -> ServerFault:
    """Return the fault of a response that ends in a way of its own: before it has said anything, or in the middle."""

    def story(moment: Moment) -> Story:
        fault = {"after": "response.done", "action": "change", "event": {"response": end}}
        if moment.name == TOOL:
            return changed(moment, {"faults": [fault]})
        if moment.name not in TO_COME:
            return moment.scenario
        responses = list(moment.scenario["responses"])
        responses.insert(faulty(moment), {"output": [], "faults": [fault]})
        return {**moment.scenario, "responses": responses}

    async def strike(place: Place) -> None:
        if place.num_heard() and not place.story.done():
            break_next(place, Break(after="response.done", action=Action.CHANGE, event={"response": end}))
            place.server.connections[-1].session.interrupt()
        else:
            await say(place, done(**end))

    return ServerFault(name=name, strike=strike, story=story)


def told(name: str, fault: Mapping[str, Any], **how: Any) -> ServerFault:
    """Return the fault of a response that is whole, and whose end is told in another way."""

    def story(moment: Moment) -> Story:
        return changed(moment, {"faults": [{"after": "response.done", **fault}]})

    async def strike(place: Place) -> None:
        await say(place, done())

    return ServerFault(name=name, strike=strike, story=story, **how)


async def begin_by_itself(place: Place) -> None:
    """Make a response that nobody has asked for, which calls a function."""
    await say(place, {"type": "response.created", "response": {**NOBODYS, "status": "in_progress"}})
    await call_out_of_the_blue(place)
    await say(place, done(output=[NOBODYS_CALL]))


async def call_out_of_the_blue(place: Place) -> None:
    """Call a function in a response that never began."""
    about = {"response_id": NOBODYS["id"], "output_index": 0}
    beginning = {**NOBODYS_CALL, "status": "in_progress", "arguments": ""}
    await say(place, {"type": "response.output_item.added", **about, "item": beginning})
    await say(place, {"type": "response.output_item.done", **about, "item": NOBODYS_CALL})


async def go_on_with_what_is_over(place: Place) -> None:
    """Have the user speak over the answer, where one is heard, and go on with it all the same."""
    created = last_sent(place, "response.created")
    heard = place.story is not None and not place.story.done() and place.num_heard()
    if heard and not place.chores:
        place.chores.append(place.story)
        place.speak()
        await place.server.wait_received("response.cancel")
        await place.until(lambda: last_sent(place, "response.done") is not None, server_seconds=0.0)
    response_id = NOBODYS["id"] if created is None else created["response"]["id"]
    about = {"response_id": response_id, "item_id": "item_late", "output_index": 0, "content_index": 0}
    await say(
        place,
        {"type": "response.output_audio_transcript.delta", **about, "delta": "And another thing."},
        {"type": "response.output_audio.delta", **about, "delta": QUARTER_SECOND},
        {"type": "response.output_item.done", **about, "item": NOBODYS_CALL},
        done(id=response_id, status="cancelled"),
    )


FAULTS = {
    fault.name: fault
    for fault in (
        ends("response failed", FAILED),
        ends("response out of tokens", OUT_OF_TOKENS),
        ends("response filtered", FILTERED),
        ends("response cancelled by the server", CANCELLED),
        told("response never done", {"action": "omit"}, seconds=0.5),
        told("response done twice", {"action": "duplicate"}),
        told("response done without usage", {"action": "change", "event": {"response": {"usage": None}}}),
        ServerFault(name="response nobody asked for", strike=begin_by_itself, switching=frozenset({BETWEEN})),
        ServerFault(name="call out of the blue", strike=call_out_of_the_blue),
        ServerFault(name="late events of a cancelled response", strike=go_on_with_what_is_over),
    )
}
