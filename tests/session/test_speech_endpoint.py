"""Texts read aloud over plain HTTP: what is asked, what is heard, and what every other answer means."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date

import orjson
import pytest

from custom_components.realtime_assist.realtime import DIALECTS, Endpoint
from custom_components.realtime_assist.realtime.speech_models import SPEECH_MODELS
from custom_components.realtime_assist.session import SessionError, SpeechEndpoint
from custom_components.realtime_assist.session.speech_endpoint import Post

ENDPOINT = Endpoint(base_url="ws://127.0.0.1:8000/v1", api_key="sk-test")
TEXT = "The washing machine is done."


class Listener:
    """Takes a request down and answers it."""

    def __init__(self, status: int, *pieces: bytes) -> None:
        self.asked: list[tuple[str, Mapping[str, str], object]] = []
        self._status = status
        self._pieces = pieces

    @property
    def post(self) -> Post:
        @asynccontextmanager
        async def post(
            url: str, headers: Mapping[str, str], body: bytes
        ) -> AsyncGenerator[tuple[int, AsyncIterator[bytes]]]:
            self.asked.append((url, headers, orjson.loads(body)))
            yield self._status, self._body()

        return post

    async def _body(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


async def test_the_text_is_asked_for_as_raw_sound_and_heard_in_whole_frames():
    listener = Listener(200, b"\1", b"\0\2", b"\0\3\0")
    speaking = SpeechEndpoint(ENDPOINT, "tts-1", listener.post).speak(TEXT, "af_heart")
    assert [piece async for piece in speaking] == [b"\1\0", b"\2\0\3\0"]
    [(url, headers, body)] = listener.asked
    assert url == "http://127.0.0.1:8000/v1/audio/speech"
    assert headers["Authorization"] == "Bearer sk-test"
    assert body == {"model": "tts-1", "voice": "af_heart", "input": TEXT, "response_format": "pcm"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, "invalid_auth"), (404, "model_unavailable"), (503, "server_fault"), (200, "server_fault")],
)
async def test_any_other_answer_is_an_error(status: int, reason: str):
    with pytest.raises(SessionError) as raised:
        _ = [piece async for piece in SpeechEndpoint(ENDPOINT, "tts-1", Listener(status).post).speak(TEXT, "alloy")]
    assert raised.value.reason == reason


def test_openais_own_speech_models_say_until_when():
    assert {each.life_cycle.shutdown_date for each in SPEECH_MODELS.values()} == {date(2027, 1, 6)}
    assert all(each.life_cycle.source for each in SPEECH_MODELS.values())
    spoken_by = {dialect.speech_model for dialect in DIALECTS.values()} - {None}
    assert spoken_by <= SPEECH_MODELS.keys()
    assert not any(dialect.side_responses for dialect in DIALECTS.values() if dialect.speech_model is not None)
