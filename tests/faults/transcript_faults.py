"""What can be wrong with a transcript? It is late, failed, empty, missing, or told once more when it is there."""

from collections.abc import Mapping
from typing import Any

from tests.faults.moments import Moment
from tests.faults.place import Place
from tests.faults.server_faults import LATER, TO_COME, ServerFault, Story, last_sent, say

TRANSCRIPTION = "conversation.item.input_audio_transcription"
HEARD = "Hello."
REFUSED = {"type": "server_error", "code": "audio_unintelligible", "message": "No."}


def completed(transcript: str) -> Mapping[str, Any]:
    """Return the event of words that are there."""
    return {"type": f"{TRANSCRIPTION}.completed", "transcript": transcript, "usage": {"type": "duration", "seconds": 1}}


def heard(name: str, turn: Mapping[str, Any], *events: Mapping[str, Any], **how: Any) -> ServerFault:
    """Return the fault of a turn's transcript; where its words are there, the events are about the same item."""

    def story(moment: Moment) -> Story:
        if moment.name not in TO_COME:
            return moment.scenario
        turns = [*([HEARD] if moment.name == LATER else []), {"transcript": HEARD, **turn}, HEARD]
        return {**moment.scenario, "turns": turns}

    async def strike(place: Place) -> None:
        told = last_sent(place, f"{TRANSCRIPTION}.completed")
        if told is not None:
            await say(place, *({"item_id": told["item_id"], "content_index": 0, **event} for event in events))

    return ServerFault(name=name, strike=strike, story=story, **how)


FAULTS = {
    fault.name: fault
    for fault in (
        heard("transcript late", {"delay": 5}),
        heard("transcript failed", {"error": REFUSED}, {"type": f"{TRANSCRIPTION}.failed", "error": REFUSED}),
        heard("transcript empty", {"transcript": ""}, completed("")),
        heard("transcript never", {"never": True}, seconds=0.5),
        heard("transcript told twice", {}, completed(HEARD), completed("Goodbye.")),
    )
}
