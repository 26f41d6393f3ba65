"""What hassfest, HACS and the user's installer will want of the files beside the code."""

import ast
from collections.abc import Iterator
from importlib.metadata import requires
import json
from pathlib import Path
import re
import shlex
import struct
import subprocess
import sys
import tomllib
from typing import Any, get_args
import zipfile

import homeassistant
from homeassistant.const import Platform
from homeassistant.loader import Manifest
from packaging.requirements import Requirement
import pytest
import yaml

from custom_components.realtime_assist.const import DOMAIN

from .test_errors import ERRORS

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / DOMAIN
HOME_ASSISTANT = Path(homeassistant.__file__).parent

# Of the HACS documentation.
HACS_KEYS = {
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "name",
    "persistent_directory",
    "render_readme",
    "zip_release",
}
IOT_CLASSES = {"assumed_state", "calculated", "cloud_polling", "cloud_push", "local_polling", "local_push"}
# What hassfest lets everybody import: these are there whenever they are called.
ALWAYS_THERE = {*Platform, "diagnostics", "homeassistant", "repairs"}


def read(path: Path) -> Any:
    """Return what a JSON file holds."""
    return json.loads(path.read_text())


MANIFEST = read(INTEGRATION / "manifest.json")
TRANSLATIONS = read(INTEGRATION / "translations" / "en.json")


def imported_modules() -> Iterator[str]:
    """Yield the full name of everything that the integration imports from elsewhere."""
    for path in INTEGRATION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each text of a translation file with the way to it."""
    if isinstance(tree, dict):
        for key, branch in tree.items():
            yield from leaves(branch, (*path, key))
    else:
        yield path, tree


def test_the_manifest_is_in_order() -> None:
    """Domain and name come first, the rest from a to z; every key is one that Home Assistant knows."""
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert set(keys) <= set(Manifest.__annotations__)


def test_the_manifest_says_who_and_where() -> None:
    """HACS and hassfest refuse a manifest without these."""
    assert MANIFEST["domain"] == DOMAIN
    assert MANIFEST["config_flow"] is True
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])
    assert MANIFEST["codeowners"]
    assert MANIFEST["documentation"].startswith("https://")
    assert MANIFEST["issue_tracker"].startswith("https://")
    assert MANIFEST["iot_class"] in IOT_CLASSES
    assert MANIFEST["integration_type"] in get_args(Manifest.__annotations__["integration_type"])


def test_there_is_one_version() -> None:
    """The manifest's, the project's, and the newest one that the changelog tells of."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    told = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert MANIFEST["version"] == project["version"] == told[0]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in told)


def test_every_package_is_asked_for() -> None:
    """What is imported is of Python, of Home Assistant, or in the manifest."""
    asked = {Requirement(requirement).name for requirement in MANIFEST["requirements"]}
    brought = {Requirement(requirement).name for requirement in requires("homeassistant") or ()}
    imported = {name.partition(".")[0] for name in imported_modules()}
    assert asked <= imported
    assert imported - {"homeassistant"} - set(sys.stdlib_module_names) <= asked | brought


def test_every_package_fits_home_assistants_own_pins() -> None:
    """A requirement outside the constraints cannot be installed."""
    constraints = (HOME_ASSISTANT / "package_constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in constraints if line and not line.startswith(("#", "-"))]
    pinned = {pin.name: next(iter(pin.specifier)).version for pin in pins if pin.specifier}
    for requirement in map(Requirement, MANIFEST["requirements"]):
        assert requirement.specifier.contains(pinned[requirement.name]), requirement


def test_every_integration_that_is_used_is_depended_on() -> None:
    """Home Assistant sets up what a manifest names, in that order."""
    used = {name.split(".")[2] for name in imported_modules() if name.startswith("homeassistant.components.")}
    named = {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}
    assert used - ALWAYS_THERE <= named
    assert all((HOME_ASSISTANT / "components" / name).is_dir() for name in named)


def test_hacs_knows_every_key_and_the_oldest_home_assistant() -> None:
    """The oldest Home Assistant is the oldest one that is tested."""
    hacs = read(ROOT / "hacs.json")
    assert set(hacs) <= HACS_KEYS
    assert hacs["name"] == MANIFEST["name"]
    tested = sorted(path.stem.removeprefix("ha-") for path in (ROOT / "requirements").glob("ha-*.in"))
    assert hacs["homeassistant"] == f"{tested[0]}.0"


def test_a_release_is_packed_as_hacs_wants_it() -> None:
    """The integration's files at the top of the archive that hacs.json names, and nothing else of the repository."""
    package = ROOT / "scripts" / "package"
    subprocess.run([package, f"v{MANIFEST['version']}"], check=True, capture_output=True)
    hacs = read(ROOT / "hacs.json")
    with zipfile.ZipFile(ROOT / "build" / hacs["filename"]) as archive:
        names = set(archive.namelist())
    assert hacs["zip_release"]
    assert {"manifest.json", "__init__.py", "translations/en.json", "brand/icon.png", "realtime/protocol.py"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith("custom_components")]
    assert (ROOT / "build" / "release-notes.md").read_text().strip()


def test_a_release_with_the_wrong_tag_is_refused() -> None:
    """Before anything is packed, and with what is wrong."""
    run = subprocess.run([ROOT / "scripts" / "package", "v0.0.0"], check=False, capture_output=True, text=True)
    assert run.returncode == 2
    assert "the tag is v0.0.0, but the manifest has" in run.stderr


def workflow(name: str) -> tuple[dict[str, Any], list[str]]:
    """Return a workflow's triggers, and all that its jobs run and use."""
    described = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())
    steps = [step for job in described["jobs"].values() for step in job["steps"]]
    # YAML takes the key `on` for true.
    return described[True], [step.get("run") or step["uses"] for step in steps]


def test_a_tag_makes_a_release_of_the_packed_integration() -> None:
    """Under the name that hacs.json has for it."""
    triggers, steps = workflow("release")
    assert triggers == {"push": {"tags": ["v*"]}}
    assert any(step.startswith("scripts/package") for step in steps)
    assert any(f"build/{read(ROOT / 'hacs.json')['filename']}" in step for step in steps)


def test_hassfest_and_hacs_are_asked_on_every_change_and_every_week() -> None:
    """Their rules change without us."""
    triggers, steps = workflow("validate")
    assert {"push", "pull_request", "schedule"} <= set(triggers)
    assert {step.partition("@")[0] for step in steps} >= {"home-assistant/actions/hassfest", "hacs/action"}


def test_what_must_be_good_here_must_be_good_there() -> None:
    """Each step of the checks is one of the workflow's, and there is a script for it."""
    [line] = re.findall(r"^for step in (.+); do$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    run = [step for step in workflow("tests")[1] if step.startswith("scripts/")]
    for step in shlex.split(line):
        assert (ROOT / "scripts" / step.split()[0]).is_file(), step
        assert any(each.startswith(f"scripts/{step}") for each in run), step


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda p: p.stem)
def test_an_issue_is_asked_for_in_a_form(path: Path) -> None:
    """Each field has an id of its own and a label."""
    form = yaml.safe_load(path.read_text())
    assert form["name"]
    assert form["description"]
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields) > 0
    assert all(field["attributes"]["label"] for field in fields)


@pytest.mark.parametrize(("name", "size"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_the_icon_has_the_size_that_the_frontend_wants(name: str, size: int) -> None:
    """A square PNG with an alpha channel."""
    header = (INTEGRATION / "brand" / name).read_bytes()[:29]
    assert header.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, _depth, colour = struct.unpack(">IIBB", header[16:26])
    assert (width, height, colour) == (size, size, 6)


def test_the_licence_is_the_projects() -> None:
    """The file holds what pyproject.toml names."""
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text()


def test_every_rule_of_the_quality_scale_is_answered() -> None:
    """With done, or exempt and the reason; the rules are those that the integrations of this Home Assistant answer."""
    ours = yaml.safe_load((INTEGRATION / "quality_scale.yaml").read_text())["rules"]
    platinum = yaml.safe_load((HOME_ASSISTANT / "components" / "anthropic" / "quality_scale.yaml").read_text())
    assert set(ours) == set(platinum["rules"])
    for rule, answer in ours.items():
        status = answer if isinstance(answer, str) else answer["status"]
        assert status in {"done", "exempt"}, rule
        assert status != "exempt" or answer["comment"].strip(), rule


def test_every_icon_is_an_icon() -> None:
    """Material Design Icons by name, for entities of our platforms."""
    icons = read(INTEGRATION / "icons.json")
    assert set(icons["entity"]) <= set(Platform)
    assert all(re.fullmatch(r"mdi:[a-z0-9-]+", icon) for _, icon in leaves(icons))


def test_translations_hold_plain_text() -> None:
    """No addresses, no HTML, no references to other keys, no blanks at the ends: hassfest refuses them."""
    for path, text in leaves(TRANSLATIONS):
        assert text == text.strip() != "", path
        assert not re.search(r"https?://|<[a-z/]|\[%key:", text), path
        assert all(re.fullmatch(r"[a-z0-9_-]+", key) for key in path), path


def test_translations_are_in_order() -> None:
    """Keys from a to z, so that two translations can be laid side by side."""
    assert json.dumps(TRANSLATIONS) == json.dumps(TRANSLATIONS, sort_keys=True)


def test_every_field_of_a_form_is_described() -> None:
    """In a sentence below it, in every step and every section of one."""
    names = {path[:-2] + path[-1:] for path, _ in leaves(TRANSLATIONS) if path[-2] == "data"}
    described = {path[:-2] + path[-1:] for path, _ in leaves(TRANSLATIONS) if path[-2] == "data_description"}
    assert names == described


def test_every_failure_has_its_texts() -> None:
    """One for the ear and one for the form, for every reason of a session error."""
    reasons = {error.reason for error in ERRORS}
    assert {*reasons, "tool_failed", "unexpected"} <= set(TRANSLATIONS["exceptions"])
    assert reasons <= set(TRANSLATIONS["config"]["error"])


def test_the_lower_floors_import_nothing_of_the_home_assistant_floor() -> None:
    """Files of the package's root are that floor."""
    for folder in ("realtime", "session"):
        for path in (INTEGRATION / folder).rglob("*.py"):
            depth = len(path.relative_to(INTEGRATION).parts)
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.level == depth:
                    rooms = [node.module.partition(".")[0]] if node.module else [alias.name for alias in node.names]
                    assert all((INTEGRATION / room).is_dir() for room in rooms), path


def test_the_readme_is_there() -> None:
    """HACS shows it."""
    assert (ROOT / "README.md").read_text().startswith("# ")
