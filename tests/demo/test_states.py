"""The demo shows what changed in the house, and nothing else."""

from typing import Any

from demo.states import changes, snapshot


def state(entity_id: str, value: str, **attributes: Any) -> dict[str, Any]:
    return {"entity_id": entity_id, "state": value, "attributes": attributes}


def test_changes_of_states_and_attributes_are_told_in_words() -> None:
    before = snapshot([state("light.hall_light", "off"), state("climate.thermostat", "heat", temperature=19.0)])
    after = snapshot(
        [state("light.hall_light", "on", brightness=102), state("climate.thermostat", "heat", temperature=22.0)]
    )
    assert [str(change) for change in changes(before, after)] == [
        "light.hall_light: off -> on",
        "light.hall_light brightness: None -> 102",
        "climate.thermostat temperature: 19.0 -> 22.0",
    ]


def test_what_assist_may_not_use_is_not_looked_at() -> None:
    assert snapshot([state("sun.sun", "above_horizon"), state("input_boolean.heating", "on")]) == {}
