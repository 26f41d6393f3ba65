"""How what an earlier version has stored becomes what this one reads."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import CONF_MODE, CONF_PRIVATE_HOST, SUBENTRY_AGENT
from .model_options import AgentOptions, endpoint_from_entry, recommended_options

VERSION = 1
MINOR_VERSION = 3
"""Since 1.2 an agent has a mode and fallbacks, since 1.3 a host that not everybody can reach is confirmed."""


@callback
def migrate(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Bring an entry of the same major version up to date.

    An agent from before there were fallbacks gets the recommended ones; nothing that the user has set is changed. A host
    from before anybody was asked is taken for confirmed. An entry of a later minor version is left as it is.
    """
    if entry.minor_version >= MINOR_VERSION:
        return
    for subentry in entry.subentries.values():
        if subentry.subentry_type != SUBENTRY_AGENT or CONF_MODE in subentry.data:
            continue
        recommended = recommended_options(AgentOptions.from_subentry(subentry.data).model)
        hass.config_entries.async_update_subentry(entry, subentry, data={**recommended, **subentry.data})
    data = {CONF_PRIVATE_HOST: endpoint_from_entry(entry.data).host, **entry.data}
    hass.config_entries.async_update_entry(entry, data=data, minor_version=MINOR_VERSION)
