"""How Home Assistant's frontend is clicked."""

import re

from playwright.async_api import Locator, Page, expect

INTEGRATION = "/config/integrations/integration/realtime_assist"
REPAIRS = "/config/repairs"
DASHBOARD = "/realtime-assist"
GREETING = re.compile(r"How can I assist\?")


def dialog(page: Page) -> Locator:
    """Return the dialog that a flow is in."""
    return page.locator("dialog-data-entry-flow")


def field(page: Page, label: str) -> Locator:
    """Return the field of a flow's form that has this label."""
    named = page.get_by_text(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))
    return dialog(page).locator("ha-selector").filter(has=named)


async def fill(page: Page, label: str, text: str) -> None:
    """Type into a field."""
    await field(page, label).locator("input").fill(text)


async def open_choices(page: Page, label: str) -> None:
    """Open the list of a field."""
    await field(page, label).locator("ha-picker-field").click()


async def choose(page: Page, label: str, option: str) -> None:
    """Choose from the list of a field the one option that begins like this."""
    await open_choices(page, label)
    beginning = re.compile(rf"^\s*{re.escape(option)}( |$)")
    await page.locator("ha-combo-box-item").filter(has_text=beginning).click()
    await expect(field(page, label)).to_contain_text(option)


async def press(page: Page, name: str) -> None:
    """Press the button of a flow's dialog."""
    await dialog(page).get_by_role("button", name=name, exact=True).last.click()


async def finish(page: Page, name: str) -> None:
    """Press the last button of a flow, and see its dialog go, of which the frontend keeps an empty element."""
    await press(page, name)
    await expect(dialog(page).get_by_role("button")).to_have_count(0)


async def open_assist(page: Page) -> Locator:
    """Open Assist's dialog as the button in the header does, and return it."""
    await page.goto("/home/overview")
    await page.get_by_role("button", name=re.compile(r"^Assist\b")).click()
    assist = page.locator("ha-voice-command-dialog")
    await expect(assist.get_by_role("button", name="Start listening")).to_be_visible()
    # Its text comes after its bubble, and without it the greeting looks like an answer.
    await expect(assist.locator(".message.hass")).to_have_text(GREETING)
    return assist


def messages(assist: Locator, who: str) -> Locator:
    """Return what the user or hass has said in the dialog, apart from the greeting."""
    return assist.locator(f".message.{who}").filter(has_not_text=GREETING)


async def ask(page: Page, assist: Locator, question: str, answer: str) -> None:
    """Type a question, and wait for its answer."""
    number = await messages(assist, "hass").count()
    await assist.locator("input").first.fill(question)
    await page.keyboard.press("Enter")
    await expect(messages(assist, "hass").nth(number)).to_contain_text(answer)
