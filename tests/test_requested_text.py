"""What a text-to-speech request leaves behind when nobody wants it any more: nothing."""

import asyncio
from collections.abc import AsyncGenerator

from custom_components.realtime_assist.requested_text import RequestedText


async def test_request_that_is_cancelled_as_it_begins_reads_no_further():
    async def pieces() -> AsyncGenerator[str]:
        yield "One moment."
        await asyncio.Event().wait()

    message_gen = pieces()
    beginning = asyncio.create_task(RequestedText.begin(message_gen))
    await asyncio.sleep(0)
    beginning.cancel()
    await asyncio.wait([beginning])
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == {asyncio.current_task()}
    await message_gen.aclose()
