"""Listing a server's models: what is asked, what is read, and what every other answer means."""

from collections.abc import Mapping
from datetime import date

import orjson
import pytest

from custom_components.realtime_assist.realtime import Endpoint
from custom_components.realtime_assist.session import SessionError, announced_shutdowns

ENDPOINT = Endpoint(base_url="wss://realtime.example/v1/", api_key="sk-test")
LISTING = {
    "data": [
        {"id": "gpt-realtime", "shutdown_date": "2027-01-20"},
        {"id": "gpt-realtime-2.1", "shutdown_date": None},
        {"id": "parrot"},
    ]
}


async def test_dates_are_read_from_the_listing() -> None:
    """One GET with the key; a model of which nothing is said is left out."""
    asked = []

    async def fetch(url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        asked.append((url, dict(headers)))
        return 200, orjson.dumps(LISTING)

    announced = await announced_shutdowns(ENDPOINT, fetch)
    assert announced == {"gpt-realtime": date(2027, 1, 20), "gpt-realtime-2.1": None}
    assert asked == [("https://realtime.example/v1/models", {"Authorization": "Bearer sk-test"})]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b"{}", "invalid_auth"),
        (404, b"{}", "model_unavailable"),
        (302, b"", "not_realtime"),
        (503, b"<html>", "server_fault"),
        (200, b"<html>", "not_realtime"),
    ],
)
async def test_any_other_answer_is_an_error(status: int, body: bytes, reason: str) -> None:
    """Of the same family as those of a session."""

    async def fetch(url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        return status, body

    with pytest.raises(SessionError) as caught:
        await announced_shutdowns(ENDPOINT, fetch)
    assert caught.value.reason == reason
