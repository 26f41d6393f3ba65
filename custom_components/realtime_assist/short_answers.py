"""How short answers are heard while they are made.

Home Assistant asks for an answer's audio before it is whole only where the answer is long. A short one is asked for when
all of it is written, and through a cache that may hold what was said in another answer. Blanks are no words, but they
are characters, so blanks at the head of the answer's words make any answer a long one.
"""

from homeassistant.components import conversation
from homeassistant.core import callback

# Empty lines are no words in Markdown either, in which answers are shown: spaces would be a block of code.
_BLANK = "\n"
# So many in a row nobody writes: they are the sign of an answer of ours.
_SIGN = _BLANK * 32


@callback
def stream_speech(chat_log: conversation.ChatLog) -> None:
    """Have Home Assistant ask for the audio of the answer that is going into a chat log, once there is some.

    The pipeline that listens to the chat log is told of blanks that never go into the log itself, and which so need not
    be taken out of the answer, the history and the result again.
    """
    if chat_log.delta_listener is None:
        return
    # Imported late: without the pipeline its requirements may not be installed.
    from homeassistant.components.assist_pipeline.default_pipeline import STREAM_RESPONSE_CHARS  # noqa: PLC0415

    chat_log.delta_listener(chat_log, {"content": _BLANK * max(STREAM_RESPONSE_CHARS + 1, len(_SIGN))})


def has_sign(text: str) -> bool:
    """Return whether the beginning of a text shows that it is an answer whose audio was asked for by `stream_speech`."""
    return _SIGN in text
