"""Which actions there are, and what each of them takes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_extract_entity_ids, async_register_admin_service
from homeassistant.util import dt as dt_util
import probatio

from .agents import chosen_agent, chosen_agents, entity_id_of, name_of
from .const import DOMAIN
from .coordinator import AgentCoordinator
from .export_files import async_export, default_filename
from .insight import Days, ExportFormat, InvalidPeriod, Period, days_of
from .metrics_report import Chapter, Report, book_of
from .realtime.catalog import MODELS, Model, model
from .say_action import Announcement
from .store import local_date
from .texts import Texts

GET_METRICS = "get_metrics"
EXPORT_METRICS = "export_metrics"
SAY = "say"
RESET_COUNTERS = "reset_counters"

CONF_AGENT = "agent"
CONF_PERIOD = "period"
CONF_START = "start"
CONF_END = "end"
CONF_COMPARE_WITH = "compare_with"
CONF_FORMAT = "format"
CONF_FILENAME = "filename"
CONF_INSTRUCTION = "instruction"
CONF_PREANNOUNCE = "preannounce"
CONF_LANGUAGE = "language"
CONF_CONFIRM = "confirm"

# What many come from, and so compare with.
PREVIEWS = ("gpt-4o-realtime-preview", "gpt-4o-mini-realtime-preview")

_TURNS = {
    probatio.Optional(CONF_AGENT, default=list): cv.entity_ids,
    probatio.Optional(CONF_START): cv.date,
    probatio.Optional(CONF_END): cv.date,
}
_METRICS = probatio.Schema(
    {
        **_TURNS,
        probatio.Optional(CONF_PERIOD, default=Period.TODAY): probatio.Coerce(Period),
        probatio.Optional(CONF_COMPARE_WITH, default=[*MODELS, *PREVIEWS]): probatio.All(cv.ensure_list, [cv.string]),
    }
)
_EXPORT = probatio.Schema(
    {
        **_TURNS,
        probatio.Optional(CONF_PERIOD, default=Period.MONTH): probatio.Coerce(Period),
        probatio.Optional(CONF_FORMAT, default=ExportFormat.CSV): probatio.Coerce(ExportFormat),
        probatio.Optional(CONF_FILENAME): probatio.All(cv.string, probatio.Length(min=1, max=200)),
    }
)
_SAY = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Required(CONF_INSTRUCTION): probatio.All(cv.string, str.strip, probatio.Length(min=1)),
        probatio.Optional(CONF_AGENT): cv.entity_id,
        probatio.Optional(CONF_PREANNOUNCE, default=True): cv.boolean,
        probatio.Optional(CONF_LANGUAGE): cv.string,
    }
)
_RESET = probatio.Schema({probatio.Required(CONF_AGENT): cv.entity_id, probatio.Required(CONF_CONFIRM): cv.string})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions; they are there for automations also while no account is loaded."""
    hass.services.async_register(
        DOMAIN, GET_METRICS, _async_get_metrics, _METRICS, supports_response=SupportsResponse.ONLY
    )
    hass.services.async_register(DOMAIN, SAY, _async_say, _SAY, supports_response=SupportsResponse.OPTIONAL)
    # A file is written and figures are lost: that is the house's owner's to decide.
    async_register_admin_service(hass, DOMAIN, EXPORT_METRICS, _async_export_metrics, _EXPORT, SupportsResponse.ONLY)
    async_register_admin_service(hass, DOMAIN, RESET_COUNTERS, _async_reset_counters, _RESET, SupportsResponse.OPTIONAL)


async def _async_get_metrics(call: ServiceCall) -> ServiceResponse:
    """Return what turns came to."""
    hass = call.hass
    agents = chosen_agents(hass, call.data[CONF_AGENT])
    report = Report(
        chapters=[_chapter(hass, agent) for agent in agents],
        days=_days(call),
        today=dt_util.now().date(),
        models=_models(agents, call.data[CONF_COMPARE_WITH]),
        others=call.data[CONF_COMPARE_WITH],
        texts=await Texts.async_load(hass),
    )
    return await hass.async_add_executor_job(report.to_response)


async def _async_export_metrics(call: ServiceCall) -> ServiceResponse:
    """Write turns into a file, and return where it is and how many rows it has."""
    hass, days, export_format = call.hass, _days(call), call.data[CONF_FORMAT]
    records = [
        record
        for agent in chosen_agents(hass, call.data[CONF_AGENT])
        for record in book_of(agent.turn_log.ledger).within(days, local_date).records
    ]
    filename = _with_suffix(call.data.get(CONF_FILENAME) or default_filename(days, export_format), export_format)
    path = await async_export(hass, records, filename, export_format)
    return {"path": str(path), "rows": len(records)}


async def _async_say(call: ServiceCall) -> ServiceResponse:
    """Have the model follow an instruction, and its answer played."""
    announcement = Announcement(
        agent=chosen_agent(call.hass, call.data.get(CONF_AGENT)),
        instruction=call.data[CONF_INSTRUCTION],
        targets=sorted(await async_extract_entity_ids(call)),
        preannounce=call.data[CONF_PREANNOUNCE],
        language=call.data.get(CONF_LANGUAGE) or call.hass.config.language,
    )
    text = await announcement.async_say(call.hass, call.context)
    return {"text": text} if call.return_response else None


async def _async_reset_counters(call: ServiceCall) -> ServiceResponse:
    """Set an agent's figures to zero."""
    agent = chosen_agent(call.hass, call.data[CONF_AGENT])
    name = name_of(call.hass, agent)
    if call.data[CONF_CONFIRM] != name:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="not_confirmed", translation_placeholders={"agent": name}
        )
    whole = agent.turn_log.ledger.whole
    agent.turn_log.reset()
    return {"turns": whole.turns} if call.return_response else None


def _days(call: ServiceCall) -> Days:
    """Return the days that a call means. Raises ServiceValidationError."""
    start, end = call.data.get(CONF_START), call.data.get(CONF_END)
    try:
        return days_of(call.data[CONF_PERIOD], dt_util.now().date(), start=start, end=end)
    except InvalidPeriod as err:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="invalid_period") from err


def _chapter(hass: HomeAssistant, agent: AgentCoordinator) -> Chapter:
    """Return an agent as it stands in a report; its figures are those of this moment."""
    return Chapter(
        entity_id=entity_id_of(hass, agent.subentry.subentry_id, Platform.CONVERSATION),
        name=name_of(hass, agent),
        ledger=replace(agent.turn_log.ledger),
    )


def _models(agents: list[AgentCoordinator], others: list[str]) -> Mapping[str, Model]:
    """Return models with what their tokens cost the account: the others, and all that have ever answered."""
    models: dict[str, Model] = {}
    for agent in agents:
        answered = {key.model for key in agent.turn_log.ledger.days if key.model is not None}
        for model_id in answered.union(others) - models.keys():
            models[model_id] = replace(model(model_id), prices=agent.prices(model_id))
    return models


def _with_suffix(filename: str, export_format: ExportFormat) -> str:
    """Return a filename that says what is in it."""
    suffix = f".{export_format}"
    return filename if Path(filename).suffix.lower() == suffix else f"{filename}{suffix}"
