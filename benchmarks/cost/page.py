"""What do the figures say, and how were they come by? The costs' section of `docs/performance.md`, and its picture."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from benchmarks.charts import Bar, BarPanel, bars
from benchmarks.cost.bill import CENTS, Bill, together
from benchmarks.cost.commands import COMMANDS
from benchmarks.cost.measuring import TYPICAL, Measured
from benchmarks.cost.results import Results, cents, parts
from benchmarks.sections import Section, picture_link, points, wrapped
from custom_components.realtime_assist.realtime.catalog import DEFAULT_MODEL, model

COMMAND = "scripts/benchmark cost"
SECTION = Section(name="cost", command=COMMAND)
PLOT = "cost.svg"
DAYS = 30
COMMANDS_A_DAY = 30
_FEWEST_CENTS = Decimal("0.0005")
"""What is less than this is no saving."""

_METHOD = """
A real Home Assistant with one agent as it is recommended, at the local server. Ten recordings are spoken through its
pipeline, its own voice activity detection finds their end, its own tools do what is asked and return what they return. Only
which tool is called and what is said is fixed (`benchmarks/cost/commands.py`).

*Fresh*: each command in a new conversation. *Warm*: all of them in one that has begun with another. What is in the cache
is not in *text in* and *sound in* again. A cent is one of a US dollar.

Tokens are counted by the local server's rules: a quarter of the characters of a text, 10 a second of speech that is heard
and 20 a second of speech that is made (60 ms for a character), the unchanged beginning out of the cache in steps of 64
tokens. A real server's tokens of text differ from that. Thoughts of models that reason are not counted: they are written
text, and depend on the model and on *Thinking effort*.

Each model answers itself here, with what its capabilities have it sent. Prices are those of the catalog: {sources}, read
{read}. Dated snapshots cost what the model of their name does; models that are gone are left out.

All sums are worked out of the usage on the wire and the published prices, without the integration's own arithmetic. The
agent's own exact sum was compared with them after each command, and its sensor *Cost total* with that: {compared:,}
commands, no difference.

The figures are the same on every machine. To repeat: `{command}`.
"""

_TAKEN_BACK = """
An eager answer that is taken back, as Home Assistant has carried the command out, is paid for as far as it has come. Here
the model takes two seconds and has only read by then; what it says in the meantime would come on top. Where the satellite
stands in the room of what is switched, Home Assistant plays a sound of its own and nothing is read aloud.
""".strip()


def section(results: Results, compared: int) -> str:
    """Return the section, in between its markers."""
    lines = (
        wrapped(f"{_date(results)} A typical house exposes {TYPICAL} entities; the agent is as recommended."),
        "",
        picture_link(PLOT, "Bars of what a command costs on each model, in each house and by its parts"),
        *_models(results),
        *_commands("Each command in a new conversation", results.recommended.fresh),
        *_commands("The same ten in one conversation", results.recommended.warm),
        *_parts(results),
        *_houses(results),
        *_options(results),
        *_conversations(results),
        "",
        *_method(results, compared),
    )
    return SECTION.marked(lines)


def command_table(models: Sequence[tuple[str, Measured]]) -> str:
    """Return what a command costs on each of some models, in dollars, as other documents have it."""
    head = (
        f"| model | first command of a conversation | the next ones | {COMMANDS_A_DAY} first ones a day, {DAYS} days |",
        "| --- | ---: | ---: | ---: |",
    )
    rows = (
        f"| `{name}` | ${cents(measured.fresh) / CENTS:.4f} | ${cents(measured.warm) / CENTS:.4f} "
        f"| ${cents(measured.fresh) / CENTS * COMMANDS_A_DAY * DAYS:.2f} |"
        for name, measured in models
    )
    return "\n".join((*head, *rows))


def worked_table(bill: Bill) -> str:
    """Return one command's bill on the recommended model, line by line, in millionths of a dollar."""
    card, used = model(DEFAULT_MODEL).prices, bill.tokens
    rows = (
        ("instructions, tools, the call and its result", used.text_in, "text in", card.text.input),
        ("the same again, out of the cache", used.text_cached, "text in, cached", card.text.cached),
        ("the speech, for each of the two", used.audio_in, "sound in", card.audio.input),
        ("the call and the answer's words", used.text_out, "text out", card.text.output),
        ("the answer's sound", used.audio_out, "sound out", card.audio.output),
    )
    lines = ["| | tokens | price of a million | |", "| --- | --- | ---: | ---: |"]
    lines += [
        f"| {title} | {tokens:,} {kind} | {price:.2f} | {tokens * (price or 0):,.1f} |"
        for title, tokens, kind, price in rows
    ]
    lines.append(f"| the transcription | by the minute | | {bill.transcription * 1_000_000:,.1f} |")
    lines.append(f"| **together** | | | **{bill.total * 1_000_000:,.1f}** |")
    return "\n".join(lines)


def picture(results: Results) -> str:
    """Return the bars."""
    return bars(
        [
            _panel("one command, cents: new conversation", [(n, m.fresh) for n, m in results.models.items()]),
            _panel("one command, cents: in a conversation", [(n, m.warm) for n, m in results.models.items()]),
            _panel("new conversation, entities exposed", [(str(p.exposed), m.fresh) for p, m in results.houses]),
            _panel("in a conversation, entities exposed", [(str(p.exposed), m.warm) for p, m in results.houses]),
            _part_panel("new conversation, parts of a command", [(each.title, each.fresh) for each in parts(results)]),
            _part_panel("in a conversation, parts of a command", [(each.title, each.warm) for each in parts(results)]),
        ]
    )


def _panel(title: str, rows: Sequence[tuple[str, Sequence[Bill]]]) -> BarPanel:
    return BarPanel(
        title=title,
        bars=[
            Bar(
                label=name,
                value=float(cents(bills)),
                figure=f"{cents(bills):.2f}",
                own=name in {DEFAULT_MODEL, str(TYPICAL)},
            )
            for name, bills in rows
        ],
    )


def _part_panel(title: str, rows: Sequence[tuple[str, Decimal]]) -> BarPanel:
    return BarPanel(
        title=f"{title}, cents",
        bars=[Bar(label=name.partition(",")[0], value=float(part), figure=f"{part:.2f}") for name, part in rows],
    )


def _date(results: Results) -> str:
    read = {str(model(name).prices.as_of) for name in results.models}
    return f"Prices of {', '.join(sorted(read))}."


def _heading(title: str, *paragraphs: str) -> Iterable[str]:
    yield from ("", f"### {title}", "")
    for paragraph in paragraphs:
        yield from (wrapped(paragraph), "")


def _models(results: Results) -> Iterable[str]:
    yield from _heading("By model", "One of the ten commands on average.")
    yield "| model | fresh: tokens read | cached | tokens written | cents | warm: tokens read | cached | cents |"
    yield "| --- |" + " ---: |" * 7
    for name, measured in results.models.items():
        fresh, warm, count = together(measured.fresh), together(measured.warm), len(COMMANDS)
        yield (
            f"| `{name}` | {fresh.tokens.read / count:,.0f} | {_share(fresh)} | {_written(fresh) / count:.0f} "
            f"| {cents(measured.fresh):.3f} | {warm.tokens.read / count:,.0f} | {_share(warm)} | {cents(measured.warm):.3f} |"
        )


def _commands(title: str, bills: Sequence[Bill]) -> Iterable[str]:
    yield from _heading(title, f"On `{DEFAULT_MODEL}`; other models use the same tokens.")
    yield "| command | text in | sound in | cached | cached share | text out | sound out | cents |"
    yield "| --- |" + " ---: |" * 7
    for name, bill in zip((command.title for command in COMMANDS), bills, strict=True):
        yield _bill_row(name, bill, 1)
    yield _bill_row("**on average**", together(bills), len(bills))


def _bill_row(name: str, bill: Bill, count: int) -> str:
    used = bill.tokens
    cached = used.text_cached + used.audio_cached
    figures = (used.text_in, used.audio_in, cached)
    read = " | ".join(f"{figure / count:,.0f}" for figure in figures)
    written = f"{used.text_out / count:,.0f} | {used.audio_out / count:,.0f}"
    return f"| {name} | {read} | {_share(bill)} | {written} | {bill.total * CENTS / count:.3f} |"


def _parts(results: Results) -> Iterable[str]:
    yield from _heading("What a command is made of", f"On `{DEFAULT_MODEL}`, cents of one command on average.")
    yield "| part | fresh | share | warm | share |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    fresh, warm = cents(results.recommended.fresh), cents(results.recommended.warm)
    for part in parts(results):
        shares = _percent(part.fresh / fresh), _percent(part.warm / warm)
        yield f"| {part.title} | {part.fresh:.3f} | {shares[0]} | {part.warm:.3f} | {shares[1]} |"
    yield f"| **together** | {fresh:.3f} | | {warm:.3f} | |"


def _houses(results: Results) -> Iterable[str]:
    yield from _heading(
        "By what is exposed", f"On `{DEFAULT_MODEL}`. The tools depend on the kinds of what is exposed."
    )
    yield "| entities | instructions | what is in the house | tools | all tokens | cents, fresh | cents, warm |"
    yield f"|{' ---: |' * 7}"
    for prompt, measured in results.houses:
        yield (
            f"| {prompt.exposed} | {prompt.instructions:,} | {prompt.entities:,} | {prompt.tools:,} | {prompt.total:,} "
            f"| {cents(measured.fresh):.3f} | {cents(measured.warm):.3f} |"
        )


def _options(results: Results) -> Iterable[str]:
    yield from _heading(
        "What options save",
        f"Beside what is recommended, on `{DEFAULT_MODEL}`: cents of one command on average, and how much less that is.",
    )
    yield "| option | fresh | saved | warm | saved |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    base = results.recommended
    free: list[str] = []
    for variation, measured in results.variations:
        less = [cents(base.fresh) - cents(measured.fresh), cents(base.warm) - cents(measured.warm)]
        if all(abs(saved) < _FEWEST_CENTS for saved in less):
            free.append(variation.title)
            continue
        yield (
            f"| {variation.title} | {cents(measured.fresh):.3f} | {_percent(less[0] / cents(base.fresh), 1)} "
            f"| {cents(measured.warm):.3f} | {_percent(less[1] / cents(base.warm), 1)} |"
        )
    yield ""
    yield wrapped(f"Tried as well, and neither dearer nor cheaper: {', '.join(free)}.")
    yield ""
    yield wrapped(" ".join(_TAKEN_BACK.split()))


def _conversations(results: Results) -> Iterable[str]:
    count = len(results.conversations[0][1])
    yield from _heading(
        "Long conversations",
        f"{count} commands in one conversation, the ten again and again, with limits for the tokens after the prompt. "
        "Cents of one command on average.",
    )
    yield "| limit | first ten | last ten | all | cached share |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for truncated, bills in results.conversations:
        ten = len(COMMANDS)
        yield (
            f"| {truncated.title} | {cents(bills[:ten]):.3f} | {cents(bills[-ten:]):.3f} | {cents(bills):.3f} "
            f"| {_share(together(bills))} |"
        )


def _method(results: Results, compared: int) -> Iterable[str]:
    cards = [model(name).prices for name in results.models]
    pages = sorted({(card.source or "").rpartition("/")[0] for card in cards})
    read = ", ".join(sorted({str(card.as_of) for card in cards}))
    sources = ", ".join(f"<{page}>" for page in pages)
    return points(_METHOD, sources=sources, read=read, compared=compared, command=COMMAND)


def _share(bill: Bill) -> str:
    return _percent(bill.tokens.cached_share)


def _percent(share: float | Decimal, digits: int = 0) -> str:
    return f"{share * 100:.{digits}f} %"


def _written(bill: Bill) -> int:
    return bill.tokens.text_out + bill.tokens.audio_out
