"""What goes wrong at the far end, and how often? A die says so for each dial, each utterance and each response."""

from collections import Counter
from dataclasses import replace
import random
from typing import override

from local_server.engine import Engine
from local_server.wire import Scenario
from local_server.wire.admission import REFUSALS, http_refusal
from local_server.wire.answer import Answer, ErrorDetails, Status
from local_server.wire.faults import Action, Fault
from local_server.wire.mind import Look, Mind
from local_server.wire.scenario import ConnectionStep, Turn

EVENTS = (
    "session.updated",
    "conversation.item.added",
    "input_audio_buffer.committed",
    "conversation.item.input_audio_transcription.completed",
    "response.created",
    "response.output_audio_transcript.delta",
    "response.output_audio.delta",
    "response.output_item.done",
    "response.done",
)
LATEST = 12
"""How many such events a connection sees at most before its fault strikes."""
EXPIRED = "invalid_request_error.session_expired"
STRANGE = {"type": "response.dreamt", "response_id": "resp_nobody", "dream": {"depth": [1, 2, 3]}}
FOREIGN = {
    "type": "error",
    "error": {"type": "server_error", "code": "odd", "message": "Odd.", "event_id": "evt_other"},
}
_BREAKS: dict[str, tuple[int, dict]] = {
    "drop": (5, {"action": Action.DROP}),
    "close_1000": (1, {"action": Action.CLOSE, "code": 1000}),
    "close_1001_expired": (3, {"action": Action.CLOSE, "code": 1001, "reason": EXPIRED}),
    "close_1011": (2, {"action": Action.CLOSE, "code": 1011}),
    "close_1013": (1, {"action": Action.CLOSE, "code": 1013}),
    "half_json": (2, {"action": Action.HALF_JSON}),
    "binary": (1, {"action": Action.BINARY}),
    "omit": (2, {"action": Action.OMIT}),
    "duplicate": (3, {"action": Action.DUPLICATE}),
    "unknown_event": (2, {"action": Action.INSERT, "event": STRANGE}),
    "foreign_error": (2, {"action": Action.INSERT, "event": FOREIGN}),
    "replayed_done": (2, {"action": Action.REPLAY, "event": {"type": "response.done"}}),
    "silent_socket": (1, {"action": Action.SILENCE}),
    "stall": (2, {"action": Action.STALL, "seconds": 3.0}),
}
_DIALS: dict[str, tuple[float, ConnectionStep]] = {
    "refused_503": (0.01, ConnectionStep(refusal=http_refusal(503))),
    "refused_429": (0.003, ConnectionStep(refusal=http_refusal(429))),
    "refused_after_upgrade": (0.01, ConnectionStep(refusal=REFUSALS["server_error"])),
    "never_greeted": (0.005, ConnectionStep(created=False)),
    "slow_upgrade": (0.02, ConnectionStep(upgrade_delay=2.0)),
}
FAULTY_CONNECTIONS = 0.3
_TURNS: dict[str, tuple[float, Turn]] = {
    "transcript_failed": (0.015, Turn(error=ErrorDetails(code="transcription_failed"))),
    "transcript_empty": (0.015, Turn(transcript="")),
    "transcript_never": (0.005, Turn(never=True)),
    "transcript_late": (0.05, Turn(delay=1.5)),
}
_OVERLOADED = ErrorDetails(code="server_error", message="Overloaded.")
_TOO_MANY = ErrorDetails(code="rate_limit_exceeded", message="Too many.", type="rate_limit_error")
_ANSWERS: dict[str, tuple[float, dict]] = {
    "response_failed": (0.02, {"status": Status.FAILED, "error": _OVERLOADED}),
    "rate_limit": (0.003, {"status": Status.FAILED, "error": _TOO_MANY}),
    "response_incomplete": (0.015, {"status": Status.INCOMPLETE, "reason": "max_output_tokens"}),
    "content_filter": (0.005, {"status": Status.INCOMPLETE, "reason": "content_filter"}),
    "response_cancelled": (0.005, {"status": Status.CANCELLED, "reason": "turn_detected"}),
    "usage_missing": (0.01, {"has_usage": False}),
    "answer_late": (0.03, {"delay": 1.0}),
    "answer_slow": (0.03, {"delta_delay": 0.2}),
}


class Weather(Mind):
    """A mind that a die disturbs; `seen` counts what was drawn."""

    def __init__(self, engine: Engine, dice: random.Random, seen: Counter[str]) -> None:
        super().__init__(Scenario(), engine)
        self._dice = dice
        self._seen = seen

    @override
    def take_connection(self) -> ConnectionStep:
        step = self._drawn(_DIALS)
        if step is not None:
            return step
        return ConnectionStep(faults=(self._fault(),) if self._dice.random() < FAULTY_CONNECTIONS else ())

    @override
    def take_turn(self) -> Turn:
        return self._drawn(_TURNS) or Turn()

    @override
    async def decide(self, look: Look) -> Answer:
        answer = await super().decide(look)
        change = self._drawn(_ANSWERS)
        return answer if change is None else replace(answer, **change)

    def _drawn[Drawn](self, chances: dict[str, tuple[float, Drawn]]) -> Drawn | None:
        """Return what is drawn, or None where all goes well."""
        at = self._dice.random()
        for name, (chance, drawn) in chances.items():
            if at < chance:
                self._seen[name] += 1
                return drawn
            at -= chance
        return None

    def _fault(self) -> Fault:
        """Return a break of the wire, somewhere."""
        [name] = self._dice.choices(list(_BREAKS), [weight for weight, _ in _BREAKS.values()])
        self._seen[name] += 1
        return Fault(after=self._dice.choice(EVENTS), count=self._dice.randint(1, LATEST), **_BREAKS[name][1])
