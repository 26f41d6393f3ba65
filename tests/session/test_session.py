"""What a session does for a turn from the first word to the last, when all goes well."""

from tests.session.house import House, answered, base64_pcm, heard, pcm, speak


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
