"""How a user puts right what an agent is set to, where there is one thing to set: what it does is said first."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.const import CONF_LLM_HASS_API
from homeassistant.helpers import llm
import probatio

from .const import CONF_ANSWER_ORDER
from .issues import NO_LLM_API, ORDER_UNREADABLE
from .model_options import AnswerOrder

# By issue: what an agent is set to afterwards.
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    NO_LLM_API: {CONF_LLM_HASS_API: [llm.LLM_API_ASSIST]},
    ORDER_UNREADABLE: {CONF_ANSWER_ORDER: AnswerOrder.AUTOMATIC.value},
}


class ChangeSettingFlow(RepairsFlow):
    """Changes one setting of an agent once the user has read what that does."""

    def __init__(self, key: str, data: Mapping[str, Any]) -> None:
        """Keep what is to be set, and of which agent."""
        super().__init__()
        self._settings = SETTINGS[key]
        self._entry_id = data["entry_id"]
        self._subentry_id = data["subentry_id"]

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Say what is set, then set it."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None or (subentry := entry.subentries.get(self._subentry_id)) is None:
            return self.async_abort(reason="agent_gone")
        if user_input is not None:
            self.hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, **self._settings})
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema({}),
            description_placeholders={"agent": subentry.title},
        )
