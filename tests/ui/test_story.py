"""A newcomer adds the integration, talks to it, looks at what that costs, and puts a used-up budget right.

The steps follow one another in one house: each stands on what the ones before it have done, and a step that fails ends
the story.
"""

import json
import math
from pathlib import Path

from playwright.async_api import Page, Response, expect
import pytest

from demo.agent import DOMAIN
from demo.home_assistant import PASSWORD, RunningHomeAssistant
from demo.server import KEY, LocalServer

from . import frontend
from .frontend import DASHBOARD, INTEGRATION, REPAIRS, ask, choose, dialog, fill, finish, messages, open_assist, press
from .pictures import Camera

pytestmark = pytest.mark.usefixtures("told_what_went_wrong")

WRONG_KEY = "sk-of-somebody-else"
TYPED = "Turn on the kitchen light"
SPOKEN = "Turn on the bedside lamp."
SECRETS = (KEY, WRONG_KEY, PASSWORD + '"', "voice assistant for Home Assistant", TYPED, SPOKEN, "Turned o")
"""Keys, prompt, and what was asked and answered."""


async def state(house: RunningHomeAssistant, key: str) -> str:
    """Return the state of the one entity of ours whose id ends like this."""
    states = {each["entity_id"]: each["state"] for each in await house.api.call("get_states")}
    [found] = [entity_id for entity_id in states if entity_id.endswith(key)]
    return states[found]


async def test_a_wrong_key_is_refused_beside_its_field(page: Page, server: LocalServer, camera: Camera) -> None:
    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").click()
    brands = page.locator("dialog-add-integration")
    await brands.locator("input").first.fill("Realtime Assist")
    await brands.get_by_text("Realtime Assist", exact=True).click()
    await dialog(page).get_by_text("A compatible server", exact=True).click()
    await fill(page, "Address", await server.base_url())
    await fill(page, "API key", WRONG_KEY)

    await press(page, "Submit")
    await expect(dialog(page).get_by_text("A server in your own network", exact=True)).to_be_visible()
    await press(page, "Submit")

    await expect(dialog(page).get_by_text("The server refuses the key.")).to_be_visible()
    await camera.take(page, "wrong-key")


async def test_the_right_key_makes_an_agent_and_one_screen_offers_its_pipeline(page: Page, camera: Camera) -> None:
    await fill(page, "API key", KEY)
    await press(page, "Submit")

    await expect(dialog(page).get_by_text("Create an Assist pipeline", exact=True)).to_be_visible()
    await camera.take(page, "pipeline")
    await press(page, "Submit")

    await expect(
        dialog(page).get_by_text("The pipeline Realtime Assist is ready. Say something to it.")
    ).to_be_visible()
    await finish(page, "Close")


async def test_a_typed_question_is_answered(page: Page, house: RunningHomeAssistant) -> None:
    assist = await open_assist(page)

    await ask(page, assist, TYPED, "Turned on the kitchen light.")

    assert await state(house, "light.kitchen_light") == "on"


async def test_a_spoken_question_is_heard_answered_once_and_spoken_to(
    page: Page, house: RunningHomeAssistant, camera: Camera
) -> None:
    assist = page.locator("ha-voice-command-dialog")

    def is_speech(response: Response) -> bool:
        return "/api/tts_proxy/" in response.url

    async with page.expect_response(is_speech) as speech:
        await assist.get_by_role("button", name="Start listening").click()

    await expect(messages(assist, "user").last).to_contain_text(SPOKEN)
    answers = messages(assist, "hass").last.get_by_text("Turned on the bedside lamp.")
    await expect(answers).to_be_visible()
    assert await state(house, "light.bedside_lamp") == "on"
    assert (await speech.value).ok
    # A client puts the result beneath the words that it was told before, where the two differ.
    await page.wait_for_timeout(1000)
    text = await messages(assist, "hass").last.evaluate("message => message.querySelector('ha-markdown').content")
    assert text.split() == ["Turned", "on", "the", "bedside", "lamp."]
    await camera.take(page, "assist", phone=True)


async def test_model_and_voice_are_changed_in_a_form(page: Page, house: RunningHomeAssistant, camera: Camera) -> None:
    await page.goto(INTEGRATION)
    await page.locator("ha-config-sub-entry-row").get_by_role("button", name="Reconfigure voice agent").click()
    await dialog(page).get_by_text("Settings", exact=True).click()
    await frontend.open_choices(page, "Model")
    await camera.take(page, "models")
    await page.keyboard.press("Escape")
    await choose(page, "Model", "gpt-realtime-2.1-mini")
    await press(page, "Submit")

    await expect(dialog(page).get_by_text("What the agent can do")).to_be_visible()
    await camera.take(page, "sections", phone=True)
    await choose(page, "Voice", "cedar")
    await press(page, "Submit")

    await expect(dialog(page).get_by_text("Reconfiguration was successful")).to_be_visible()
    await finish(page, "Close")
    assert await state(house, "select.realtime_assist_model") == "gpt-realtime-2.1-mini"
    assert await state(house, "select.realtime_assist_voice") == "cedar"


async def test_the_next_question_is_answered_by_the_new_model(page: Page, house: RunningHomeAssistant) -> None:
    assist = await open_assist(page)

    await ask(page, assist, "What is the temperature in the bedroom?", "18.5")

    assert await state(house, "sensor.realtime_assist_model_in_use") == "gpt-realtime-2.1-mini"


async def test_the_sensors_have_figures(page: Page, camera: Camera) -> None:
    await page.goto(INTEGRATION)
    await page.locator("ha-config-sub-entry-row ha-config-entry-device-row").click()

    sensors = page.locator("ha-device-entities-card")
    for name in ("Cost today", "Time to first audio, median", "Turns", "Fallback rate"):
        await expect(sensors.get_by_text(name, exact=True)).to_be_visible()
    await expect(sensors.filter(has_text="Cost today")).to_contain_text("$0.0")
    await camera.take(page, "sensors")


async def test_a_budget_that_is_used_up_is_seen(page: Page, house: RunningHomeAssistant, sketches: Camera) -> None:
    spent = float(await state(house, "sensor.realtime_assist_cost_today"))
    # Little enough to be gone after a question or two.
    limit = math.ceil(spent * 1000) / 1000
    await page.goto(INTEGRATION)
    account = page.locator("ha-config-entry-row")
    await account.get_by_role("button", name="Configure", exact=True).click()
    await fill(page, "Budget for a day", str(limit))
    await sketches.take(page, "budget")
    await press(page, "Submit")
    await finish(page, "Finish")
    assert await state(house, "_budget_reached") == "off"

    assist = await open_assist(page)
    for number in range(8):
        turn = ("on", "off")[number % 2]
        await ask(page, assist, f"Turn {turn} the hall light", f"Turned {turn} the hall light.")
        if await state(house, "_budget_reached") == "on":
            break

    assert await state(house, "_budget_reached") == "on"
    assert float(await state(house, "_budget_left_today")) == 0


async def test_the_dashboard_shows_it_all_on_a_desk_and_on_a_phone(page: Page, sketches: Camera) -> None:
    await page.goto(DASHBOARD)
    for name in ("Cost today", "Time to first audio, 95th percentile", "Model in use", "Fallback rate"):
        await expect(page.get_by_text(name, exact=True).first).to_be_visible()
    await expect(page.locator("hui-tile-card").filter(has_text="Cost today")).to_contain_text("$0.0")
    await sketches.take(page, "dashboard-of-a-first-day")
    await sketches.take(page, "dashboard-of-a-first-day-on-a-phone", phone=True, dark=True)
    broken = page.locator("hui-error-card, hui-warning")
    await expect(broken).to_have_count(0)


async def test_the_budget_is_raised_out_of_the_repairs(page: Page, house: RunningHomeAssistant, camera: Camera) -> None:
    await page.goto(REPAIRS)
    await page.get_by_text("has used up its budget for the day").click()
    await expect(dialog(page).get_by_text("Let it go on until midnight")).to_be_visible()
    await camera.take(page, "repair")
    await dialog(page).get_by_text("Raise the budget", exact=True).click()
    await fill(page, "Budget for a day", "0.01")
    await press(page, "Submit")
    await expect(dialog(page).get_by_text("is spent already. Choose a higher amount.")).to_be_visible()

    await fill(page, "Budget for a day", "0.50")
    await press(page, "Submit")
    await expect(dialog(page).get_by_text("The issue is repaired!")).to_be_visible()
    await finish(page, "Finish")

    await expect(page.get_by_text("There are currently no repairs pending")).to_be_visible()
    assert await state(house, "_budget_reached") == "off"


async def test_diagnostics_tell_figures_and_no_secrets(page: Page, tmp_path: Path) -> None:
    await page.goto(INTEGRATION)
    await page.locator("ha-config-entry-row").get_by_role("button", name="Menu", exact=True).first.click()
    async with page.expect_download() as download:
        await page.get_by_text("Download diagnostics").first.click()
    await (await download.value).save_as(tmp_path / "diagnostics.json")

    text = (tmp_path / "diagnostics.json").read_text()
    [agent] = json.loads(text)["data"]["agents"].values()
    assert len(agent["records"]) >= 4
    assert [secret for secret in SECRETS if secret in text] == []


async def test_the_log_has_neither_errors_nor_keys(house: RunningHomeAssistant) -> None:
    lines = house.process.text().splitlines()
    assert [line for line in lines if " ERROR " in line and DOMAIN in line] == []
    assert [line for line in lines if KEY in line or WRONG_KEY in line] == []
