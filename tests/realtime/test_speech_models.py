"""What a server is asked that reads texts aloud over plain HTTP."""

from custom_components.realtime_assist.realtime.speech_models import speech_request


def test_a_text_is_asked_for_as_raw_sound():
    assert speech_request("tts-1", "af_heart", "Dinner.") == {
        "model": "tts-1",
        "voice": "af_heart",
        "input": "Dinner.",
        "response_format": "pcm",
    }
