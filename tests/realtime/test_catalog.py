"""What a user may rely on when the form shows a model, a voice or a transcription model."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from openai.types.realtime import AudioTranscription, RealtimeAudioConfigOutput, RealtimeSessionCreateRequest
from openai.types.realtime.realtime_reasoning_effort import RealtimeReasoningEffort
import pytest

from custom_components.realtime_assist.realtime.benchmarks import AUDIO_MULTI_CHALLENGE_2026, MULTI_CHALLENGE_2025
from custom_components.realtime_assist.realtime.catalog import (
    DEFAULT_FALLBACK_MODELS,
    DEFAULT_FALLBACK_VOICE,
    DEFAULT_MODEL,
    DEFAULT_REASONING_EFFORT,
    DEFAULT_TRANSCRIPTION_MODEL,
    DEFAULT_VOICE,
    KNOWN_MODELS,
    KNOWN_TRANSCRIPTION_MODELS,
    LANGUAGES,
    MODELS,
    RETIREMENT_NOTICE_DAYS,
    TRANSCRIPTION_MODELS,
    VOICES,
    Billing,
    Capabilities,
    DialectName,
    Model,
    Rates,
    ReasoningEffort,
    Stage,
    TranscriptionModel,
    model,
    offered_models,
    profile,
    shutdown_dates,
    side_by_side,
    successor,
    transcription_model,
    wire_voice,
)
from custom_components.realtime_assist.realtime.life_cycle import LISTING
from custom_components.realtime_assist.realtime.model_choice import Mode, NoFallbackModel, Wishes, met, models_to_try

TODAY = date(2026, 11, 22)
LAST_DAY = date(2027, 1, 19)
PREVIEWS = tuple(known.id for known in KNOWN_MODELS if "preview" in known.id)


def literals(annotation: Any) -> Iterator[str]:
    """Yield what the openai package's type lists by name."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for part in get_args(annotation):
            yield from literals(part)


def listed(openai_type: Any, field: str) -> set[str]:
    return set(literals(openai_type.model_fields[field].annotation))


def ids(known: Sequence[Model | TranscriptionModel]) -> list[str]:
    return [each.id for each in known]


def test_every_realtime_model_of_the_openai_package_is_known_and_no_other() -> None:
    # Those are of another endpoint; the package lists them for the session all the same.
    accepted = {each for each in listed(RealtimeSessionCreateRequest, "model") if not each.startswith("gpt-audio")}
    assert set(ids(KNOWN_MODELS)) == accepted
    assert len(KNOWN_MODELS) == len(accepted)


def test_every_transcription_model_of_the_openai_package_is_known_and_no_other() -> None:
    assert sorted(TRANSCRIPTION_MODELS) == sorted(listed(AudioTranscription, "model"))


def test_every_field_for_a_transcription_is_one_of_the_openai_package() -> None:
    fields = {field for each in KNOWN_TRANSCRIPTION_MODELS for field in each.fields}
    assert fields == AudioTranscription.model_fields.keys() - {"model"}


def test_the_voices_are_those_of_the_openai_package() -> None:
    assert sorted(VOICES) == sorted(listed(RealtimeAudioConfigOutput, "voice"))


def test_the_efforts_are_those_of_the_openai_package() -> None:
    assert tuple(ReasoningEffort) == get_args(RealtimeReasoningEffort)


@pytest.mark.parametrize("model_id", [DEFAULT_MODEL, *DEFAULT_FALLBACK_MODELS])
def test_no_default_model_is_deprecated(model_id: str) -> None:
    assert model(model_id).life_cycle.stage(TODAY) is Stage.ACTIVE


def test_the_default_transcription_model_is_not_deprecated() -> None:
    assert transcription_model(DEFAULT_TRANSCRIPTION_MODEL).life_cycle.stage(TODAY) is Stage.ACTIVE


@pytest.mark.parametrize("model_id", [DEFAULT_MODEL, *DEFAULT_FALLBACK_MODELS])
def test_every_default_model_has_both_default_voices(model_id: str) -> None:
    assert model(model_id).has_voice(DEFAULT_VOICE)
    assert model(model_id).has_voice(DEFAULT_FALLBACK_VOICE)


def test_the_default_model_can_think_as_hard_as_the_default_asks() -> None:
    assert DEFAULT_REASONING_EFFORT in model(DEFAULT_MODEL).capabilities.reasoning_efforts


def test_production_models_have_ten_voices_and_previews_eight() -> None:
    for known in KNOWN_MODELS:
        recent = {"marin", "cedar"} & set(known.voices)
        assert (len(known.voices), len(recent)) == ((8, 0) if known.id in PREVIEWS else (10, 2)), known.id
        assert known.default_voice in known.voices


@pytest.mark.parametrize("known", KNOWN_MODELS, ids=lambda known: known.id)
def test_every_price_says_who_asked_it_and_when(known: Model) -> None:
    card = known.prices
    assert card.source is not None
    assert card.source.startswith("https://developers.openai.com/api/docs/models/")
    assert card.as_of == TODAY
    for rates in (card.text, card.audio):
        assert None not in (rates.input, rates.cached, rates.output)
    assert (card.image == Rates()) is not known.capabilities.image_input


def test_cached_input_is_never_dearer_than_fresh_input() -> None:
    for known in KNOWN_MODELS:
        for rates in (known.prices.text, known.prices.audio, known.prices.image):
            assert (rates.cached or 0) <= (rates.input or 0)


@pytest.mark.parametrize("known", KNOWN_TRANSCRIPTION_MODELS, ids=lambda known: known.id)
def test_every_transcription_price_is_by_tokens_or_by_duration(known: TranscriptionModel) -> None:
    card = known.prices
    assert card.source is not None
    by_tokens = (card.text_input, card.audio_input, card.output)
    if card.billing is Billing.DURATION:
        assert card.minute is not None
        assert by_tokens == (None, None, None)
    else:
        assert card.minute is None
        assert None not in by_tokens


def test_reasoning_and_parallel_tools_are_flags_and_not_read_from_a_name() -> None:
    reasoning = {known.id for known in KNOWN_MODELS if known.capabilities.reasoning}
    assert reasoning == {"gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime-2"}
    assert reasoning == {known.id for known in KNOWN_MODELS if known.capabilities.parallel_tools}
    # This one begins as a reasoning one does.
    assert not model("gpt-realtime-2025-08-28").capabilities.reasoning


def test_a_conversation_leaves_room_for_the_longest_answer() -> None:
    """Where both limits are known."""
    assert model("gpt-realtime-2.1").capabilities.max_conversation == 96_000
    assert model("gpt-realtime").capabilities.max_conversation == 27_904
    assert Capabilities(context=32_000).max_conversation is None
    assert model("parrot").capabilities.max_conversation is None


def test_previews_were_made_for_the_beta_shape_and_see_no_images() -> None:
    for known in KNOWN_MODELS:
        assert (known.dialect is DialectName.BETA) is (known.id in PREVIEWS)
        assert known.capabilities.image_input is (known.id not in PREVIEWS)


def test_an_unknown_model_works_without_promises() -> None:
    unknown = model("qwen-omni")
    assert (unknown.id, unknown.known) == ("qwen-omni", False)
    assert not unknown.capabilities.reasoning
    assert not unknown.capabilities.parallel_tools
    assert not unknown.capabilities.image_input
    assert unknown.capabilities.context is None
    assert unknown.prices.text == Rates()
    assert unknown.prices.source is None
    assert unknown.benchmarks == ()
    assert unknown.has_voice("a voice of its own")
    assert unknown.life_cycle.stage(TODAY) is Stage.ACTIVE


def test_an_unknown_transcription_model_is_told_the_language_and_has_no_price() -> None:
    unknown = transcription_model("my-deployment")
    assert unknown.language_fields("de") == {"language": "de"}
    assert unknown.prices.billing is None


@pytest.mark.parametrize(
    ("model_id", "fields"),
    [
        ("gpt-transcribe", {"languages": ["de"]}),
        ("gpt-live-transcribe", {"languages": ["de"]}),
        ("gpt-realtime-whisper", {"language": "de"}),
        ("whisper-1", {"language": "de"}),
    ],
)
def test_each_transcription_model_is_told_the_language_in_its_own_field(model_id: str, fields: dict[str, Any]) -> None:
    assert transcription_model(model_id).language_fields("de") == fields
    assert transcription_model(model_id).language_fields(None) == {}


def test_a_model_that_takes_no_language_is_not_told_one() -> None:
    assert TranscriptionModel(id="deaf").language_fields("de") == {}


def test_what_is_offered_can_be_used_today() -> None:
    assert ids(offered_models(TODAY)) == list(MODELS)


def test_a_model_is_offered_until_its_last_day() -> None:
    assert ids(offered_models(LAST_DAY)) == list(MODELS)
    assert ids(offered_models(LAST_DAY + timedelta(days=1))) == list(MODELS[:4])


def test_languages_are_offered_once_each() -> None:
    assert len(LANGUAGES) == len(set(LANGUAGES)) == 57


def test_a_deprecated_model_says_until_when_and_what_comes_after() -> None:
    cycle = model("gpt-realtime").life_cycle
    assert (cycle.shutdown_date, cycle.replacement) == (date(2027, 1, 20), "gpt-realtime-2.1")
    assert cycle.stage(TODAY) is Stage.DEPRECATED
    assert not cycle.is_retired(LAST_DAY)
    assert cycle.is_retired(LAST_DAY + timedelta(days=1))
    assert cycle.stage(LAST_DAY + timedelta(days=1)) is Stage.RETIRED


def test_notice_is_given_sixty_days_before() -> None:
    cycle = model("gpt-realtime-mini").life_cycle
    assert not cycle.retires_within(RETIREMENT_NOTICE_DAYS, date(2026, 11, 20))
    assert cycle.retires_within(RETIREMENT_NOTICE_DAYS, date(2026, 11, 21))
    assert cycle.retires_within(RETIREMENT_NOTICE_DAYS, date(2028, 1, 1))
    assert not model(DEFAULT_MODEL).life_cycle.retires_within(RETIREMENT_NOTICE_DAYS, TODAY)


def test_every_model_with_an_end_names_its_source_and_a_replacement_that_is_known() -> None:
    for known in (*KNOWN_MODELS, *KNOWN_TRANSCRIPTION_MODELS):
        cycle = known.life_cycle
        if cycle.shutdown_date is not None:
            assert cycle.source
            assert cycle.replacement in {*ids(KNOWN_MODELS), *TRANSCRIPTION_MODELS}


def test_the_server_s_word_on_an_end_overrules_the_catalog() -> None:
    announced = {"gpt-realtime-1.5": date(2027, 6, 1), "gpt-realtime": None, "whisper-1": date(2026, 12, 1)}
    newest = model("gpt-realtime-1.5", announced).life_cycle
    assert (newest.stage(TODAY), newest.shutdown_date, newest.source) == (Stage.DEPRECATED, date(2027, 6, 1), LISTING)
    reprieved = model("gpt-realtime", announced).life_cycle
    assert (reprieved.stage(date(2028, 1, 1)), reprieved.replacement) == (Stage.ACTIVE, "gpt-realtime-2.1")
    assert transcription_model("whisper-1", announced).life_cycle.is_retired(date(2026, 12, 1))
    # What it does not list, or says as the catalog does, stays as it was.
    assert model("gpt-realtime-mini", announced) == model("gpt-realtime-mini")
    assert model("gpt-realtime", {"gpt-realtime": date(2027, 1, 20)}) == model("gpt-realtime")


def test_the_listing_of_models_is_read_for_its_dates() -> None:
    listing = {
        "object": "list",
        "data": [
            {"id": "gpt-realtime", "object": "model", "shutdown_date": "2027-01-20"},
            {"id": "gpt-realtime-2.1", "object": "model", "shutdown_date": None},
            {"id": "silent", "object": "model"},
            {"id": "odd", "shutdown_date": "soon"},
            {"shutdown_date": "2027-01-20"},
            "nonsense",
        ],
    }
    assert shutdown_dates(listing) == {"gpt-realtime": date(2027, 1, 20), "gpt-realtime-2.1": None}


@pytest.mark.parametrize("listing", [None, [], {}, {"data": None}, {"data": {"id": "x"}}, "nonsense"])
def test_a_listing_that_is_none_announces_nothing(listing: Any) -> None:
    assert shutdown_dates(listing) == {}


@pytest.mark.parametrize(
    ("going", "following"),
    [
        ("gpt-realtime", "gpt-realtime-2.1"),
        ("gpt-realtime-2025-08-28", "gpt-realtime-2.1"),
        ("gpt-realtime-mini-2025-10-06", "gpt-realtime-2.1-mini"),
        ("gpt-4o-realtime-preview", "gpt-realtime-1.5"),
        # What was named in its place then is going as well.
        ("gpt-4o-mini-realtime-preview-2024-12-17", "gpt-realtime-2.1-mini"),
    ],
)
def test_a_model_that_goes_is_followed_by_one_that_stays(going: str, following: str) -> None:
    found = successor(going, TODAY)
    assert found is not None
    assert found.id == following


def test_a_model_without_a_named_replacement_is_followed_by_the_default() -> None:
    announced = {"gpt-realtime-1.5": date(2026, 12, 31)}
    assert successor("gpt-4o-realtime-preview", TODAY, announced) == model(DEFAULT_MODEL)
    assert successor("gpt-realtime-1.5", TODAY, announced) == model(DEFAULT_MODEL)


def test_a_model_that_leads_nowhere_has_no_successor() -> None:
    assert successor("qwen-omni", TODAY) is None
    assert successor(DEFAULT_MODEL, TODAY, {DEFAULT_MODEL: TODAY}) is None
    assert successor("gpt-realtime-1.5", TODAY, {DEFAULT_MODEL: TODAY}) is None


def test_figures_of_differently_named_tests_never_share_a_row() -> None:
    table = side_by_side(model("gpt-realtime").benchmarks, model("gpt-realtime-1.5").benchmarks)
    assert {figure.test for row in table for figure in (*row.first, *row.second) if figure.test != row.test} == set()
    rows = {(row.test, row.publisher): row for row in table}
    assert rows[MULTI_CHALLENGE_2025, "OpenAI"].second == ()
    assert rows[AUDIO_MULTI_CHALLENGE_2026, "OpenAI"].first == ()
    both = rows["Big Bench Audio", "Artificial Analysis"]
    assert ([figure.score for figure in both.first], [figure.score for figure in both.second]) == ([83.3], [81.4])


def test_a_model_without_published_figures_has_empty_rows_beside_another() -> None:
    table = side_by_side(model("gpt-realtime").benchmarks, model("gpt-realtime-2.1").benchmarks)
    assert table
    assert all(row.first and not row.second for row in table)


def test_every_figure_has_a_source_and_those_of_reasoning_models_their_effort() -> None:
    for known in KNOWN_MODELS:
        for figure in known.benchmarks:
            assert figure.source.startswith("https://")
            assert 0 <= figure.score <= 100
            if figure.effort is not None:
                assert figure.effort in known.capabilities.reasoning_efforts


def test_only_marin_and_cedar_are_described_and_it_says_by_whom() -> None:
    described = {voice for voice in VOICES if profile(voice).description is not None}
    assert described == {voice for voice in VOICES if profile(voice).recommended} == {"marin", "cedar"}
    for voice in described:
        assert "openai package" in (profile(voice).recommended_by or "")
        assert "unconfirmed" in (profile(voice).described_by or "")


def test_a_custom_voice_goes_to_the_wire_as_an_id() -> None:
    assert wire_voice("voice_1234") == {"id": "voice_1234"}
    assert wire_voice("marin") == "marin"


def test_the_mini_costs_a_third_of_the_flagship_s_voice() -> None:
    flagship, mini = model("gpt-realtime-2.1").prices, model("gpt-realtime-2.1-mini").prices
    assert (flagship.audio.output, mini.audio.output) == (Decimal("64.00"), Decimal("20.00"))


@pytest.mark.parametrize(
    ("mode", "asked"),
    [
        (Mode.AUTO, ("gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime-1.5")),
        (Mode.NEW, ("gpt-realtime-2.1",)),
        (Mode.LEGACY, ("gpt-realtime-2.1-mini",)),
    ],
)
def test_the_mode_says_which_models_are_asked(mode: Mode, asked: tuple[str, ...]) -> None:
    assert models_to_try(mode, DEFAULT_MODEL, DEFAULT_FALLBACK_MODELS) == asked


def test_no_model_is_asked_twice() -> None:
    assert models_to_try(Mode.AUTO, "a", ("b", "a", "b")) == ("a", "b")


def test_legacy_without_a_fallback_says_what_to_do() -> None:
    with pytest.raises(NoFallbackModel, match="add one, or choose mode auto or new"):
        models_to_try(Mode.LEGACY, DEFAULT_MODEL, ())


def test_a_lesser_model_is_not_asked_for_what_it_cannot_do() -> None:
    wishes = Wishes(reasoning_effort=ReasoningEffort.LOW, parallel_tools=True, image_input=True)
    assert met(wishes, model("gpt-realtime-2.1").capabilities).dropped == ()
    lesser = met(wishes, model("gpt-realtime-1.5").capabilities)
    assert lesser.wishes == Wishes(image_input=True)
    assert lesser.dropped == ("reasoning_effort", "parallel_tools")
    assert met(wishes, model("qwen-omni").capabilities).wishes == Wishes()
    assert met(Wishes(), model("qwen-omni").capabilities).dropped == ()
