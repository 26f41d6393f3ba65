"""The house that is furnished is the house that is configured."""

from collections.abc import Iterator

import yaml

from demo.house import AREAS, CONFIGURATION, EXPOSED, FRONT_DOOR_PICTURE, INTEGRATIONS


def configured() -> Iterator[str]:
    """Yield the entity ids that Home Assistant makes of the configuration's unique ids."""
    content = yaml.safe_load(CONFIGURATION.read_text())
    for block in content["template"]:
        for platform, entities in block.items():
            yield from (f"{platform}.{entity['unique_id']}" for entity in entities)
    yield from (f"climate.{entity['unique_id']}" for entity in content["climate"])
    yield from (integration.entity_id for integration in INTEGRATIONS)


def test_every_entity_is_exposed_and_every_exposed_entity_exists() -> None:
    assert sorted(configured()) == sorted(EXPOSED)


def test_every_thermometer_stands_in_its_own_area() -> None:
    for area in AREAS:
        assert area.thermometer is None or area.thermometer in area.entity_ids


def test_the_camera_has_its_picture() -> None:
    assert FRONT_DOOR_PICTURE.read_bytes().startswith(b"\xff\xd8\xff")


def test_no_http_block_stands_in_the_configuration() -> None:
    """Home Assistant would take it as a trial and restart after five minutes."""
    assert "http" not in yaml.safe_load(CONFIGURATION.read_text())
