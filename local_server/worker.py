"""The engine's own process: answers one frame after the other until its standard input ends."""

from dataclasses import asdict
import os
import signal
import sys
import traceback
from typing import Any, BinaryIO

from .engine import Situation
from .engine_errors import EngineError
from .mind import Mind
from .pipe import Frame, encode, read_frame


def serve(mind: Mind, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer every request in its order; a failed one is answered with `error`, a sentence without what was said."""
    while (frame := read_frame(requests)) is not None:
        header, body = frame
        try:
            result, spoken = _answer(mind, header, body)
        except EngineError as err:
            answer = encode({"id": header["id"], "error": str(err)})
        except Exception as err:  # noqa: BLE001 - Whatever fails, the next request may be fine
            traceback.print_exc(limit=-3)
            answer = encode(
                {"id": header["id"], "error": f"The local engine failed to {header['do']}: {type(err).__name__}"}
            )
        else:
            answer = encode({"id": header["id"], **result}, spoken)
        answers.write(answer)
        answers.flush()


def _answer(mind: Mind, header: dict[str, Any], body: bytes) -> Frame:
    match header["do"]:
        case "warm":
            mind.warm()
            return {}, b""
        case "transcribe":
            return {"text": mind.transcribe(body, Situation(**header["situation"]))}, b""
        case "decide":
            return {"decision": asdict(mind.decide(Situation(**header["situation"])))}, b""
        case "speak":
            return {}, mind.speak(header["sentence"], header["voice"])
        case unknown:
            raise EngineError(f"The local engine cannot {unknown}")


def main() -> None:
    """Serve on standard input and output; what libraries print goes to standard error."""
    # A Ctrl-C reaches the whole process group; the engine ends this process by closing its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(Mind(), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
