"""Whoever changes one field of a form leaves the others as they stand."""

from demo.forms import answers, names

FIELDS = [
    {
        "name": "model",
        "required": True,
        "default": "gpt-realtime",
        "description": {"suggested_value": "gpt-realtime-2.1"},
    },
    {"name": "mode", "required": True, "default": "auto"},
    {"name": "fallback_stt", "optional": True},
    {"name": "speed", "optional": True, "description": {"suggested_value": None}},
    {
        "name": "more",
        "type": "expandable",
        "schema": [{"name": "fallback_tts", "optional": True}, {"name": "use", "default": "general"}],
    },
]


def test_fields_are_answered_with_what_stands_in_them() -> None:
    assert answers(FIELDS, {}) == {"model": "gpt-realtime-2.1", "mode": "auto", "more": {"use": "general"}}


def test_changes_are_made_in_sections_as_well() -> None:
    changed = answers(FIELDS, {"fallback_stt": "stt.ears", "fallback_tts": "tts.voice", "elsewhere": 1})
    assert changed == {
        "model": "gpt-realtime-2.1",
        "mode": "auto",
        "fallback_stt": "stt.ears",
        "more": {"fallback_tts": "tts.voice", "use": "general"},
    }


def test_field_that_no_form_has_can_be_told() -> None:
    assert names(FIELDS) == {"model", "mode", "fallback_stt", "speed", "more", "fallback_tts", "use"}
