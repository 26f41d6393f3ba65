"""The names that a transcription should be ready to hear."""

from itertools import chain

from homeassistant.components.conversation import DOMAIN as CONVERSATION
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, intent

# A longer list helps a transcription less than it distracts it.
MAX_NAMES = 50
# Nobody says a longer one whole.
MAX_LETTERS = 100


@callback
def exposed_names(hass: HomeAssistant) -> tuple[str, ...]:
    """Return the names of entities that assistants may see, then their aliases, in a stable order and on one line each.

    There are `MAX_NAMES` of `MAX_LETTERS` at most.
    """
    registry = er.async_get(hass)
    names: list[str] = []
    aliases: list[str] = []
    for state in sorted(hass.states.async_all(), key=lambda state: state.entity_id):
        if async_should_expose(hass, CONVERSATION, state.entity_id):
            names.append(state.name)
            aliases += intent.async_get_entity_aliases(hass, registry.async_get(state.entity_id), state=state)
    on_one_line = (" ".join(name.split()) for name in chain(names, aliases))
    return tuple(dict.fromkeys(name for name in on_one_line if 0 < len(name) <= MAX_LETTERS))[:MAX_NAMES]
