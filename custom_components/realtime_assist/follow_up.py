"""Whether the satellite listens on after an answer, and how the model says that it should not."""

from itertools import count
from typing import Any
import unicodedata

from homeassistant.helpers import llm

from .llm_tools import function_tools
from .model_options import FollowUp
from .realtime import FunctionTool
from .session import ToolExecutor, ToolOutcome

_NAME = "end_conversation"
_DESCRIPTION = (
    "Close the microphone after this answer. Call it when the user says goodbye, thanks you, needs nothing more, or "
    "did not speak to you. Say your last words, if any, before you call it."
)
# What may stand behind the last word of a question: brackets, quotation marks, blanks, marks and pictures.
_TRAILING_CATEGORIES = frozenset({"Pe", "Pf", "Pi", "Zs", "Cc", "Cf", "Mn", "So", "Sk"})
_TRAILING_CHARACTERS = frozenset("\"'*_")
# It ends a question in Greek, and no answer in any other language.
_GREEK_MARK = ";"
# It stands over the word that is asked for, wherever in the sentence that is.
_ARMENIAN_MARK, _ARMENIAN_STOP = "\u055e", "\u0589"


def asks(text: str) -> bool:
    """Return whether a text ends in a question, in any script."""
    for character in reversed(text):
        if character == _GREEK_MARK or "QUESTION" in unicodedata.name(character, ""):
            return True
        if character not in _TRAILING_CHARACTERS and unicodedata.category(character) not in _TRAILING_CATEGORIES:
            break
    last_sentence = text.strip().removesuffix(_ARMENIAN_STOP).rpartition(_ARMENIAN_STOP)[2]
    return _ARMENIAN_MARK in last_sentence


def listens_on(follow_up: FollowUp, answer: str, *, spoken: bool, produced: bool, ended: bool) -> bool:
    """Return whether the microphone is opened after an answer.

    `spoken` is whether a voice says the answer, `produced` whether there is anything of it to be heard or read,
    `ended` whether the model has ended the conversation. After silence a satellite would listen to itself.
    """
    if not produced or ended:
        return False
    match follow_up:
        case FollowUp.NEVER:
            return False
        case FollowUp.ALWAYS if spoken:
            return True
        case _:
            # Who writes can always go on, and has no tool that would ever end it.
            return asks(answer)


def session_tools(llm_api: llm.APIInstance | None, follow_up: FollowUp, *, spoken: bool) -> tuple[FunctionTool, ...]:
    """Return all that a session may call in a run, in a stable order: the LLM APIs' tools, and the conversation's end."""
    end = end_tool(llm_api, follow_up, spoken=spoken)
    return function_tools(llm_api) if end is None else (*function_tools(llm_api), end)


def end_tool(llm_api: llm.APIInstance | None, follow_up: FollowUp, *, spoken: bool) -> FunctionTool | None:
    """Return the tool that ends the conversation, by a name that no other one has; None where it goes on with nobody."""
    if not spoken or follow_up is FollowUp.NEVER:
        return None
    taken = set() if llm_api is None else {tool.name for tool in llm_api.tools}
    names = (_NAME if number == 1 else f"{_NAME}_{number}" for number in count(1))
    return FunctionTool(
        name=next(name for name in names if name not in taken),
        description=_DESCRIPTION,
        parameters={"type": "object", "properties": {}},
    )


class EndConversation:
    """Takes the call that ends the conversation itself, and leaves every other one to `executor`."""

    def __init__(self, executor: ToolExecutor, tool: FunctionTool | None) -> None:
        self._executor = executor
        self.name = None if tool is None else tool.name
        """What the tool is called; None where it is not offered."""
        self.called = False

    async def call_tool(self, call_id: str, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        """Run one tool. Raises ToolFailed."""
        if name != self.name:
            return await self._executor.call_tool(call_id, name, arguments)
        self.called = True
        return ToolOutcome(data={"ended": True}, ends_turn=True)
