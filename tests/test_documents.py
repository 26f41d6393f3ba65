"""The documents name all that there is, and nothing else: options, sensors, events, codes, repairs, links."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
import yaml

from custom_components.realtime_assist.figure_sensors import FIGURES
from custom_components.realtime_assist.realtime.client_events import ClientEvent
from custom_components.realtime_assist.realtime.dialects import DIALECTS, Dialect
from custom_components.realtime_assist.realtime.server_events import EVENTS
from custom_components.realtime_assist.session.exceptions import (
    ERRORS_BY_CLOSE_CODE,
    ERRORS_BY_CODE,
    ERRORS_BY_HTTP_STATUS,
    ERRORS_BY_TYPE,
)

from .test_errors import ERRORS
from .test_packaging import MANIFEST, ROOT, TRANSLATIONS, read

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "local_server").glob("*.md")])
CAPABILITIES = {
    "cancels": lambda dialect: dialect.cancels,
    "deletes": lambda dialect: dialect.deletes_items,
    "truncates": lambda dialect: dialect.truncates,
    "reads aloud": lambda dialect: dialect.side_responses,
    "text alone": lambda dialect: dialect.text_output,
    "commits": lambda dialect: dialect.commits,
    "semantic": lambda dialect: dialect.semantic_vad,
    "shortens": lambda dialect: dialect.retention_ratio,
}


def text(name: str) -> str:
    """Return a document."""
    return (ROOT / name).read_text()


def codes(document: str) -> set[str]:
    """Return all that stands in a document as code."""
    return set(re.findall(r"`([^`\n]+)`", document))


def section(document: str, title: str) -> str:
    """Return what stands under a title, up to the next one."""
    return document.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def row(dialect: Dialect) -> str:
    """Return a dialect's row of the table."""
    marks = ("yes" if can(dialect) else "-" for can in CAPABILITIES.values())
    return f"| `{dialect.name}` | {' | '.join(marks)} |"


def dialects_table() -> str:
    """Return what servers can do."""
    head = f"| dialect | {' | '.join(CAPABILITIES)} |"
    return "\n".join(
        (head, "|".join(("", *(" --- " for _ in range(len(CAPABILITIES) + 1)), "")), *map(row, DIALECTS.values()))
    )


def named(tree: Any, key: str) -> Iterator[str]:
    """Yield the texts under a key, wherever in a translation it is."""
    for name, branch in tree.items():
        if name == key:
            yield from branch.values()
        elif isinstance(branch, dict):
            yield from named(branch, key)


def test_what_servers_can_do_is_what_their_dialects_say() -> None:
    """Row by row, in the order of the code."""
    assert f"<!-- dialects -->\n\n{dialects_table()}\n\n<!-- /dialects -->" in text("docs/protocol.md")


def test_every_event_that_is_sent_or_heard_is_explained() -> None:
    """By the name that it has on the wire."""
    sent = {each.__annotations__["type"].__args__[0] for each in ClientEvent.__value__.__args__}
    assert {*sent, "input_audio_buffer.append", *EVENTS} <= codes(text("docs/protocol.md"))


def test_every_reason_and_code_has_its_remedy() -> None:
    """Reasons are heard and read in forms, codes stand in logs and events."""
    document = text("docs/troubleshooting.md")
    reasons = {error.reason for error in ERRORS}
    assert reasons <= codes(section(document, "What it says"))
    assert set(TRANSLATIONS["config"]["error"]) == codes(section(document, "What a form says")) - {
        "/v1",
        "/realtime",
        "https",
        "wss",
        "http",
        "ws",
    }
    told = codes(section(document, "Codes"))
    assert {*ERRORS_BY_CODE, *ERRORS_BY_TYPE} <= told
    assert {
        *(f"http_{status}" for status in ERRORS_BY_HTTP_STATUS),
        *(f"close_{code}" for code in ERRORS_BY_CLOSE_CODE),
    } <= told


def test_every_repair_is_explained() -> None:
    """And none that is not there."""
    assert codes(section(text("docs/troubleshooting.md"), "Repairs")) == set(TRANSLATIONS["issues"])


def test_the_readme_names_every_option() -> None:
    """As the forms do."""
    readme = text("README.md")
    forms = {
        "Options of an agent": TRANSLATIONS["config_subentries"]["agent"]["step"],
        "Options of the account": TRANSLATIONS["options"]["step"],
        "Set it up": TRANSLATIONS["config"]["step"],
    }
    own = {"Name", *TRANSLATIONS["config_subentries"]["agent"]["step"]["pipeline"]["data"].values()}
    for title, form in forms.items():
        told = section(readme, title)
        assert [label for label in named(form, "data") if label not in own and label not in told] == []


def test_the_readme_names_every_sensor_and_which_are_disabled() -> None:
    """Those are in italics."""
    told = section(text("README.md"), "Sensors").partition("Figures are updated")[0]
    names = {key: entity["name"] for key, entity in TRANSLATIONS["entity"]["sensor"].items()}
    assert [name for name in names.values() if name not in told] == []
    assert TRANSLATIONS["entity"]["binary_sensor"]["budget_reached"]["name"] in told
    disabled = {names[figure.key] for figure in FIGURES if not figure.entity_registry_enabled_default}
    assert set(re.findall(r"\*([^*]+)\*", told)) == disabled


def test_the_readme_names_every_action() -> None:
    """With what each does."""
    actions = {f"realtime_assist.{name}" for name in TRANSLATIONS["services"]}
    assert {
        code for code in codes(section(text("README.md"), "Actions")) if code.startswith("realtime_assist.")
    } == actions


@pytest.mark.parametrize("name", ["README.md", "docs/automations.md"])
def test_every_blueprint_has_a_button(name: str) -> None:
    """Which leads to the file in the repository."""
    sources = [
        f"{MANIFEST['documentation']}/blob/main/{path.relative_to(ROOT)}"
        for path in (ROOT / "blueprints").rglob("*.yaml")
    ]
    buttons = re.findall(r"blueprint_import/\?blueprint_url=([^)]+)\)", text(name))
    assert sorted(buttons) == sorted(quote(source, safe="") for source in sources)


def anchors(document: str) -> set[str]:
    """Return what can be linked to in a document: its headings as the forge writes them."""
    headings = re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    """To a file of the repository, and a heading in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), target
        assert not anchor or anchor in anchors(path.read_text()), target


async def test_every_automation_of_the_documents_is_one(hass: HomeAssistant) -> None:
    """Home Assistant takes it as it stands."""
    found = [
        automation
        for document in DOCUMENTS
        for block in re.findall(r"^ *```yaml\n(.*?)^ *```", document.read_text(), re.MULTILINE | re.DOTALL)
        for automation in (yaml.safe_load(block) or {}).get("automation", [])
    ]
    assert len(found) > 4
    assert await async_setup_component(hass, "automation", {"automation": found})
    await hass.async_block_till_done()
    states = hass.states.async_all("automation")
    assert {state.state for state in states} == {"on"}
    assert len(states) == len(found)
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


def test_actions_in_the_readme_take_what_the_examples_give_them() -> None:
    """Field by field; and every field is explained in the document on them."""
    fields = yaml.safe_load((ROOT / "custom_components" / "realtime_assist" / "services.yaml").read_text())
    for block in re.findall(r"```yaml\n(action: .*?)```", text("README.md"), re.DOTALL):
        call = yaml.safe_load(block)
        assert set(call["data"]) <= set(fields[call["action"].removeprefix("realtime_assist.")]["fields"])
    for name, action in fields.items():
        told = section(text("docs/metrics.md"), f"`realtime_assist.{name}`")
        assert set(action["fields"]) <= codes(told), name


def test_hacs_shows_the_picture_of_the_readme() -> None:
    """It is of the repository, and small."""
    pictures = re.findall(r"!\[[^\]]*\]\((docs/[^)]+)\)", text("README.md"))
    assert all((ROOT / picture).stat().st_size < 300_000 for picture in pictures)
    assert read(ROOT / "hacs.json")["name"] == MANIFEST["name"]


def test_every_room_is_in_the_architecture() -> None:
    """With its question; names that are in several folders are told apart by the folder."""
    told = {Path(code).name for code in codes(text("docs/architecture.md"))}
    package = ROOT / "custom_components" / "realtime_assist"
    rooms = {path.name for path in package.rglob("*.py")} - {"__init__.py", "const.py"}
    assert rooms - told == set()
