"""Run from a shell the server says where it is, serves, and ends when it is told to."""

import asyncio
from asyncio.subprocess import PIPE
import json
from pathlib import Path
import signal
import sys

import pytest
from websockets.asyncio.client import connect

from .wire_client import MODEL, WireClient

_ROOT = Path(__file__).parents[2]


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "local_server", *arguments, cwd=_ROOT, stdout=PIPE, stderr=PIPE
    )


async def test_it_prints_its_urls_serves_a_script_and_ends_on_sigterm(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("responses: [Hello from the shell.]")
    process = await _start("--port", "0", "--key", "sk-local", "--scenario", str(script))
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    assert ready["http_url"] == ready["url"].replace("ws://", "http://")
    headers = {"Authorization": "Bearer sk-local"}
    async with connect(f"{ready['url']}/realtime?model={MODEL}", additional_headers=headers) as socket:
        client = WireClient(socket)
        response = await client.respond(output_modalities=["text"])
        assert response["output"][0]["content"][0]["text"] == "Hello from the shell."
        process.send_signal(signal.SIGTERM)
        await socket.wait_closed()
    out, err = await process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")
    assert socket.close_code == 1001


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ([], b"--no-key"),
        (["--key", "a", "--no-key"], b"not allowed"),
        (["--no-key", "--scenario", "nowhere.yaml"], b"Cannot read the scenario nowhere.yaml: No such file"),
    ],
)
async def test_what_cannot_be_run_says_what_to_do(arguments: list[str], hint: bytes) -> None:
    process = await _start(*arguments)
    out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert hint in err
    assert b"Traceback" not in err
