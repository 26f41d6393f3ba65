"""Which events of a server mean something else than GA's of the same name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .conversation_items import FunctionCall, OutputItem
from .input_events import InputAudioBufferCommitted
from .response_events import ResponseOutputItemDone
from .server_events import Reader
from .wire_values import text


def _call_without_item(data: Mapping[str, Any]) -> ResponseOutputItemDone:
    """Read a function call that no item announces."""
    call = FunctionCall(call_id=text(data, "call_id"), name=text(data, "name"), arguments=text(data, "arguments"))
    item = OutputItem(id=call.call_id, type="function_call", function_call=call)
    return ResponseOutputItemDone(response_id=text(data, "response_id"), item=item)


# https://github.com/huggingface/speech-to-speech, api/openai_realtime/README.md: neither `committed` nor output items.
SPEECH_TO_SPEECH_READINGS: Mapping[str, Reader] = MappingProxyType(
    {
        "input_audio_buffer.speech_stopped": InputAudioBufferCommitted.from_wire,
        "response.function_call_arguments.done": _call_without_item,
    }
)
