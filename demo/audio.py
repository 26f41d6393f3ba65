"""How sound files become 16 kHz PCM for Assist, and answers in any format WAV files."""

import array
import asyncio
import io
from pathlib import Path
import wave

from demo.processes import DemoError

ASSIST_RATE = 16_000
ANSWER_RATE = 24_000
"""What the offline hearing takes."""
FRAME_SECONDS = 0.02
SILENCE_PEAK = 0.02
"""A frame whose peak stays under this share of full scale is silence."""


async def read_speech(path: Path) -> bytes:
    """Return a sound file as PCM16 mono at 16 kHz; WAV files of that kind are read as they are, ffmpeg does the rest."""
    content = await asyncio.to_thread(path.read_bytes)
    try:
        with wave.open(io.BytesIO(content)) as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (ASSIST_RATE, 1, 2):
                pcm: bytes = sound.readframes(sound.getnframes())
                return pcm
    except wave.Error, EOFError:
        pass  # Another format, or a WAV of floats: ffmpeg reads it or says why not.
    return await _ffmpeg(content, ASSIST_RATE, str(path))


async def decode(content: bytes) -> bytes:
    """Return an answer (mp3, wav, flac...) as PCM16 mono at 24 kHz; empty content stays empty."""
    return await _ffmpeg(content, ANSWER_RATE, "the answer's audio") if content else b""


def write_wav(path: Path, pcm: bytes, rate: int) -> None:
    """Write PCM16 mono as a WAV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(pcm)


def seconds(pcm: bytes, rate: int) -> float:
    """Return how long PCM16 mono lasts."""
    return len(pcm) / 2 / rate


def without_silent_end(pcm: bytes, rate: int = ASSIST_RATE) -> bytes:
    """Return PCM16 mono up to the end of its last audible frame of 20 ms; all of it when nothing is audible."""
    frame = int(rate * FRAME_SECONDS) * 2
    limit = SILENCE_PEAK * 32768
    for start in range((len(pcm) - 1) // frame * frame, -1, -frame):
        samples = array.array("h", pcm[start : start + frame])
        if max(*samples, -min(samples)) >= limit:
            return pcm[: start + frame]
    return pcm


async def _ffmpeg(content: bytes, rate: int, what: str) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            *("ffmpeg", "-hide_banner", "-loglevel", "error", "-i", "pipe:0"),
            *("-f", "s16le", "-ac", "1", "-ar", str(rate), "pipe:1"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        raise DemoError("ffmpeg is missing; scripts/setup installs it") from None
    pcm, error = await process.communicate(content)
    if process.returncode != 0:
        raise DemoError(f"ffmpeg could not read {what}: {error.decode(errors='replace').strip()[-300:]}")
    return pcm
