"""How a text is read aloud over plain HTTP, by a server that cannot do it beside a conversation."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus

import orjson

from ..realtime import Endpoint
from ..realtime.audio import WIRE
from ..realtime.speech_models import SPEECH_PATH, speech_request
from .exceptions import ServerFault, error_from_http_status

type Post = Callable[[str, Mapping[str, str], bytes], AbstractAsyncContextManager[tuple[int, AsyncIterator[bytes]]]]
"""POST a body to a URL with headers; give status and the body's pieces. Raises a SessionError where nobody answers."""

type Speak = Callable[[str, str], AsyncGenerator[bytes]]
"""Yield a text in a voice as PCM16 at 24 kHz. Raises SessionError."""


class SpeechEndpoint:
    """The `POST /audio/speech` of a server, and the model that speaks there."""

    def __init__(self, endpoint: Endpoint, model_id: str, post: Post) -> None:
        self._endpoint = endpoint
        self._model_id = model_id
        self._post = post

    async def speak(self, text: str, voice: str) -> AsyncGenerator[bytes]:
        """Yield the text as PCM16 at 24 kHz, in whole frames. Raises SessionError."""
        headers = {**self._endpoint.headers(), "Content-Type": "application/json"}
        body = orjson.dumps(speech_request(self._model_id, voice, text))
        heard = False
        waiting = b""
        async with self._post(self._endpoint.rest_url(SPEECH_PATH), headers, body) as (status, pieces):
            if status != HTTPStatus.OK:
                raise error_from_http_status(status)
            async for piece in pieces:
                waiting += piece
                whole = len(waiting) - len(waiting) % WIRE.frame_size
                if whole:
                    heard = True
                    yield waiting[:whole]
                    waiting = waiting[whole:]
        if not heard:
            raise ServerFault("no_speech")
