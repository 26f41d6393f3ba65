"""What came of a story, in the words of the promises."""

from custom_components.realtime_assist.insight import Rung, TurnRecord
from tests.faults.moments import DELTA_BYTES, NUM_DELTAS, Moment
from tests.faults.place import SLACK_BYTES, Place
from tests.faults.promises import Ending, Promise
from tests.script import readings
from tests.test_errors_spoken import SENTENCES

ANSWER_BYTES = DELTA_BYTES * NUM_DELTAS
READING_MS = 100
READING_BYTES = READING_MS * 16 * 2
ERRORS = {"stt-stream-failed": Ending.NOT_HEARD, "stt-no-text-recognized": Ending.NO_WORDS}
RETRIED = "retried"
"""Stands among the codes where the record counts a second try that did not help."""
REASONS = {
    **SENTENCES,
    "session_expired": "The conversation took too long. Please start again.",
    "actions_done": "The voice service broke off, but what I set out to do is done.",
}


def outcome(place: Place, moment: Moment, *, num_before: int) -> Promise:
    """Return what came of the run that met the fault; `num_before` bytes of sound had come by then."""
    records = place.records
    assert len(records) == place.num_turns, records
    record = records[-1]
    ending, reason = _ending(place, moment, record, num_before)
    assert record.cancelled is (ending in {Ending.SILENT, Ending.NO_WORDS})
    # Who goes away is told as answered by whoever was at it, unless that went away as well.
    if ending is not Ending.SILENT:
        assert (record.rung is Rung.PRIMARY) is (
            ending in {Ending.ANSWERED, Ending.AGAIN, Ending.CUT_SHORT, Ending.NO_WORDS}
        )
    codes = {code if count == 1 else f"{code} x{count}" for code, count in record.errors.items()}
    if record.retries and ending is not Ending.AGAIN:
        codes.add(RETRIED)
    assert record.retries <= 1
    return Promise(ending=ending, reason=reason, codes=frozenset(codes))


def _ending(place: Place, moment: Moment, record: TurnRecord, num_before: int) -> tuple[Ending, str | None]:
    """Return how the story ended, and the key of the sentence that was said instead of an answer."""
    run, num_new = place.run, place.num_heard() - num_before
    if run.error is not None:
        assert not place.num_heard()
        return ERRORS[run.error], None
    if run.speech is None:
        assert abs(num_new) <= SLACK_BYTES
        return Ending.SILENT, None
    if run.speech and moment.answer.startswith(run.speech):
        if place.num_heard() < ANSWER_BYTES - SLACK_BYTES:
            return Ending.CUT_SHORT, None
        assert run.speech == moment.answer
        assert place.num_heard() <= ANSWER_BYTES + SLACK_BYTES, place.num_heard()
        return (Ending.AGAIN if record.retries else Ending.ANSWERED), None
    reasons = [key for key, sentence in REASONS.items() if sentence == run.speech]
    assert reasons, run.speech
    assert run.response_type == "error"
    assert not run.continues
    aloud = num_new > SLACK_BYTES
    assert abs(num_new - READING_BYTES * aloud) <= SLACK_BYTES, num_new
    assert readings(place.server) == [run.speech] * aloud
    return (Ending.SORRY if aloud else Ending.SHOWN), reasons[0]
