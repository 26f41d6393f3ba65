"""A run is what its pipeline events tell."""

from demo.voice_run import ToolCall, VoiceRun


def test_a_run_collects_transcript_tools_answer_and_conversation() -> None:
    run = VoiceRun()
    for event in (
        {"type": "run-start", "data": {"conversation_id": "a", "runner_data": {}}},
        {"type": "stt-end", "data": {"stt_output": {"text": "Lamp on"}}},
        {"type": "intent-progress", "data": {"chat_log_delta": {"role": "assistant"}}},
        {
            "type": "intent-progress",
            "data": {"chat_log_delta": {"tool_calls": [{"tool_name": "on", "tool_args": {"name": "Lamp"}}]}},
        },
        {"type": "intent-progress", "data": {"tts_start_streaming": True}},
        {
            "type": "intent-end",
            "data": {
                "intent_output": {
                    "response": {"speech": {"plain": {"speech": "It is on."}}},
                    "conversation_id": "b",
                }
            },
        },
        {"type": "run-end", "data": None},
    ):
        run.hear(event)
    assert run == VoiceRun(
        transcript="Lamp on",
        answer="It is on.",
        conversation_id="b",
        tools=[ToolCall(name="on", arguments={"name": "Lamp"})],
    )


def test_a_run_keeps_the_error_that_ended_it() -> None:
    run = VoiceRun()
    run.hear({"type": "error", "data": {"code": "stt-no-text-recognized", "message": "No text recognized"}})
    assert run.error == "stt-no-text-recognized: No text recognized"
