"""The names that a transcription should be ready to hear."""

from itertools import chain

from homeassistant.components.conversation import DOMAIN as CONVERSATION
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, intent

# A longer list helps a transcription less than it distracts it.
MAX_NAMES = 50


@callback
def exposed_names(hass: HomeAssistant) -> tuple[str, ...]:
    """Return the names of entities that assistants may see, then their aliases: `MAX_NAMES` at most, in a stable order."""
    registry = er.async_get(hass)
    names: list[str] = []
    aliases: list[str] = []
    for state in sorted(hass.states.async_all(), key=lambda state: state.entity_id):
        if async_should_expose(hass, CONVERSATION, state.entity_id):
            names.append(state.name.strip())
            aliases += intent.async_get_entity_aliases(hass, registry.async_get(state.entity_id), state=state)
    return tuple(dict.fromkeys(name for name in chain(names, aliases) if name))[:MAX_NAMES]
