"""Going through the forms of an agent as a user does."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.assist_pipeline import async_get_pipelines
from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
import probatio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_MODE, SUBENTRY_AGENT

from .readable import AGENT, readable


async def open_form(hass: HomeAssistant, account: MockConfigEntry) -> SubentryFlowResult:
    """Ask for a new agent."""
    result = await hass.config_entries.subentries.async_init(
        (account.entry_id, SUBENTRY_AGENT), context={"source": SOURCE_USER}
    )
    return readable(result, AGENT)


async def submit(hass: HomeAssistant, form: SubentryFlowResult, values: dict[str, Any]) -> SubentryFlowResult:
    """Fill in a form."""
    result = await hass.config_entries.subentries.async_configure(form["flow_id"], values)
    await hass.async_block_till_done()
    return readable(result, AGENT)


async def details_for(
    hass: HomeAssistant, form: SubentryFlowResult, model: str, *, mode: str = "auto"
) -> SubentryFlowResult:
    """Choose a model in the first form, and return the second."""
    name = {CONF_NAME: "Butler"} if form["step_id"] == "user" else {}
    form = await submit(hass, form, {CONF_MODE: mode, "model": model, **name})
    assert form["step_id"] == "details", form["errors"]
    return form


async def open_pipeline_form(hass: HomeAssistant, account: MockConfigEntry, agent_id: str) -> SubentryFlowResult:
    """Choose the pipeline where the agent is reconfigured."""
    menu = readable(await account.start_subentry_reconfigure_flow(hass, agent_id), AGENT)
    assert menu["menu_options"] == ["settings", "pipeline"]
    return await submit(hass, menu, {"next_step_id": "pipeline"})


async def make_pipeline(hass: HomeAssistant, account: MockConfigEntry, agent_id: str, **values: Any) -> str:
    """Make the agent's pipeline as it is offered, but for `values`, and return its id."""
    before = {pipeline.id for pipeline in async_get_pipelines(hass)}
    form = await open_pipeline_form(hass, account, agent_id)
    result = await submit(hass, form, {**suggested(form), **values})
    assert result["reason"] == "pipeline_ready"
    [made] = {pipeline.id for pipeline in async_get_pipelines(hass)} - before
    return made


def suggested(form: SubentryFlowResult) -> dict[str, Any]:
    """Return what stands in the fields of a form, by section where it has any."""
    return _suggested(form["data_schema"])


def with_changes(values: Mapping[str, Mapping[str, Any]], **changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands in the second form with other values in it, by section; None empties a field."""
    changed = {name: {**fields, **changes.get(name, {})} for name, fields in values.items()}
    return {
        name: {field: value for field, value in fields.items() if value is not None} for name, fields in changed.items()
    }


def field(form: SubentryFlowResult, name: str) -> Any:
    """Return a field of a form, wherever it stands; None where it is not shown."""
    parts = form["data_schema"].schema
    schemas = [part.schema.schema if isinstance(part, section) else {key: part} for key, part in parts.items()]
    return next((schema[name] for schema in schemas if name in schema), None)


def choices(form: SubentryFlowResult, name: str) -> dict[str, str]:
    """Return what a field offers, each value with its label."""
    options = field(form, name).config["options"]
    return {option["value"]: option["label"] for option in options}


def agent_named(account: MockConfigEntry, name: str) -> Any:
    """Return the agent's subentry."""
    return next(subentry for subentry in account.subentries.values() if subentry.title == name)


def _suggested(schema: probatio.Schema) -> dict[str, Any]:
    values = {}
    for name, part in schema.schema.items():
        if isinstance(part, section):
            values[str(name)] = _suggested(part.schema)
        elif name.description and "suggested_value" in name.description:
            values[str(name)] = name.description["suggested_value"]
    return values
