"""Audio between the wire and the speech model."""

import numpy as np
import pytest

from local_server.speech_audio import from_pcm16, log_mel, speech_only, to_model_rate, to_pcm16


def _tone(hertz, seconds, rate):
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate).astype(np.float32)


@pytest.mark.parametrize("hertz", [100, 1000, 3000, 6000])
def test_what_the_model_can_hear_passes_unchanged(hertz):
    heard = to_model_rate(_tone(hertz, 1, 24_000))
    assert len(heard) == 16_000
    assert np.abs(heard - _tone(hertz, 1, 16_000))[200:-200].max() < 1e-3


@pytest.mark.parametrize("hertz", [9000, 11_000])
def test_what_it_cannot_hear_does_not_fold_back(hertz):
    assert np.abs(to_model_rate(_tone(hertz, 1, 24_000)))[200:-200].max() < 1e-3


@pytest.mark.parametrize("samples", range(8))
def test_clips_of_any_length_keep_two_of_three_samples(samples):
    assert len(to_model_rate(np.ones(samples, np.float32))) == samples * 2 // 3


def test_pcm_comes_back_as_it_was():
    pcm = np.array([0, 1, -1, 32767, -32767], "<i2").tobytes()
    assert np.abs(np.frombuffer(to_pcm16(from_pcm16(pcm)), "<i2") - np.frombuffer(pcm, "<i2")).max() <= 1


def test_a_torn_sample_is_dropped():
    assert len(from_pcm16(b"\0\0\0")) == 1


def test_a_little_silence_is_kept_around_the_speech():
    silence = np.zeros(32_000, np.float32)
    speech = speech_only(np.concatenate([silence, _tone(300, 1, 16_000) * 0.3, silence]))
    assert len(speech) / 16_000 == pytest.approx(1.7, abs=0.05)


def test_speech_that_begins_abruptly_gets_silence_before_it():
    speech = speech_only(_tone(300, 1, 16_000) * 0.3)
    assert len(speech) / 16_000 == pytest.approx(1.7, abs=0.02)
    assert not speech[:5000].any()


def test_silence_has_no_speech():
    assert len(speech_only(np.zeros(16_000, np.float32))) == 0
    assert len(speech_only(np.zeros(0, np.float32))) == 0


def test_features_fill_the_models_context():
    assert log_mel(_tone(300, 1, 16_000), 1500).shape == (80, 1500)
    assert log_mel(_tone(300, 20, 16_000), 1500).shape == (80, 1500)
