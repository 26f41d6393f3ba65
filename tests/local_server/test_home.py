"""What is read from Home Assistant's prompt."""

from local_server.home import read_home, read_live_context

from .engine_house import INSTRUCTIONS


def test_every_exposed_entity_is_found_with_domain_areas_and_aliases():
    home = read_home(INSTRUCTIONS)
    assert len(home.entities) == 17
    lamp = home.entity("reading LAMP")
    assert lamp is not None
    assert (lamp.name, lamp.domain, lamp.areas) == ("Living room lamp", "light", ("Living Room",))


def test_the_satellites_place_is_found():
    home = read_home(INSTRUCTIONS)
    assert (home.area, home.floor) == ("Living Room", "Ground floor")


def test_an_area_answers_to_its_alias():
    assert read_home(INSTRUCTIONS).area_named("sleeping room") == "Bedroom"


def test_a_prompt_without_a_home_is_an_empty_home():
    assert read_home("You are a pirate.").entities == ()


def test_names_with_yaml_marks_survive():
    prompt = "Static Context: An overview\n- names: 'Lamp: #1'\n  domain: light\n- names: \"On\"\n  domain: switch\n\nMore text"
    assert [entity.name for entity in read_home(prompt).entities] == ["Lamp: #1", "On"]


def test_a_damaged_static_context_is_an_empty_home():
    assert read_home("Static Context:\n- names: 'Lamp\n  domain: [light\n").entities == ()


def test_states_read_as_yaml_booleans_are_words_again():
    (entity,) = read_live_context("Live Context: now\n- names: Lamp\n  domain: light\n  state: on\n")
    assert entity.state == "on"
