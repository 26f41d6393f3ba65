"""The next response to a situation: calls, an answer made from their outputs, or an apology."""

from collections.abc import Sequence
from typing import Final

from .answers import live_context_arguments
from .confirmations import confirmation
from .conversation import Conversation, read_conversation, verbatim
from .engine import Decision, FunctionCall, Situation
from .home import Home, read_home
from .meaning import ANSWERED_BY, LIVE_CONTEXT, NEVERMIND, Meaning
from .small_talk import small_talk
from .tool_answers import tells, told
from .toolbox import Toolbox
from .understanding import Meanings, Understanding

GREETING: Final = "Hello! What can I do for you?"
NOT_HEARD: Final = "Sorry, I did not catch that."
NOT_UNDERSTOOD: Final = "Sorry, I did not understand that."
NOT_OFFERED: Final = "Sorry, I cannot do that."
NOT_SEEN: Final = "I can tell that you sent me a picture, but without the internet I cannot see what it shows."

_REMEMBERED: Final = 8
"""Earlier sentences that "it" may refer to."""


def decide(situation: Situation, understanding: Understanding) -> Decision:
    """Return the next response; its text or its calls are never both empty."""
    exactly = verbatim(situation.instructions, situation.items)
    if exactly:
        return Decision(text=exactly)
    home, toolbox = read_home(situation.instructions), Toolbox(tools=situation.tools)
    conversation = read_conversation(situation.items)
    if conversation.runs:
        return Decision(text=_outcome(conversation, home, toolbox, understanding))
    if not conversation.is_asked:
        return Decision(text=GREETING)
    if not conversation.said and not conversation.has_image:
        return Decision(text=NOT_HEARD)
    previous = remembered(conversation.earlier, home, toolbox, understanding)
    meanings = understanding.meanings(conversation.said, home, toolbox, previous)
    return _response(conversation, meanings, home, toolbox)


def remembered(earlier: Sequence[str], home: Home, toolbox: Toolbox, understanding: Understanding) -> Meanings:
    """Return what the last understood sentence meant, each read in the light of the one before."""
    meanings: Meanings = ()
    for said in earlier[-_REMEMBERED:]:
        meanings = understanding.meanings(said, home, toolbox, meanings) or meanings
    return meanings


def call_for(meaning: Meaning, home: Home, toolbox: Toolbox) -> FunctionCall | None:
    """Return the call that does or finds out what is meant, or None if no tool offered can."""
    if meaning.tool == LIVE_CONTEXT:
        return toolbox.call(LIVE_CONTEXT, live_context_arguments(meaning, home))
    arguments = dict(meaning.slots)
    entity = home.entity(arguments.get("name", ""))
    if entity:
        # Home Assistant's own prompt asks for name and domain together.
        arguments.setdefault("domain", entity.domain)
    if "name" not in arguments and meaning.tool.startswith("HassList"):
        arguments["name"] = next((each.name for each in home.entities if each.domain == "todo"), None)
    return toolbox.call(meaning.tool, arguments)


def _response(conversation: Conversation, meanings: Meanings, home: Home, toolbox: Toolbox) -> Decision:
    wanted = [meaning for meaning in meanings if meaning.intent != NEVERMIND]
    if not wanted:
        if meanings:
            return Decision(text="Okay.")
        if conversation.has_image:
            return Decision(text=NOT_SEEN)
        return Decision(text=small_talk(conversation.said) or NOT_UNDERSTOOD)
    calls = [call_for(meaning, home, toolbox) for meaning in wanted]
    # Half of what was asked for is worse than a refusal.
    if any(call is None for call in calls):
        return Decision(text=NOT_OFFERED)
    return Decision(calls=tuple(call for at, call in enumerate(calls) if call and call not in calls[:at]))


def _outcome(conversation: Conversation, home: Home, toolbox: Toolbox, understanding: Understanding) -> str:
    previous = remembered(conversation.earlier, home, toolbox, understanding)
    meanings = understanding.meanings(conversation.said, home, toolbox, previous) if conversation.said else ()
    questions = [meaning for meaning in meanings if meaning.intent in ANSWERED_BY]
    answers: list[str] = []
    for run in filter(tells, conversation.runs):
        fitting = next((question for question in questions if question.tool == run.tool), None)
        if fitting:
            questions.remove(fitting)
        answers.append(told(run, fitting))
    deeds = [run for run in conversation.runs if not tells(run)]
    return " ".join((*((confirmation(deeds, home),) if deeds else ()), *dict.fromkeys(answers)))
