"""The agent's mode, model and voice at hand, so that automations and dashboards can switch them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_MODEL, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .account_models import AccountModels
from .const import CONF_MODE, CONF_VOICE, DOMAIN
from .coordinator import RealtimeConfigEntry
from .entity import RealtimeEntity
from .model_options import AgentOptions
from .realtime.model_choice import Mode, NoFallbackModel
from .realtime.voice_choice import NoVoice

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class RealtimeSelectDescription(SelectEntityDescription):
    """A choice of an agent; `key` is the name of the option that it writes."""

    options_fn: Callable[[AgentOptions, AccountModels], Sequence[str]]
    """What there is to choose; the present choice is added where it is something else."""
    value_fn: Callable[[AgentOptions], str]


def _modes(options: AgentOptions, models: AccountModels) -> Sequence[str]:
    """Return the modes that there are models for."""
    return [mode.value for mode in Mode if mode is not Mode.LEGACY or options.fallback_models]


def _models(options: AgentOptions, models: AccountModels) -> Sequence[str]:
    """Return the models that the account's server has today."""
    return models.offered()


def _voices(options: AgentOptions, models: AccountModels) -> Sequence[str]:
    """Return the voices of the agent's model."""
    return models.voices(options.model)


SELECTS = (
    RealtimeSelectDescription(key=CONF_MODE, options_fn=_modes, value_fn=lambda options: options.mode.value),
    RealtimeSelectDescription(key=CONF_MODEL, options_fn=_models, value_fn=lambda options: options.model),
    RealtimeSelectDescription(key=CONF_VOICE, options_fn=_voices, value_fn=lambda options: options.voice),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: RealtimeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the choices of every agent."""
    for subentry_id, agent in entry.runtime_data.agents.items():
        async_add_entities(
            [RealtimeSelectEntity(entry, agent.subentry, description) for description in SELECTS],
            config_subentry_id=subentry_id,
        )


class RealtimeSelectEntity(RealtimeEntity, SelectEntity):
    """One choice; it holds from the next conversation on."""

    entity_description: RealtimeSelectDescription
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(
        self, entry: RealtimeConfigEntry, subentry: ConfigSubentry, description: RealtimeSelectDescription
    ) -> None:
        super().__init__(entry, subentry, description.key)
        self.entity_description = description

    @property
    @override
    def options(self) -> list[str]:
        """Return what there is to choose."""
        models = AccountModels(entry=self.coordinator.entry, today=dt_util.now().date())
        offered = self.entity_description.options_fn(self.coordinator.options, models)
        return list(dict.fromkeys((*offered, self.current_option)))

    @property
    @override
    def current_option(self) -> str:
        """Return what is chosen."""
        return self.entity_description.value_fn(self.coordinator.options)

    @override
    async def async_select_option(self, option: str) -> None:
        """Store the choice; one that leaves the agent without model or voice is refused."""
        subentry = self.coordinator.subentry
        data = {**subentry.data, self.entity_description.key: option}
        try:
            AgentOptions.from_subentry(data).check()
        except NoFallbackModel as err:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_fallback_model") from err
        except NoVoice as err:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_voice",
                translation_placeholders={"model": err.model, "voice": err.wanted},
            ) from err
        self.hass.config_entries.async_update_subentry(self.coordinator.entry, subentry, data=data)
