"""How well the models did in published tests, and which figures may stand side by side."""

from dataclasses import dataclass
from typing import Final

BIG_BENCH_AUDIO: Final = "Big Bench Audio"
# The set of 2025 and the one of 2026 are not shown to be the same, so they are two tests here.
MULTI_CHALLENGE_2025: Final = "MultiChallenge audio (2025)"
AUDIO_MULTI_CHALLENGE_2026: Final = "Audio MultiChallenge (2026)"
COMPLEX_FUNC_BENCH_AUDIO: Final = "ComplexFuncBench Audio"
SPEECH_TO_SPEECH_INDEX: Final = "Speech to Speech Index"
INSTRUCTION_RETENTION: Final = "Instruction retention"

OPENAI: Final = "OpenAI"
ARTIFICIAL_ANALYSIS: Final = "Artificial Analysis"
SCALE_AI: Final = "Scale AI"

_GPT_REALTIME_POST = "https://openai.com/index/introducing-gpt-realtime/"
_GPT_REALTIME_2_NEWS = "https://docsdigest.com/en/technologies/openai-news/posts/549?provider=openai"
_AA_BIG_BENCH = "https://blog.strategicmachines.ai/blog/legacy/2026-05-09-voicewarsredux/document"
_AA_INDEX = "https://alphasignal.ai/news/artificial-analysis-ranks-every-voice-ai-model-into-one-score"
_SCALE = "https://agentwiki.org/_export/xhtml/gpt_realtime_2_vs_gpt_realtime_1_5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One published figure. `score` is in percent, or points out of a hundred for an index.

    `effort` is the reasoning effort that it was measured at; None where the model has none or the source says nothing.
    `confirmed` is False where the publisher's own words were not seen and no second source repeats them.
    """

    test: str
    score: float
    publisher: str
    source: str
    effort: str | None = None
    confirmed: bool = True


type Figures = tuple[Benchmark, ...]


def _openai(test: str, score: float, source: str, effort: str | None = None, *, confirmed: bool = True) -> Benchmark:
    """Return a figure of OpenAI's own."""
    return Benchmark(test=test, score=score, publisher=OPENAI, source=source, effort=effort, confirmed=confirmed)


def _artificial_analysis(test: str, score: float, source: str, effort: str | None = None) -> Benchmark:
    """Return a figure of Artificial Analysis, which is known from reports only."""
    return Benchmark(
        test=test, score=score, publisher=ARTIFICIAL_ANALYSIS, source=source, effort=effort, confirmed=False
    )


def _scale(score: float) -> Benchmark:
    """Return a figure of Scale AI, which is known from a report only."""
    return Benchmark(test=INSTRUCTION_RETENTION, score=score, publisher=SCALE_AI, source=_SCALE, confirmed=False)


GPT_REALTIME_2: Figures = (
    _openai(BIG_BENCH_AUDIO, 96.6, _GPT_REALTIME_2_NEWS, "high"),
    _openai(AUDIO_MULTI_CHALLENGE_2026, 48.5, _GPT_REALTIME_2_NEWS, "xhigh"),
    _artificial_analysis(BIG_BENCH_AUDIO, 96.6, _AA_BIG_BENCH, "high"),
    _artificial_analysis(BIG_BENCH_AUDIO, 71.8, _AA_BIG_BENCH, "minimal"),
    _artificial_analysis(SPEECH_TO_SPEECH_INDEX, 77.2, _AA_INDEX, "high"),
    _scale(70.8),
)
GPT_REALTIME_1_5: Figures = (
    _openai(BIG_BENCH_AUDIO, 81.4, _GPT_REALTIME_2_NEWS),
    _openai(AUDIO_MULTI_CHALLENGE_2026, 34.7, _GPT_REALTIME_2_NEWS),
    _artificial_analysis(BIG_BENCH_AUDIO, 81.4, _AA_BIG_BENCH),
    _artificial_analysis(SPEECH_TO_SPEECH_INDEX, 72.0, _AA_INDEX),
    _scale(36.7),
)
GPT_REALTIME: Figures = (
    _openai(BIG_BENCH_AUDIO, 82.8, _GPT_REALTIME_POST, confirmed=False),
    _openai(MULTI_CHALLENGE_2025, 30.5, _GPT_REALTIME_POST),
    _openai(COMPLEX_FUNC_BENCH_AUDIO, 66.5, _GPT_REALTIME_POST),
    _artificial_analysis(BIG_BENCH_AUDIO, 83.3, _AA_BIG_BENCH),
)
GPT_REALTIME_MINI_2025_10_06: Figures = (_artificial_analysis(BIG_BENCH_AUDIO, 63.6, _AA_BIG_BENCH),)
GPT_4O_REALTIME_PREVIEW_2024_12_17: Figures = (
    _openai(BIG_BENCH_AUDIO, 65.6, _GPT_REALTIME_POST, confirmed=False),
    _openai(MULTI_CHALLENGE_2025, 20.6, _GPT_REALTIME_POST),
    _openai(COMPLEX_FUNC_BENCH_AUDIO, 49.7, _GPT_REALTIME_POST),
)
GPT_4O_REALTIME_PREVIEW_2025_06_03: Figures = (
    _openai(MULTI_CHALLENGE_2025, 26.5, _GPT_REALTIME_POST),
    _openai(COMPLEX_FUNC_BENCH_AUDIO, 58.9, _GPT_REALTIME_POST),
)
GPT_4O_MINI_REALTIME_PREVIEW: Figures = (_artificial_analysis(BIG_BENCH_AUDIO, 68.9, _AA_BIG_BENCH),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """What two models achieved in the same test of the same publisher; an empty side is "not published"."""

    test: str
    publisher: str
    first: Figures
    second: Figures


def side_by_side(first: Figures, second: Figures) -> tuple[SideBySide, ...]:
    """Return both models' figures, test by test; figures of differently named tests never share a row."""
    tests = dict.fromkeys((figure.test, figure.publisher) for figure in (*first, *second))
    return tuple(
        SideBySide(
            test=test, publisher=publisher, first=_of(first, test, publisher), second=_of(second, test, publisher)
        )
        for test, publisher in tests
    )


def _of(figures: Figures, test: str, publisher: str) -> Figures:
    """Return the figures of one publisher's test."""
    return tuple(figure for figure in figures if (figure.test, figure.publisher) == (test, publisher))
