"""Which events of the server change nothing here, and why."""

from collections.abc import Mapping

_REPEATED = "repeats what the deltas and response.output_item.done have said"
_ECHO = "confirms what we sent; a refusal comes as an error"
_OWN_ITEMS = "items are known by the ids that we gave them and by the response that makes them"
_WEBRTC = "belongs to WebRTC and SIP, where the server owns the playback"
_REMOTE_MCP = "tools run in Home Assistant; no remote MCP server is ever named"

_EXTRA = "is told by this server alone, and nothing here depends on it"

ELSEWHERE: Mapping[str, str] = {
    "conversation.item.input_audio_transcription.updated": "a transcript is used when it is whole",
    "conversation.item.speaker": _EXTRA,
    "localai.classifier.result": _EXTRA,
}
"""What OpenAI's servers do not say, but others do."""

IGNORED: Mapping[str, str] = {
    "session.updated": _ECHO,
    "conversation.created": "a session has one conversation",
    "conversation.item.added": _OWN_ITEMS,
    "conversation.item.created": _OWN_ITEMS,
    "conversation.item.done": _OWN_ITEMS,
    "conversation.item.deleted": _ECHO,
    "conversation.item.truncated": _ECHO,
    "conversation.item.retrieved": "nothing is ever retrieved",
    "conversation.item.input_audio_transcription.delta": "a transcript is used when it is whole",
    "conversation.item.input_audio_transcription.segment": "speakers are not told apart",
    "input_audio_buffer.cleared": _ECHO,
    "input_audio_buffer.timeout_triggered": "no idle timeout is ever asked for",
    "input_audio_buffer.dtmf_event_received": _WEBRTC,
    "output_audio_buffer.started": _WEBRTC,
    "output_audio_buffer.stopped": _WEBRTC,
    "output_audio_buffer.cleared": _WEBRTC,
    "response.content_part.added": "the deltas say what kind of part it is",
    "response.content_part.done": _REPEATED,
    "response.output_audio.done": _REPEATED,
    "response.function_call_arguments.delta": "arguments are used when they are whole",
    "response.function_call_arguments.done": _REPEATED,
    "response.mcp_call_arguments.delta": _REMOTE_MCP,
    "response.mcp_call_arguments.done": _REMOTE_MCP,
    "response.mcp_call.in_progress": _REMOTE_MCP,
    "response.mcp_call.completed": _REMOTE_MCP,
    "response.mcp_call.failed": _REMOTE_MCP,
    "mcp_list_tools.in_progress": _REMOTE_MCP,
    "mcp_list_tools.completed": _REMOTE_MCP,
    "mcp_list_tools.failed": _REMOTE_MCP,
}
