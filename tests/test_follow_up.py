"""When the satellite listens on: what counts as a question, and what the model and the user want."""

from typing import Any

from homeassistant.const import CONF_LLM_HASS_API
from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.realtime_assist.const import CONF_FOLLOW_UP
from custom_components.realtime_assist.follow_up import asks, listens_on
from custom_components.realtime_assist.model_options import FollowUp
from local_server.wire import RealtimeServer, scenario_from_dict

from .house import RECOMMENDED, Agent, change_agent
from .script import chat_log, responses, script
from .test_conversation import say
from .test_llm_tools import Kitchen
from .voice import speak


@pytest.mark.parametrize(
    "text",
    [
        "Which one?",
        'Did you say "the big one?"',
        "Soll ich es einschalten? 🙂",
        "¿Cuál de las dos?",
        "Ποιο από τα δύο;",
        "أي واحد؟",
        "どれですか\uff1f",
        "የትኛው፧",
        "Ո\u055eրը միացնեմ\u0589",
        "Really?!?",
        "Which one❓",
        "Shall I? ",
    ],
)
def test_a_question_is_one_in_every_script(text: str) -> None:
    """The last mark decides, whatever quotes, blanks and pictures come after it."""
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Done.",
        "You asked: why? It is on.",
        "It is on",
        "Լույսը վառված է\u0589",
        "Ո\u055eրը\u0589 Դուռը\u0589",
        "Why?) Because 1",
    ],
)
def test_whatever_else_is_said_is_no_question(text: str) -> None:
    """A question earlier in the answer has been followed by something."""
    assert not asks(text)


@pytest.mark.parametrize(
    ("follow_up", "answer", "expected"),
    [
        (FollowUp.AUTOMATIC, "Which one?", True),
        (FollowUp.AUTOMATIC, "Done.", False),
        (FollowUp.ALWAYS, "Done.", True),
        (FollowUp.NEVER, "Which one?", False),
    ],
)
def test_the_option_decides_about_a_spoken_answer(follow_up: FollowUp, answer: str, expected: bool) -> None:
    """Unless the model has ended the conversation, or nothing came out of the loudspeaker."""
    assert listens_on(follow_up, answer, spoken=True, produced=True, ended=False) is expected
    assert not listens_on(follow_up, answer, spoken=True, produced=False, ended=False)
    assert not listens_on(follow_up, answer, spoken=True, produced=True, ended=True)


def test_who_writes_is_only_asked_back() -> None:
    """A written conversation has no microphone that would have to be closed."""
    assert not listens_on(FollowUp.ALWAYS, "Done.", spoken=False, produced=True, ended=False)
    assert listens_on(FollowUp.ALWAYS, "Which one?", spoken=False, produced=True, ended=False)


END = {"name": "end_conversation", "arguments": {}}


def set_to(follow_up: FollowUp) -> dict[str, Any]:
    """Return what an agent is set to that listens on as an option says."""
    return {**RECOMMENDED, CONF_FOLLOW_UP: follow_up.value}


def tools_told(server: RealtimeServer) -> list[str]:
    """Return the names of the tools that the session has."""
    return [tool["name"] for tool in server.connections[-1].session.config["tools"]]


@pytest.mark.parametrize(
    ("agent_data", "offered"),
    [
        (set_to(FollowUp.AUTOMATIC), True),
        (set_to(FollowUp.ALWAYS), True),
        (set_to(FollowUp.NEVER), False),
        ({**set_to(FollowUp.ALWAYS), CONF_LLM_HASS_API: []}, True),
    ],
    ids=["automatic", "always", "never", "without any API"],
)
@script(turns=["Hello."], responses=["Hello there.", "Written."])
async def test_who_speaks_can_be_left_alone(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, offered: bool
) -> None:
    """The tool is there in runs that are spoken, last of all, and where the microphone may be opened again."""
    run = await speak(hass, agent.pipeline_id)

    assert ("end_conversation" in tools_told(realtime_server)) is offered
    if offered:
        assert tools_told(realtime_server)[-1] == "end_conversation"

    await say(hass, "And in writing?", agent.conversation, conversation_id=run.conversation_id)
    assert "end_conversation" not in tools_told(realtime_server)
    assert not realtime_server.invalid


@pytest.mark.parametrize(
    ("scenario", "agent_data", "continues"),
    [
        pytest.param(
            scenario_from_dict({"turns": ["Hello."], "responses": [answer]}), set_to(follow_up), continues, id=name
        )
        for name, answer, follow_up, continues in (
            ("a question", "Which one?", FollowUp.AUTOMATIC, True),
            ("a statement", "Done.", FollowUp.AUTOMATIC, False),
            ("always", "Done.", FollowUp.ALWAYS, True),
            ("never", "Which one?", FollowUp.NEVER, False),
            ("a question that nobody hears", {"text": "Which one?", "audio_ms": 0}, FollowUp.ALWAYS, False),
            ("nothing", {"output": []}, FollowUp.ALWAYS, False),
            ("a goodbye", {"text": "Bye, or is there more?", "calls": [END]}, FollowUp.AUTOMATIC, False),
            ("a goodbye for good", {"text": "Goodbye.", "calls": [END]}, FollowUp.ALWAYS, False),
        )
    ],
)
async def test_the_satellite_listens_on(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer, continues: bool
) -> None:
    """As the option says, unless nothing was heard or the model has ended the conversation; that costs no response."""
    run = await speak(hass, agent.pipeline_id)

    assert run.continues is continues
    assert len(responses(realtime_server)) == 1
    assert all(entry.role in {"user", "assistant"} for entry in chat_log(hass, run.conversation_id))


@script(turns=["Thank you.", "One more thing."], responses=[{"calls": [END]}, "You are welcome.", "Yes?"])
async def test_a_conversation_that_is_ended_without_a_word_is_ended_with_one(
    hass: HomeAssistant, agent: Agent, realtime_server: RealtimeServer
) -> None:
    """The model says goodbye after its call; who comes back finds the conversation where it was."""
    run = await speak(hass, agent.pipeline_id)

    assert run.speech == "You are welcome."
    assert not run.continues
    assert [entry.content for entry in chat_log(hass, run.conversation_id)] == ["Thank you.", "You are welcome."]

    again = await speak(hass, agent.pipeline_id, conversation_id=run.conversation_id)

    assert again.speech == "Yes?"
    assert again.continues
    assert len(realtime_server.connections) == 1
    assert not realtime_server.invalid


class Kettle(llm.Tool):
    """A tool of somebody else's that has our tool's name."""

    name = "end_conversation"
    description = "Boils the water."
    parameters = probatio.Schema({})
    integration = "test"
    boiled = 0

    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> llm.ToolResult:
        """Boil it."""
        self.boiled += 1
        return llm.ToolResult(data={"hot": True})


@script(
    turns=["Tea, please."],
    responses=[{"calls": [END]}, {"text": "Here.", "calls": [{**END, "name": f"{END['name']}_2"}]}],
)
async def test_a_tool_of_the_same_name_is_left_alone(
    hass: HomeAssistant, agent: Agent, account: MockConfigEntry, realtime_server: RealtimeServer
) -> None:
    """Ours gets another name, and neither is taken for the other."""
    kettle = Kettle()
    llm.async_register_api(hass, Kitchen(hass, kettle))
    agent = await change_agent(hass, account, **{CONF_LLM_HASS_API: ["kitchen"], CONF_FOLLOW_UP: FollowUp.ALWAYS})

    run = await speak(hass, agent.pipeline_id)

    assert tools_told(realtime_server) == ["end_conversation", "end_conversation_2"]
    assert kettle.boiled == 1
    assert run.speech == "Here."
    assert not run.continues
