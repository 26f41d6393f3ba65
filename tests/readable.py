"""Whether a user can read what a flow shows: every field, error and end has its text in the translations."""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from homeassistant.data_entry_flow import FlowResultType, section

from custom_components.realtime_assist.const import DOMAIN, SUBENTRY_AGENT

_TRANSLATIONS = json.loads(
    (Path(__file__).parent.parent / "custom_components" / DOMAIN / "translations" / "en.json").read_text()
)
ACCOUNT: Mapping[str, Any] = _TRANSLATIONS["config"]
ISSUES: Mapping[str, Any] = _TRANSLATIONS["issues"]
OPTIONS: Mapping[str, Any] = _TRANSLATIONS["options"]
AGENT: Mapping[str, Any] = _TRANSLATIONS["config_subentries"][SUBENTRY_AGENT]


def readable[Result: Mapping[str, Any]](result: Result, texts: Mapping[str, Any]) -> Result:
    """Return what a flow shows, or fail on what has no text; `texts` is the flow's part of the translations."""
    match result["type"]:
        case FlowResultType.FORM:
            _assert_form(result, texts)
        case FlowResultType.MENU:
            step = texts["step"][result["step_id"]]
            assert set(step["menu_options"]) == set(step["menu_option_descriptions"]) == set(result["menu_options"])
        case FlowResultType.ABORT:
            # Home Assistant has texts for the ends that it makes itself.
            assert result.get("translation_domain") == "homeassistant" or result["reason"] in texts["abort"]
    return result


def _assert_form(form: Mapping[str, Any], texts: Mapping[str, Any]) -> None:
    """Fail on a field without a name and a description, on an unknown error, on a placeholder that nobody fills."""
    step = texts["step"][form["step_id"]]
    schema = form["data_schema"].schema
    sections = {str(field): part for field, part in schema.items() if isinstance(part, section)}
    _assert_fields({field: part for field, part in schema.items() if str(field) not in sections}, step)
    for name, part in sections.items():
        _assert_fields(part.schema.schema, step["sections"][name])
    errors = [texts["error"][error] for error in (form["errors"] or {}).values()]
    assert set(form["errors"] or {}) <= {str(field) for field in schema} | {"base"}
    placeholders = form["description_placeholders"] or {}
    shown = [step, *(step["sections"][name] for name in sections)]
    descriptions = [text for part in shown for text in part.get("data_description", {}).values()]
    for text in (step["title"], *(part.get("description", "") for part in shown), *descriptions, *errors):
        text.format(**placeholders)


def _assert_fields(fields: Mapping[Any, Any], texts: Mapping[str, Any]) -> None:
    """Fail on a field without a name or a description, and on a choice, a column or a unit without a name."""
    names = {str(field) for field in fields}
    assert names <= set(texts.get("data", {}))
    assert names <= set(texts.get("data_description", {}))
    configs = [selector.config for selector in fields.values() if "translation_key" in getattr(selector, "config", ())]
    for config in configs:
        named = _TRANSLATIONS["selector"][config["translation_key"]]
        assert set(config.get("options", ())) <= set(named.get("options", ()))
        assert set(config.get("fields", ())) <= set(named.get("fields", ()))
        assert {config.get("unit_of_measurement")} - {None} <= set(named.get("unit_of_measurement", ()))
