"""How a real Home Assistant comes up in a folder of our own, and how the demo logs in."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import shutil
import sys
from typing import Any

import aiohttp

from demo.hass_api import HassApi, HassApiError
from demo.house import CONFIGURATION
from demo.processes import ChildProcess, DemoError

REPOSITORY = Path(__file__).resolve().parent.parent
USER_NAME = "demo"
PASSWORD = "demo"
START_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningHomeAssistant:
    """A Home Assistant that has reached RUNNING, and the demo's user in it."""

    url: str
    process: ChildProcess
    api: HassApi


@contextlib.asynccontextmanager
async def home_assistant(
    folder: Path, *, port: int, log: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[RunningHomeAssistant]:
    """Run Home Assistant on `folder`, which is furnished where it is empty and kept where it is not.

    What is in `environment` comes on top of our own. Raises `DemoError` with the end of the log when it does not reach RUNNING.
    """
    process = house_process(folder, port=port, log=log, environment=environment)
    async with process, came_up(process, port) as house:
        yield house


def house_process(
    folder: Path,
    *,
    port: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
    program: Sequence[str] = ("-m", "homeassistant"),
) -> ChildProcess:
    """Prepare `folder` and return the process that is to run Home Assistant on it; `program` is what Python is to run."""
    prepare_folder(folder, port)
    return ChildProcess(
        "Home Assistant",
        [sys.executable, *program, "-c", str(folder), "--skip-pip", "--log-no-color"],
        log=log,
        env={**_environment(), **(environment or {})},
        cwd=folder,
        stop_seconds=20,
    )


@contextlib.asynccontextmanager
async def came_up(process: ChildProcess, port: int) -> AsyncIterator[RunningHomeAssistant]:
    """Wait until a process that was started has reached RUNNING and log in; raises `DemoError` when it does not."""
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(START_SECONDS):
            await _answers(url, process)
            token = await _log_in(url)
    except TimeoutError:
        raise DemoError(f"Home Assistant did not start in {START_SECONDS} s. Its log ends:\n{process.tail()}") from None
    async with HassApi(url, token) as api:
        await _running(api, process)
        yield RunningHomeAssistant(url=url, process=process, api=api)


def prepare_folder(folder: Path, port: int) -> None:
    """Write what must be there before the start; a configuration.yaml that exists stays as it is."""
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    components = folder / "custom_components"
    if components.is_symlink():
        components.unlink()  # The repository may have moved since.
    if not components.exists():
        components.symlink_to(REPOSITORY / "custom_components", target_is_directory=True)
    if not (folder / CONFIGURATION.name).exists():
        shutil.copy(CONFIGURATION, folder)
    # An `http:` block in YAML is a trial that Home Assistant reverts, with a restart, after five minutes.
    _store(storage, "http", version=3, data=_http(port))
    if not (storage / "onboarding").exists():
        # The core_config step would start flows that call the internet for ever.
        _store(storage, "onboarding", version=4, data={"done": ["core_config", "analytics", "integration"]})


def _http(port: int) -> dict[str, Any]:
    return {
        "stable": {
            "server_host": ["127.0.0.1"],
            "server_port": port,
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": False,
            "ssl_profile": "intermediate_v6",
            "use_x_frame_options": True,
            "created_at": datetime.now(UTC).isoformat(),
            "error": None,
            "error_message": None,
        },
        "pending": None,
        "yaml_migration_done": True,
    }


def _store(storage: Path, key: str, *, version: int, data: Mapping[str, Any]) -> None:
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content, indent=2))


def _environment() -> dict[str, str]:
    """Return what Home Assistant needs of our environment: never the key, which goes through the config flow."""
    return {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}


async def _answers(url: str, process: ChildProcess) -> None:
    async with aiohttp.ClientSession() as http:
        while True:
            process.check()
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(f"{url}/api/onboarding") as response:
                    # 404: the folder was onboarded before, and Home Assistant offers nothing more to do.
                    if response.status in {200, 404}:
                        return
            await asyncio.sleep(0.1)


async def _log_in(url: str) -> str:
    """Make the demo's user, or log in as it, and return an access token (30 minutes)."""
    client_id = f"{url}/"
    async with aiohttp.ClientSession(url) as http:
        code = await _onboard(http, client_id) or await _login_flow(http, client_id)
        form = {"grant_type": "authorization_code", "code": code, "client_id": client_id}
        async with http.post("/auth/token", data=form) as response:
            answer = await response.json()
    if "access_token" not in answer:
        raise HassApiError(f"Home Assistant gave no token: {answer}")
    token: str = answer["access_token"]
    return token


async def _onboard(http: aiohttp.ClientSession, client_id: str) -> str | None:
    user = {"name": "Demo", "username": USER_NAME, "password": PASSWORD, "client_id": client_id, "language": "en"}
    async with http.post("/api/onboarding/users", json=user) as response:
        if response.status != 200:
            return None
        code: str = (await response.json())["auth_code"]
        return code


async def _login_flow(http: aiohttp.ClientSession, client_id: str) -> str:
    start = {"client_id": client_id, "handler": ["homeassistant", None], "redirect_uri": client_id}
    async with http.post("/auth/login_flow", json=start) as response:
        flow = await response.json()
    login = {"client_id": client_id, "username": USER_NAME, "password": PASSWORD}
    async with http.post(f"/auth/login_flow/{flow['flow_id']}", json=login) as response:
        answer = await response.json()
    if answer.get("type") != "create_entry":
        raise HassApiError(
            f"the login {USER_NAME}/{PASSWORD} was refused: {answer.get('errors')}; "
            "remove the configuration folder to start anew, or set this password again"
        )
    code: str = answer["result"]
    return code


async def _running(api: HassApi, process: ChildProcess) -> None:
    while (await api.call("get_config"))["state"] != "RUNNING":
        process.check()
        await asyncio.sleep(0.1)
