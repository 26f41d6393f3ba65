"""Sound files of any kind reach Assist as 16 kHz PCM, and end where the speech ends."""

from array import array
from pathlib import Path
import wave

import pytest

from demo.audio import read_speech, seconds, without_silent_end, write_wav
from demo.commands import COMMANDS, RECORDINGS

TONE = array("h", [8000, -8000] * 1600).tobytes()


def test_the_end_of_speech_is_the_end_of_the_last_audible_frame() -> None:
    assert without_silent_end(TONE + bytes(32000)) == TONE
    assert without_silent_end(TONE + array("h", [300, -300] * 800).tobytes()) == TONE
    assert without_silent_end(TONE) == TONE


def test_silence_is_left_as_it_is() -> None:
    assert without_silent_end(bytes(32000)) == bytes(32000)
    assert without_silent_end(b"") == b""


async def test_a_16_khz_mono_wav_is_read_as_it_is(tmp_path: Path) -> None:
    write_wav(tmp_path / "tone.wav", TONE, 16000)
    assert await read_speech(tmp_path / "tone.wav") == TONE


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.recording)
def test_recordings_are_small_and_in_assists_own_format(command: object) -> None:
    path = RECORDINGS / f"{command.recording}.wav"
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)
        pcm = sound.readframes(sound.getnframes())
    assert 1 < seconds(without_silent_end(pcm), 16000) < 3
    assert path.stat().st_size < 150_000
