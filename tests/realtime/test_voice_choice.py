"""Which voice a user hears when the wanted one is not to be had."""

import pytest

from custom_components.realtime_assist.realtime.catalog import KNOWN_MODELS, SUBSTITUTES, VOICES, Model, Use, model
from custom_components.realtime_assist.realtime.voice_choice import (
    NoVoice,
    VoiceChoice,
    VoiceReason,
    choose_voice,
    recommended_voice,
)

PRODUCTION = model("gpt-realtime-2.1")
PREVIEW = model("gpt-4o-realtime-preview")


def chosen(voice: str, reason: VoiceReason) -> VoiceChoice:
    return VoiceChoice(voice=voice, reason=reason)


@pytest.mark.parametrize("known", KNOWN_MODELS, ids=lambda known: known.id)
@pytest.mark.parametrize("voice", [*VOICES, *SUBSTITUTES, "fantasy"])
def test_whatever_is_wanted_a_voice_that_the_model_has_is_found(known: Model, voice: str) -> None:
    found = choose_voice(voice, known)
    assert found.voice in known.voices
    assert (found.reason is VoiceReason.WANTED) is (voice in known.voices)


@pytest.mark.parametrize("use", Use)
@pytest.mark.parametrize("known", KNOWN_MODELS, ids=lambda known: known.id)
def test_every_use_has_a_voice_on_every_model(known: Model, use: Use) -> None:
    assert recommended_voice(known, use) in known.voices


@pytest.mark.parametrize(
    ("use", "voice"),
    [
        (Use.GENERAL, "marin"),
        (Use.ANNOUNCEMENTS, "cedar"),
        (Use.LONG_READING, "cedar"),
        (Use.CHILDREN, "marin"),
        (Use.NIGHT, "cedar"),
    ],
)
def test_a_voice_that_nobody_knows_is_replaced_by_the_one_for_the_use(use: Use, voice: str) -> None:
    assert choose_voice("fantasy", PRODUCTION, use=use) == chosen(voice, VoiceReason.RECOMMENDED)


def test_a_model_with_none_of_the_recommended_voices_speaks_with_its_default() -> None:
    other = Model(id="other", voices=("verse", "sage"), default_voice="sage")
    assert choose_voice("fantasy", other) == chosen("sage", VoiceReason.RECOMMENDED)


def test_the_fallback_voice_comes_before_the_substitute() -> None:
    assert choose_voice("marin", PREVIEW, fallback="verse") == chosen("verse", VoiceReason.FALLBACK)
    assert choose_voice("marin", PREVIEW, fallback="cedar") == chosen("shimmer", VoiceReason.SUBSTITUTE)


def test_the_user_s_table_of_substitutes_is_followed() -> None:
    mine = {"marin": "cedar", "cedar": "ash"}
    assert choose_voice("marin", PREVIEW, substitutes=mine) == chosen("ash", VoiceReason.SUBSTITUTE)
    assert choose_voice("marin", PREVIEW, substitutes={}) == chosen("alloy", VoiceReason.RECOMMENDED)


def test_a_table_that_leads_in_a_circle_ends() -> None:
    circle = {"marin": "cedar", "cedar": "marin"}
    assert choose_voice("marin", PREVIEW, substitutes=circle) == chosen("alloy", VoiceReason.RECOMMENDED)


def test_a_voice_of_the_speech_endpoint_is_replaced() -> None:
    assert choose_voice("onyx", PRODUCTION) == chosen("cedar", VoiceReason.SUBSTITUTE)
    assert choose_voice("onyx", PREVIEW) == chosen("echo", VoiceReason.SUBSTITUTE)


def test_without_automatic_choice_a_missing_voice_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(
        NoVoice, match="gpt-4o-realtime-preview has no voice marin; choose one of alloy, ash"
    ) as refused:
        choose_voice("marin", PREVIEW, fallback="cedar", automatic=False)
    assert (refused.value.wanted, refused.value.model) == ("marin", "gpt-4o-realtime-preview")
    assert refused.value.available == PREVIEW.voices


def test_without_automatic_choice_the_wanted_and_the_fallback_voice_still_count() -> None:
    assert choose_voice("verse", PREVIEW, automatic=False) == chosen("verse", VoiceReason.WANTED)
    assert choose_voice("marin", PREVIEW, fallback="verse", automatic=False).voice == "verse"


@pytest.mark.parametrize("known", [PRODUCTION, PREVIEW])
def test_custom_voices_are_kept(known: Model) -> None:
    assert choose_voice("voice_1234", known, automatic=False) == chosen("voice_1234", VoiceReason.WANTED)
    assert choose_voice("fantasy", known, fallback="voice_1234").voice == "voice_1234"


def test_an_unknown_model_is_asked_for_the_wanted_voice() -> None:
    assert choose_voice("fantasy", model("qwen-omni"), automatic=False) == chosen("fantasy", VoiceReason.WANTED)
