"""What a session does for a turn from the first word to the last, when all goes well."""

import asyncio
from dataclasses import replace

from custom_components.realtime_assist.realtime import AssistantMessage, FunctionTool, Modality, UserMessage
from custom_components.realtime_assist.session import RealtimeSession, Turn
from tests.session.house import CONFIG, House, answered, base64_pcm, heard, pcm, speak, spoken_turn
from tests.session.server_clock import ServerClock
from tests.session.tools import Tools

LIGHT = {"name": "HassTurnOn", "arguments": {"name": "Kitchen light"}}
COVER = {"name": "HassClose", "arguments": {"name": "Blinds"}}


async def test_spoken_turn_brings_transcript_text_and_every_byte_of_the_voice(house: House):
    session = await house.session(
        turns=["Turn on the light."], responses=[{"text": "The light is on.", "audio": base64_pcm(1.234, 5)}]
    )
    turn = session.begin_turn()
    spoken = speak(session, turn, 0.5)
    session.commit(turn)

    assert await session.transcript(turn) == "Turn on the light."
    assert await answered(session, turn) == ["The light is on."]
    assert await heard(turn) == pcm(1.234, 5)
    assert turn.answer_text == "The light is on."
    assert turn.duration == 0.5
    assert house.told() == ["session.update", f"commit {len(spoken)} bytes", "response.create"]


async def test_typed_turn_is_answered_in_text_where_no_voice_is_wanted(house: House):
    session = await house.session(config=replace(CONFIG, modality=Modality.TEXT), responses=["It is noon."])
    turn = session.begin_turn(text="What time is it?")

    assert await answered(session, turn) == ["It is noon."]
    assert await heard(turn) == b""
    assert house.told() == ["session.update", "user: What time is it?", "response.create"]


async def test_session_is_made_what_the_configuration_says_and_told_only_what_changes(house: House):
    tool = FunctionTool(name="HassTurnOn", description="Turns on.", parameters={"type": "object", "properties": {}})
    session = await house.session(config=replace(CONFIG, tools=(tool,)), responses=["One.", "Two."])
    await answered(session, session.begin_turn(text="First"))
    before = house.server.connections[0].session.config

    session.configure(session.config)
    session.configure(replace(session.config, instructions="Be brief."))
    await answered(session, session.begin_turn(text="Second"))

    assert before["instructions"] == CONFIG.instructions
    assert before["audio"]["output"]["voice"] == "marin"
    assert [tool["name"] for tool in before["tools"]] == ["HassTurnOn"]
    updates = [event["session"] for _, event in house.server.received if event["type"] == "session.update"]
    assert updates[1:] == [{"type": "realtime", "instructions": "Be brief."}]
    assert house.server.connections[0].session.config["instructions"] == "Be brief."


async def test_configuration_that_changes_before_there_is_a_socket_is_told_at_once(house: House):
    session = await house.session(responses=["One."])
    session.configure(replace(CONFIG, instructions="Be brief."))
    await answered(session, session.begin_turn(text="First"))

    assert house.told() == ["session.update", "user: First", "response.create"]
    assert house.server.connections[0].session.config["instructions"] == "Be brief."


async def test_another_voice_is_given_a_socket_of_its_own_once_the_first_has_spoken(house: House):
    session = await house.session(turns=["Two?"], responses=["One.", "Two."], repeat=True)
    await heard(await said_in(session, "cedar", "First"))
    session.remember([UserMessage("First"), AssistantMessage("One.")])

    turn = spoken_turn(session)
    assert await session.transcript(turn) == "Two?"
    session.configure(replace(CONFIG, voice="marin"))
    assert await answered(session, turn, history=[UserMessage("First"), AssistantMessage("One.")]) == ["Two."]
    await heard(turn)

    assert [connection.session.config["audio"]["output"]["voice"] for connection in house.server.connections] == [
        "cedar",
        "marin",
    ]
    assert house.told(1)[:3] == ["session.update", "user: First", "assistant: One."]


async def said_in(session: RealtimeSession, voice: str, text: str) -> Turn:
    """Have a typed turn answered in a voice."""
    session.configure(replace(CONFIG, voice=voice))
    turn = session.begin_turn(text=text)
    await answered(session, turn)
    return turn


async def test_turns_of_a_conversation_share_one_socket(house: House):
    session = await house.session(turns=["One?", "Two?"], responses=["One.", "Two."])
    for words in ("One", "Two"):
        turn = spoken_turn(session)
        assert await session.transcript(turn) == f"{words}?"
        assert await answered(session, turn) == [f"{words}."]

    assert len(house.server.connections) == 1
    assert house.conversation() == ["user: One?", "assistant: One.", "user: Two?", "assistant: Two."]


async def test_prepared_session_has_its_socket_before_the_user_speaks(house: House):
    session = await house.session(responses=["Hello."])
    session.prepare()
    session.prepare()
    await house.server.wait_received("session.update")

    assert await answered(session, session.begin_turn(text="Hi")) == ["Hello."]
    assert len(house.server.connections) == 1


async def test_tool_is_called_once_with_its_arguments_and_the_answer_follows_its_result(house: House):
    session = await house.session(responses=[{"calls": [LIGHT]}, {"text": "Done.", "audio": base64_pcm(0.5, 3)}])
    tools = Tools()
    turn = session.begin_turn(text="Turn on the light")

    assert await answered(session, turn, tools=tools) == [
        "",
        "called HassTurnOn",
        "returned {'done': 'HassTurnOn'}",
        "Done.",
    ]
    assert tools.calls == [("HassTurnOn", {"name": "Kitchen light"})]
    assert await heard(turn) == pcm(0.5, 3)
    assert house.told()[2:] == ["response.create", 'output {"done":"HassTurnOn"}', "response.create"]


async def test_parallel_calls_run_side_by_side_and_all_their_outputs_are_told_before_one_response(house: House):
    session = await house.session(responses=[{"calls": [LIGHT, COVER]}, "Both done."])
    tools = Tools(wait=True)
    turn = session.begin_turn(text="Light on, blinds down")
    answer = asyncio.create_task(answered(session, turn, tools=tools))
    await tools.began(2)
    tools.release.set()

    assert (await answer)[-1] == "Both done."
    assert tools.calls == [("HassTurnOn", {"name": "Kitchen light"}), ("HassClose", {"name": "Blinds"})]
    assert house.told()[2:] == [
        "response.create",
        'output {"done":"HassTurnOn"}',
        'output {"done":"HassClose"}',
        "response.create",
    ]
    assert house.errors() == []


async def test_call_runs_before_the_response_is_over_but_the_next_one_waits_for_its_end(house: House):
    server_clock = ServerClock()
    late = {"calls": [LIGHT], "faults": [{"after": "response.done", "action": "stall", "seconds": 5}]}
    session = await house.session(server_clock=server_clock, responses=[late, "Done."])
    tools = Tools()
    answer = asyncio.create_task(answered(session, session.begin_turn(text="Light"), tools=tools))
    await tools.began(1)
    assert house.told()[-1] == "response.create"

    await server_clock.wake(5)

    assert (await answer)[-1] == "Done."
    assert house.told()[2:] == ["response.create", 'output {"done":"HassTurnOn"}', "response.create"]
    assert house.errors() == [], "the next response was asked for before this one was over"


async def test_commentary_before_a_call_is_heard_and_belongs_to_the_answer(house: House):
    session = await house.session(
        responses=[
            {"text": "Let me see. ", "audio": base64_pcm(0.3, 1), "calls": [LIGHT]},
            {"text": "Done.", "audio": base64_pcm(0.4, 2)},
        ]
    )
    turn = session.begin_turn(text="Light")

    assert await answered(session, turn) == [
        "Let me see. ",
        "called HassTurnOn",
        "returned {'done': 'HassTurnOn'}",
        "Done.",
    ]
    assert turn.answer_text == "Let me see. Done."
    assert await heard(turn) == pcm(0.3, 1) + pcm(0.4, 2)


async def test_usage_of_all_responses_of_a_turn_is_added_up(house: House):
    usage = {
        "total_tokens": 30,
        "input_tokens": 20,
        "output_tokens": 10,
        "input_token_details": {"text_tokens": 20, "audio_tokens": 0},
        "output_token_details": {"text_tokens": 4, "audio_tokens": 6},
    }
    session = await house.session(
        responses=[
            {"calls": [LIGHT], "usage": usage},
            {"calls": [LIGHT], "usage": None},
            {"text": "Done.", "usage": usage},
        ]
    )
    turn = session.begin_turn(text="Light")
    await answered(session, turn)

    assert (turn.usage.input.text, turn.usage.output.text, turn.usage.output.audio) == (40, 8, 12)


async def test_ten_sessions_at_once_keep_their_words_and_voices_to_themselves(house: House):
    await house.session()
    servers = [
        await house.another_server(
            turns=[f"Question {n}?"], responses=[{"text": f"Answer {n}.", "audio": base64_pcm(1, n)}]
        )
        for n in range(10)
    ]

    async def converse(n: int) -> tuple[str, list[str], bytes]:
        session = house.another_session(url=lambda: servers[n].url)
        turn = session.begin_turn()
        for start in range(0, 24_000, 960):
            session.append(turn, pcm(0.5, n)[start : start + 960])
            await asyncio.sleep(0)
        session.commit(turn)
        text = await session.transcript(turn)
        lines, audio = await asyncio.gather(answered(session, turn), heard(turn))
        return text, lines, audio

    assert await asyncio.gather(*map(converse, range(10))) == [
        (f"Question {n}?", [f"Answer {n}."], pcm(1, n)) for n in range(10)
    ]
