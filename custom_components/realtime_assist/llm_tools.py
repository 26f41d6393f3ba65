"""Home Assistant's LLM tools, as a session offers and runs them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components import conversation
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import llm
from homeassistant.helpers.json import json_encoder_default
import orjson
import probatio

from .realtime import FunctionTool, encoded
from .session import ToolFailed, ToolOutcome


def function_tools(llm_api: llm.APIInstance | None) -> tuple[FunctionTool, ...]:
    """Return the tools of the LLM APIs in force, in their own order: a stable prefix keeps the prompt cache warm."""
    if llm_api is None:
        return ()
    return tuple(
        FunctionTool(
            name=tool.name,
            description=tool.description or "",
            parameters=probatio.to_openapi(
                tool.parameters, custom_serializer=llm_api.custom_serializer, openapi_version="3.1.0"
            ),
        )
        for tool in llm_api.tools
    )


class LLMToolExecutor:
    """Runs the tools of a chat log's LLM API, which sees exposed entities only."""

    def __init__(self, chat_log: conversation.ChatLog) -> None:
        self._chat_log = chat_log

    async def call_tool(self, call_id: str, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        """Run one tool. Raises ToolFailed with Home Assistant's own words, which the model explains."""
        if (llm_api := self._chat_log.llm_api) is None:
            raise ToolFailed("ToolNotFound", "No tools are available", invalid=True)
        tool_input = llm.ToolInput(tool_name=name, tool_args=arguments, id=call_id, external=True)
        try:
            result = await llm_api.async_call_tool(tool_input)
        except (HomeAssistantError, probatio.Invalid) as err:
            unknown = all(tool.name != name for tool in llm_api.tools)
            invalid = unknown or isinstance(err, probatio.Invalid)
            raise ToolFailed(type(err).__name__, str(err), invalid=invalid) from err
        return ToolOutcome(data=_as_json(result.data), error=result.error)


def _as_json(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a tool has returned as JSON, as far as it is something else. Raises TypeError.

    It goes into the chat log, and no agent could go on from there with what it cannot write down.
    """
    try:
        orjson.dumps(data)
    except TypeError:
        plain: dict[str, Any] = orjson.loads(encoded(data, _value))
        return plain
    return data


def _value(value: Any) -> Any:
    """Return a value as Home Assistant writes it, or in its own words."""
    try:
        return json_encoder_default(value)
    except TypeError:
        return str(value)
