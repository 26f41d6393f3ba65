"""Which models OpenAI has or has had, and what is published of each.

Facts of November 2026: capabilities and prices are those of OpenAI's model pages, dates and ids those of the `openai`
package 3.54.0 unless a row says otherwise.
"""

from dataclasses import replace
from datetime import date

from . import benchmarks, price_cards
from .life_cycle import LifeCycle
from .models import Capabilities, DialectName, Model, ReasoningEffort
from .voices import PREVIEW_VOICES

_REASONING = Capabilities(
    reasoning_efforts=tuple(ReasoningEffort),
    parallel_tools=True,
    image_input=True,
    context=128_000,
    max_output=32_000,
)
_NON_REASONING = Capabilities(image_input=True, context=32_000, max_output=4_096)
_PREVIEW = Capabilities(context=32_000, max_output=4_096)
_MINI_PREVIEW = Capabilities(context=16_000, max_output=4_096)

_SDK = "openai package 3.54.0, types/realtime/realtime_session_create_request.py"
_RETELL = "https://docs.retellai.com/deprecation-notice/2027/01-19_model_replacements"
_SCHEDULE = "https://www.modelcostwatch.com/openai/deprecations/shutdown-schedule"

# Two sources have the date; the replacement is as a large customer announces it to its own.
_UNTIL_2027_01_20 = LifeCycle(
    shutdown_date=date(2027, 1, 20), replacement="gpt-realtime-2.1", source=f"{_SDK}; {_RETELL}", confirmed=True
)
_MINI_UNTIL_2027_01_20 = replace(_UNTIL_2027_01_20, replacement="gpt-realtime-2.1-mini")
_UNTIL_2026_05_07 = LifeCycle(
    shutdown_date=date(2026, 5, 7), replacement="gpt-realtime-1.5", source=_SCHEDULE, confirmed=True
)

_GPT_REALTIME = Model(
    id="gpt-realtime",
    capabilities=_NON_REASONING,
    life_cycle=_UNTIL_2027_01_20,
    prices=price_cards.GPT_REALTIME,
    benchmarks=benchmarks.GPT_REALTIME,
)
_GPT_REALTIME_MINI = Model(
    id="gpt-realtime-mini",
    capabilities=_NON_REASONING,
    life_cycle=_MINI_UNTIL_2027_01_20,
    prices=price_cards.GPT_REALTIME_MINI,
)
_GPT_4O_REALTIME_PREVIEW = Model(
    id="gpt-4o-realtime-preview",
    capabilities=_PREVIEW,
    dialect=DialectName.BETA,
    life_cycle=_UNTIL_2026_05_07,
    default_voice=PREVIEW_VOICES[0],
    voices=PREVIEW_VOICES,
    prices=price_cards.GPT_4O_REALTIME_PREVIEW,
)
_GPT_4O_MINI_REALTIME_PREVIEW = replace(
    _GPT_4O_REALTIME_PREVIEW,
    id="gpt-4o-mini-realtime-preview",
    capabilities=_MINI_PREVIEW,
    life_cycle=replace(_UNTIL_2026_05_07, replacement="gpt-realtime-mini"),
    prices=price_cards.GPT_4O_MINI_REALTIME_PREVIEW,
    benchmarks=benchmarks.GPT_4O_MINI_REALTIME_PREVIEW,
)

KNOWN_MODELS: tuple[Model, ...] = (
    Model(
        id="gpt-realtime-2.1",
        capabilities=_REASONING,
        prices=price_cards.GPT_REALTIME_2_1,
        residency_surcharge=True,
    ),
    Model(
        id="gpt-realtime-2.1-mini",
        capabilities=_REASONING,
        prices=price_cards.GPT_REALTIME_2_1_MINI,
        residency_surcharge=True,
    ),
    Model(
        id="gpt-realtime-2",
        capabilities=_REASONING,
        prices=price_cards.GPT_REALTIME_2,
        residency_surcharge=True,
        benchmarks=benchmarks.GPT_REALTIME_2,
    ),
    Model(
        id="gpt-realtime-1.5",
        capabilities=_NON_REASONING,
        prices=price_cards.GPT_REALTIME_1_5,
        benchmarks=benchmarks.GPT_REALTIME_1_5,
    ),
    _GPT_REALTIME,
    replace(_GPT_REALTIME, id="gpt-realtime-2025-08-28"),
    _GPT_REALTIME_MINI,
    replace(_GPT_REALTIME_MINI, id="gpt-realtime-mini-2025-12-15"),
    replace(
        _GPT_REALTIME_MINI,
        id="gpt-realtime-mini-2025-10-06",
        # No date was published. On this day the listing of models no longer had it.
        life_cycle=LifeCycle(
            shutdown_date=date(2026, 8, 26),
            replacement="gpt-realtime-2.1-mini",
            source="listing of models as a public client's log has it",
            confirmed=False,
        ),
        benchmarks=benchmarks.GPT_REALTIME_MINI_2025_10_06,
    ),
    _GPT_4O_REALTIME_PREVIEW,
    replace(
        _GPT_4O_REALTIME_PREVIEW,
        id="gpt-4o-realtime-preview-2025-06-03",
        benchmarks=benchmarks.GPT_4O_REALTIME_PREVIEW_2025_06_03,
    ),
    replace(
        _GPT_4O_REALTIME_PREVIEW,
        id="gpt-4o-realtime-preview-2024-12-17",
        benchmarks=benchmarks.GPT_4O_REALTIME_PREVIEW_2024_12_17,
    ),
    replace(
        _GPT_4O_REALTIME_PREVIEW,
        id="gpt-4o-realtime-preview-2024-10-01",
        prices=price_cards.GPT_4O_REALTIME_PREVIEW_2024_10_01,
    ),
    _GPT_4O_MINI_REALTIME_PREVIEW,
    replace(
        _GPT_4O_MINI_REALTIME_PREVIEW,
        id="gpt-4o-mini-realtime-preview-2024-12-17",
        life_cycle=LifeCycle(
            shutdown_date=date(2026, 7, 23),
            replacement="gpt-realtime-mini",
            source="comment in a public client's source",
            confirmed=False,
        ),
    ),
)
