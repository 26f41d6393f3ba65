"""How is the bench's satellite added? Without a question."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult

DOMAIN = "bench_satellite"


class BenchSatelliteFlow(ConfigFlow, domain=DOMAIN):
    """A flow that has nothing to ask."""

    async def async_step_user(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Make the entry."""
        return self.async_create_entry(title="Bench satellite", data={})
