"""Audio keeps its sound on its way through the formats of the wire."""

import numpy as np
import pytest

from local_server.wire.audio_formats import decoder, encoder, voice_block


def _sine(frequency: float, samples: int, rate: int, level: float = 8000) -> bytes:
    return (np.sin(np.arange(samples) * 2 * np.pi * frequency / rate) * level).astype("<i2").tobytes()


@pytest.mark.parametrize("codec", ["audio/pcmu", "audio/pcma"])
def test_companding_there_and_back_keeps_a_voice(codec: str) -> None:
    pcm = _sine(300, 24_000, 24_000)
    encoded = encoder({"type": codec})(pcm)
    back = np.frombuffer(decoder({"type": codec})(encoded), "<i2").astype(float)
    original = np.frombuffer(pcm, "<i2").astype(float)
    assert len(encoded) == 8_000
    assert np.sqrt(np.mean((back - original) ** 2)) < 0.1 * np.sqrt(np.mean(original**2))


@pytest.mark.parametrize(("codec", "silence"), [("audio/pcmu", 0xFF), ("audio/pcma", 0xD5)])
def test_silence_is_the_code_that_telephones_send(codec: str, silence: int) -> None:
    assert set(encoder({"type": codec})(bytes(600))) <= {silence, silence ^ 0x80}
    assert np.abs(np.frombuffer(decoder({"type": codec})(bytes([silence])), "<i2")).max() <= 8


@pytest.mark.parametrize(("codec", "loudest"), [("audio/pcmu", 32124), ("audio/pcma", 32256)])
def test_the_loudest_codes_are_those_of_the_standard(codec: str, loudest: int) -> None:
    levels = np.frombuffer(decoder({"type": codec})(bytes(range(256))), "<i2")
    assert (levels.max(), levels.min()) == (loudest, -loudest)


def test_a_block_of_32_ms_becomes_512_samples_of_the_same_sound() -> None:
    block = np.frombuffer(voice_block(_sine(400, 768, 24_000)), "<i2").astype(float)
    wanted = np.frombuffer(_sine(400, 512, 16_000), "<i2").astype(float)
    assert len(block) == 512
    assert np.abs(block - wanted).max() < 100
