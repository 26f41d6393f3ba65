"""What the voice says, and in which pieces."""

import sys

import numpy as np
import pytest

from local_server.engine_errors import MissingPackageError
from local_server.speech_audio import from_pcm16
from local_server.voice import Voice, sentences

from .engine_house import voice


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("It is 19.5 degrees. Anything else?", ["It is 19.5 degrees.", "Anything else?"]),
        ("Dr. Smith is at the door.", ["Dr. Smith is at the door."]),
        ("**Done.** See [the log](http://127.0.0.1/log).", ["Done.", "See the log."]),
        ("First line\nsecond line", ["First line", "second line"]),
        ("  ", []),
        ("...", []),
        ("", []),
    ],
)
def test_a_text_is_spoken_sentence_by_sentence(text, pieces):
    assert sentences(text) == pieces


def test_an_endless_sentence_is_parted_at_its_commas():
    pieces = sentences(", ".join(["the kitchen light is on"] * 30) + ".")
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= 281


def test_a_sentence_lasts_about_as_long_as_it_takes_to_say():
    samples = from_pcm16(voice().speak("Turned on the kitchen light.", "alloy"))
    assert 1.0 < len(samples) / 24_000 < 3.0
    assert 0.05 < np.abs(samples).max() <= 1.0


def test_voices_differ_in_pitch():
    assert _pitch("cedar") < _pitch("alloy") * 0.92 < _pitch("shimmer") * 0.89


def test_any_name_of_a_voice_is_taken():
    assert voice().speak("Hello.", "a voice of next year") == voice().speak("Hello.", "alloy")


def test_a_missing_voice_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "hibari", None)
    with pytest.raises(MissingPackageError, match=r"pip install hibari-tts==0\.2\.1"):
        Voice()


def _pitch(name):
    """Return the median pitch of the voiced parts in hertz."""
    samples = from_pcm16(voice().speak("The kitchen light is on.", name))
    found = []
    for at in range(0, len(samples) - 1200, 600):
        frame = samples[at : at + 1200] - samples[at : at + 1200].mean()
        alike = np.correlate(frame, frame, "full")[1199:]
        period = 60 + int(np.argmax(alike[60:300]))
        if alike[0] > 3 and alike[period] > alike[0] / 2:
            found.append(24_000 / period)
    return np.median(found)
