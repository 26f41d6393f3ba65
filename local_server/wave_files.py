"""WAV files of speech: PCM16 mono, in and out."""

from pathlib import Path
import wave


def write_wave(path: Path, pcm: bytes, rate: int) -> None:
    """Write PCM16 mono, little endian."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(pcm)


def read_wave(path: Path) -> tuple[bytes, int]:
    """Return PCM16 mono and its rate; raise ValueError for files of another kind."""
    with wave.open(str(path)) as sound:
        if (sound.getnchannels(), sound.getsampwidth()) != (1, 2):
            raise ValueError(f"{path} is not 16 bit mono: ffmpeg -i {path} -ac 1 -c:a pcm_s16le OUT.wav")
        return sound.readframes(sound.getnframes()), sound.getframerate()
