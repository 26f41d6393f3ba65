"""How does a user get an Assist pipeline for an agent, and satellites that use it."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryFlow,
    FlowType,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import BooleanSelector, EntitySelector, EntitySelectorConfig
import probatio

from . import agent_pipelines, pipelines
from .const import SUBENTRY_AGENT
from .form_fields import Fields
from .satellites import SatellitePipeline, async_choose, satellite_pipelines
from .texts import Texts

if TYPE_CHECKING:
    from homeassistant.components.assist_pipeline import Pipeline

STEP_PIPELINE = "pipeline"

CONF_CREATE = "create"
CONF_PREFERRED = "preferred"
CONF_SATELLITES = "satellites"


async def async_offer_pipeline(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigFlowResult:
    """Let a flow that has made an account go on with a pipeline for its first agent, whose entities are there now."""
    entry = result["result"]
    if entry.state is not ConfigEntryState.LOADED or not pipelines.available(hass):
        return result
    [agent_id] = entry.subentries
    offer = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_AGENT), context=SubentryFlowContext(source=STEP_PIPELINE, subentry_id=agent_id)
    )
    if offer["type"] is FlowResultType.FORM:
        result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, offer["flow_id"])
    return result


class PipelineSteps(ConfigSubentryFlow):
    """The step that makes an agent's pipeline, or changes who uses it."""

    async def async_step_pipeline(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Make the pipeline, make it the preferred one, and let satellites use it."""
        entry = self._get_entry()
        agent = entry.subentries[self.context["subentry_id"]]
        if not pipelines.available(self.hass):
            return self.async_abort(reason="no_pipelines")
        if not agent_pipelines.has_engines(self.hass, agent.subentry_id):
            return self.async_abort(reason="no_engines")
        pipeline = agent_pipelines.made_for(self.hass, entry, agent.subentry_id)
        if user_input is None:
            return await self._async_show_pipeline(agent, pipeline)
        if pipeline is None:
            if not user_input[CONF_CREATE]:
                return self.async_abort(reason="pipeline_not_wanted")
            pipeline = await agent_pipelines.async_make(self.hass, entry, agent)
        if pipeline is None:
            return self.async_abort(reason="pipeline_failed")
        if user_input[CONF_PREFERRED]:
            agent_pipelines.prefer(self.hass, entry, agent.subentry_id)
        else:
            agent_pipelines.prefer_former(self.hass, entry, agent.subentry_id)
        left = await self._async_let_use(pipeline.name, user_input.get(CONF_SATELLITES, ()))
        return self.async_abort(
            reason="satellites_left" if left else "pipeline_ready",
            description_placeholders={"pipeline": pipeline.name, "satellites": ", ".join(left)},
        )

    async def _async_show_pipeline(self, agent: ConfigSubentry, pipeline: Pipeline | None) -> SubentryFlowResult:
        """Show the form, with the satellites that could use the pipeline."""
        choices = satellite_pipelines(self.hass)
        text = "satellites" if choices else "no_satellites"
        return self.async_show_form(
            step_id=STEP_PIPELINE,
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(dict(_fields(choices, is_new=pipeline is None))), self._suggested(choices, pipeline)
            ),
            description_placeholders={
                "agent": agent.title,
                "satellites": (await Texts.async_load(self.hass)).text(text),
            },
        )

    def _suggested(self, choices: list[SatellitePipeline], pipeline: Pipeline | None) -> Mapping[str, Any]:
        """Return what stands in the form: what is so now, or for a new pipeline what a newcomer wants."""
        if pipeline is None:
            return {CONF_CREATE: True, CONF_PREFERRED: True}
        return {
            CONF_PREFERRED: pipelines.preferred(self.hass) == pipeline.id,
            CONF_SATELLITES: [each.satellite for each in choices if each.pipeline == pipeline.name],
        }

    async def _async_let_use(self, name: str, satellites: Collection[str]) -> list[str]:
        """Let these satellites use the pipeline, and no others; return those that did not change."""
        left = []
        for choice in satellite_pipelines(self.hass):
            wanted = choice.satellite in satellites
            if wanted == (choice.pipeline == name):
                continue
            if not await async_choose(self.hass, choice, name if wanted else None):
                left.append(choice.satellite)
        return left


def _fields(choices: list[SatellitePipeline], *, is_new: bool) -> Fields:
    """Return what is asked about a pipeline."""
    create: Fields = {probatio.Required(CONF_CREATE): BooleanSelector()}
    satellites: Fields = {
        probatio.Optional(CONF_SATELLITES): EntitySelector(
            EntitySelectorConfig(include_entities=[each.satellite for each in choices], multiple=True)
        )
    }
    return {
        **(create if is_new else {}),
        probatio.Required(CONF_PREFERRED): BooleanSelector(),
        **(satellites if choices else {}),
    }
