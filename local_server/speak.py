"""Write a text as speech: python -m local_server.speak TEXT --out FILE.wav."""

import argparse
from pathlib import Path

from .speech_audio import MODEL_RATE, WIRE_RATE, from_pcm16, to_model_rate, to_pcm16
from .voice import Voice, sentences
from .wave_files import write_wave


def spoken(text: str, voice: str = "alloy", rate: int = WIRE_RATE) -> bytes:
    """Return a text as PCM16 mono at 24,000 or 16,000 Hz; blocks for about 1 s, most of it to load the voice."""
    if rate not in {WIRE_RATE, MODEL_RATE}:
        raise ValueError(f"Speech is made at {WIRE_RATE} or {MODEL_RATE} Hz, not at {rate}")
    speaker = Voice()
    pcm = b"".join(speaker.speak(sentence, voice) for sentence in sentences(text))
    return pcm if rate == WIRE_RATE else to_pcm16(to_model_rate(from_pcm16(pcm)))


def main() -> None:
    """Write the file that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.wav")
    parser.add_argument("--voice", default="alloy", help="any realtime voice (default: %(default)s)")
    parser.add_argument("--rate", type=int, default=WIRE_RATE, choices=(WIRE_RATE, MODEL_RATE))
    arguments = parser.parse_args()
    write_wave(arguments.out, spoken(arguments.text, arguments.voice, arguments.rate), arguments.rate)


if __name__ == "__main__":
    main()
