"""The story's sensors must say what was counted, and the same after a restart."""

from dataclasses import replace

import pytest

from demo.sensors import Reading, differences, unmet

COST = Reading(key="cost_today", name="Cost today", state="0.002371", unit="USD")
TURNS = Reading(key="turns", name="Turns", state="2", unit="")
SESSION = Reading(key="session_status", name="Session", state="idle", unit="")
BEFORE = {"sensor.cost": COST, "sensor.turns": TURNS, "sensor.session": SESSION}


def test_sensors_that_say_the_same_are_as_expected() -> None:
    assert differences(BEFORE, {**BEFORE, "sensor.session": replace(SESSION, state="unavailable")}) == []


def test_sensor_that_forgot_and_one_that_is_gone_are_told() -> None:
    assert differences(BEFORE, {"sensor.cost": replace(COST, state="0.0")}) == [
        "expected sensor.cost to say 0.002371 as before, got 0.0",
        "expected sensor.turns to say 2 as before, got nothing",
    ]


def test_counts_are_exact_and_amounts_more_than_nothing() -> None:
    assert unmet(BEFORE, {"turns": "2"}, ["cost_today"]) == []
    assert unmet(BEFORE, {"turns": "3", "errors": "0"}, ["session_status", "cost_total"]) == [
        "expected the sensor turns to say 3, got 2",
        "expected the sensor errors to say 0, got nothing",
        "expected the sensor session_status to say more than 0, got idle",
        "expected the sensor cost_total to say more than 0, got nothing",
    ]


@pytest.mark.parametrize(
    ("state", "shown"),
    [("0.0023710000", "0.002371 USD"), ("12", "12 USD"), ("unknown", "unknown"), ("3.0", "3 USD")],
)
def test_numbers_are_shown_without_needless_digits(state: str, shown: str) -> None:
    assert str(replace(COST, state=state)) == shown
