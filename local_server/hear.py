"""Print what is said in a sound file: python -m local_server.hear FILE.wav."""

import argparse
from pathlib import Path

from .hearing import Hearing
from .speech_audio import WIRE_RATE
from .wave_files import read_wave


def heard(pcm: bytes, rate: int = WIRE_RATE, prompt: str = "") -> str:
    """Return what is said in PCM16 mono at 24,000 or 16,000 Hz, or an empty string; blocks for about 2 s."""
    hypotheses = Hearing().transcribe(pcm, prompt, rate)
    return hypotheses[0].text if hypotheses else ""


def main() -> None:
    """Print the transcript of the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--prompt", default="", help="text such as may be said, to hear its names more easily")
    arguments = parser.parse_args()
    pcm, rate = read_wave(arguments.file)
    print(heard(pcm, rate, arguments.prompt))


if __name__ == "__main__":
    main()
