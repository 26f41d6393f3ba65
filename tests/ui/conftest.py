"""What stands ready for the story: a house, a browser in it, and a place for pictures."""

from collections.abc import AsyncIterator
import contextlib
import logging
from pathlib import Path
import shutil
import signal
import subprocess
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect
import pytest

from demo.commands import RECORDINGS
from demo.furnish import furnish
from demo.home_assistant import PASSWORD, REPOSITORY, USER_NAME, RunningHomeAssistant, home_assistant
from demo.logs import what_matters
from demo.processes import free_port
from demo.server import LocalServer

from .pictures import Camera

LOGGER = logging.getLogger(__name__)
BUILD = REPOSITORY / "build" / "ui"
PICTURES = REPOSITORY / "docs" / "images"
BROWSERS = ("chromium", "google-chrome")
SPOKEN = RECORDINGS / "light-by-name.wav"
"""What the browser's microphone hears whenever it is opened."""
PATIENCE_MS = 30_000
"""For how long the browser looks for something before the step fails; a shared machine may be slow."""
DESKTOP = {"width": 1280, "height": 800}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="take the pictures of docs/images/ anew")


def pytest_configure() -> None:
    """Let whoever ends the tests from outside end what they have started, as Ctrl-C does."""
    for ended_by in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ended_by, lambda *_: signal.raise_signal(signal.SIGINT))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Keep how a step went for the fixture that looks at it afterwards."""
    report = yield
    if call.when == "call":
        item.stash[STEP_FAILED] = report.failed
    return report


STEP_FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[LocalServer]:
    """Run a Realtime server that hears, decides and speaks without internet."""
    async with LocalServer(BUILD / "local-server.log") as server:
        yield server


@pytest.fixture(scope="session")
async def house(server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningHomeAssistant]:
    """Run a furnished Home Assistant that nobody has added the integration to."""
    folder = tmp_path_factory.mktemp("house")
    async with home_assistant(folder, port=free_port(), log=BUILD / "home-assistant.log") as house:
        await furnish(house.api)
        await server.base_url()
        yield house


@pytest.fixture(scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Run a Chromium whose microphone hears a recording."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"no browser: install one of {', '.join(BROWSERS)}, as scripts/setup --ui does with apt"
    microphone = tmp_path_factory.mktemp("microphone") / "heard.wav"
    _for_microphone(SPOKEN, microphone)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found,
            args=[
                "--no-sandbox",
                "--autoplay-policy=no-user-gesture-required",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}%noloop",
            ],
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def page(house: RunningHomeAssistant, browser: Browser) -> AsyncIterator[Page]:
    """Open Home Assistant and log in."""
    async with logged_in(browser, house) as page:
        yield page


@contextlib.asynccontextmanager
async def logged_in(browser: Browser, house: RunningHomeAssistant) -> AsyncIterator[Page]:
    """Open a house as its user does."""
    expect.set_options(timeout=PATIENCE_MS)
    context = await browser.new_context(
        viewport=DESKTOP, locale="en-US", timezone_id="Europe/Berlin", base_url=house.url
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto("/")
    await page.locator("input[name=username]").fill(USER_NAME)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.locator("ha-sidebar")).to_be_visible()
    yield page
    await context.close()


@pytest.fixture(scope="session")
def camera(request: pytest.FixtureRequest) -> Camera:
    """Return what takes pictures, for the documentation where that is wanted."""
    return Camera(folder=PICTURES if request.config.getoption("--screenshots") else BUILD)


@pytest.fixture(scope="session")
def sketches() -> Camera:
    """Return what takes pictures that are only looked at."""
    return Camera(folder=BUILD)


@pytest.fixture
async def told_what_went_wrong(
    request: pytest.FixtureRequest, house: RunningHomeAssistant, page: Page
) -> AsyncIterator[None]:
    """Show the screen and the log of a step that failed."""
    yield
    if request.node.stash.get(STEP_FAILED, True):
        await page.screenshot(path=BUILD / "failed.png")
        log = "\n".join(what_matters(house.process.text()))
        LOGGER.error("The screen is in build/ui/failed.png; what matters of Home Assistant's log:\n%s", log)


def _for_microphone(recording: Path, microphone: Path) -> None:
    """Write a recording as Chromium wants it: 48 kHz, mono."""
    arguments = ("-loglevel", "error", "-i", str(recording), "-ar", "48000", "-ac", "1", str(microphone))
    subprocess.run(["ffmpeg", "-hide_banner", *arguments], check=True)
