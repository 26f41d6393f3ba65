"""A bill is worked out of what the wire says, its parts add up to it, and the documents hold what is measured."""

import asyncio
from decimal import Decimal
from pathlib import Path
import re
import sys
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks.cost import documents
from benchmarks.cost.__main__ import models, parse
from benchmarks.cost.bill import Bill, Tokens, response_bill, together, transcription_bill
from benchmarks.cost.commands import BY_SENTENCE, COMMANDS
from benchmarks.cost.counting import Counting
from benchmarks.cost.engine import BRIEFLY, CommandEngine
from benchmarks.cost.furniture import exposed
from benchmarks.cost.measuring import Measured, Prompt
from benchmarks.cost.page import SECTION, picture, section, worked_table
from benchmarks.cost.results import Results, cents, parts
from benchmarks.cost.variations import TRUNCATIONS, VARIATIONS
from benchmarks.sections import DOCS, PAGE
from demo.home_assistant import REPOSITORY
from demo.processes import DemoError
from local_server.engine import Situation
from tests.versions import IS_OLDEST

MINI = "gpt-realtime-2.1-mini"
PROMPT = Prompt(exposed=50, instructions=300, entities=900, tools=2800, num_tools=28)


def usage(*, text: int, audio: int, cached: tuple[int, int], written: tuple[int, int]) -> dict[str, Any]:
    details = {"text_tokens": cached[0], "audio_tokens": cached[1]}
    return {
        "input_token_details": {"text_tokens": text, "audio_tokens": audio, "cached_tokens_details": details},
        "output_token_details": {"text_tokens": written[0], "audio_tokens": written[1]},
    }


def fresh_bill() -> Bill:
    """Return a command's bill: a call, and an answer that reads the prompt out of the cache."""
    called = response_bill("gpt-realtime-2.1", usage(text=4000, audio=30, cached=(0, 0), written=(30, 0)))
    answered = response_bill("gpt-realtime-2.1", usage(text=4130, audio=30, cached=(3968, 0), written=(20, 80)))
    return called + answered + transcription_bill("gpt-transcribe", {"type": "duration", "seconds": 3})


def warm_bill() -> Bill:
    """Return the bill of a later one."""
    answered = response_bill("gpt-realtime-2.1", usage(text=4300, audio=140, cached=(4250, 110), written=(20, 80)))
    return answered + answered + transcription_bill("gpt-transcribe", {"type": "duration", "seconds": 3})


def results() -> Results:
    measured = Measured(fresh=[fresh_bill()] * len(COMMANDS), warm=[warm_bill()] * len(COMMANDS))
    return Results(
        models={"gpt-realtime-2.1": measured, MINI: measured, "gpt-realtime-1.5": measured},
        houses=[(PROMPT, measured)],
        variations=[(VARIATIONS[0], Measured(fresh=measured.warm, warm=measured.warm)), (VARIATIONS[-1], measured)],
        conversations=[(TRUNCATIONS[0], [warm_bill()] * 40)],
    )


def test_a_response_costs_each_kind_of_token_at_its_own_price_and_cached_ones_once() -> None:
    bill = response_bill("gpt-realtime-2.1", usage(text=1000, audio=100, cached=(640, 50), written=(20, 80)))
    assert bill.tokens == Tokens(text_in=360, audio_in=50, text_cached=640, audio_cached=50, text_out=20, audio_out=80)
    # 360 x 4.00; 50 x 32.00; 640 x 0.40; 50 x 0.40; 20 x 24.00; 80 x 64.00.
    assert bill.total == Decimal("0.008916")
    assert bill.tokens.cached_share == pytest.approx(690 / 1100)


def test_a_transcription_costs_its_seconds_or_its_tokens() -> None:
    by_time = transcription_bill("gpt-transcribe", {"type": "duration", "seconds": 4})
    assert by_time.total == Decimal("0.0003")
    tokens = {"type": "tokens", "input_token_details": {"audio_tokens": 30}, "output_tokens": 8}
    assert transcription_bill("gpt-4o-mini-transcribe", tokens).total == Decimal("0.0000775")


def test_what_the_server_tells_is_on_the_bill_until_it_is_taken() -> None:
    counting = Counting()
    audio = {"input": {"transcription": {"model": "gpt-transcribe"}}}
    session = {"model": MINI, "instructions": "Be brief.", "tools": [{"name": "look"}], "audio": audio}
    counting.observe({"type": "session.updated", "session": session})
    counting.observe({"type": "response.created"})
    assert counting.running == 1
    said = usage(text=100, audio=0, cached=(0, 0), written=(10, 0))
    counting.observe({"type": "response.done", "response": {"usage": said}})
    heard = {"type": "duration", "seconds": 2}
    counting.observe({"type": "conversation.item.input_audio_transcription.completed", "usage": heard})
    assert (counting.running, counting.instructions, counting.tools) == (0, "Be brief.", [{"name": "look"}])
    assert counting.take().total == Decimal("0.000084") + Decimal("0.00015")
    assert counting.take() == Bill()


def test_the_parts_of_a_command_add_up_to_it() -> None:
    found = results()
    assert sum(part.fresh for part in parts(found)) == pytest.approx(cents(found.recommended.fresh))
    assert sum(part.warm for part in parts(found)) == pytest.approx(cents(found.recommended.warm))
    assert all(part.fresh >= 0 and part.warm >= 0 for part in parts(found))


def test_a_smaller_house_exposes_the_first_of_a_bigger_one() -> None:
    assert len(exposed(10)) == 10
    assert exposed(200)[:50] == exposed(50)
    with pytest.raises(ValueError, match="10 to 206"):
        exposed(9)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.title)
async def test_the_model_calls_its_tool_once_and_answers(command: Any) -> None:
    engine = CommandEngine()
    heard = {"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": command.sentence}]}
    called = [
        {"type": "function_call", "call_id": "c", "name": "any", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "{}"},
    ]
    first = await engine.decide(Situation(instructions="", tools=[], items=[heard]))
    last = await engine.decide(Situation(instructions="", tools=[], items=[heard, *called]))
    brief = await engine.decide(Situation(instructions=BRIEFLY, tools=[], items=[heard, *called]))
    assert first.calls == (() if command.call is None else (command.call,))
    assert (last.text, brief.text) == (command.answer, command.brief)
    assert len(brief.text) < len(last.text)
    assert command.recording.exists()
    assert BY_SENTENCE[command.sentence] is command


async def test_the_model_reads_aloud_what_it_is_told_to() -> None:
    said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Say exactly: Dinner!"}]}
    assert (await CommandEngine().decide(Situation(instructions="", tools=[], items=[said]))).text == "Dinner!"


def test_every_model_that_answers_today_is_measured_once() -> None:
    assert models() == (
        "gpt-realtime-2.1",
        MINI,
        "gpt-realtime-2",
        "gpt-realtime-1.5",
        "gpt-realtime",
        "gpt-realtime-mini",
    )


def test_the_page_says_what_was_measured_and_how(tmp_path: Path) -> None:
    (tmp_path / PAGE).write_text(f"# Performance\n\n{SECTION.begin}\nold\n{SECTION.end}\n")
    SECTION.write(tmp_path, section(results(), 861), {"cost.svg": picture(results())})
    page = (tmp_path / PAGE).read_text()
    assert "old" not in page
    assert all(command.title in page for command in COMMANDS)
    assert f"{VARIATIONS[0].title} | {cents([warm_bill()]):.3f} | " in page
    assert f"neither dearer nor cheaper: {VARIATIONS[-1].title}" in page
    assert "861 commands, no difference" in " ".join(page.split())
    assert ET.fromstring((tmp_path / "performance" / "cost.svg").read_text()).tag.endswith("svg")


def test_a_bill_line_by_line_adds_up() -> None:
    table = worked_table(fresh_bill())
    found = re.findall(r"\| \**([\d,.]+)\** \|$", table, re.MULTILINE)
    *amounts, total = [Decimal(amount.replace(",", "")) for amount in found]
    assert sum(amounts) == total == fresh_bill().total * 1_000_000


def test_a_document_without_the_marks_is_refused() -> None:
    assert documents.filled("a <!-- x -->b<!-- /x --> c", "x", "T") == "a <!-- x -->\n\nT\n\n<!-- /x --> c"
    with pytest.raises(DemoError, match="no place for x"):
        documents.filled("a", "x", "T")


def test_a_model_alone_is_printed_and_nothing_written() -> None:
    assert parse([]).docs == DOCS
    assert parse(["--only", MINI]).only == MINI


def test_the_documents_hold_the_same_figures_as_the_page() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| ([\d.]+) \|[^|]*\|[^|]*\| ([\d.]+) \|$", _page(), re.MULTILINE)
    measured = {name: (Decimal(fresh) / 100, Decimal(warm) / 100) for name, fresh, warm in rows}
    for path in documents.DOCUMENTS:
        table = path.read_text().partition("<!-- command-cost -->")[2].partition("<!-- /command-cost -->")[0]
        shown = re.findall(r"^\| `([^`]+)` \| \$([\d.]+) \| \$([\d.]+) \|", table, re.MULTILINE)
        assert [name for name, *_ in shown] == list(documents.SHOWN)
        for name, fresh, warm in shown:
            # The page has thousandths of a cent, the documents hundredths.
            assert (Decimal(fresh), Decimal(warm)) == pytest.approx(measured[name], abs=Decimal("0.00006"))


@pytest.mark.skipif(IS_OLDEST, reason="The documents' costs are measured on the newest Home Assistant")
async def test_a_model_measured_anew_costs_what_the_documents_say() -> None:
    """In a Home Assistant of its own; where it does not, `scripts/benchmark cost` writes the documents anew."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.cost", "--only", MINI),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    row = printed.decode().splitlines()[-1]
    assert row.startswith(f"| `{MINI}` |")
    assert row in (REPOSITORY / "README.md").read_text()


def _page() -> str:
    page = (DOCS / PAGE).read_text()
    return page.partition(SECTION.begin)[2].partition(SECTION.end)[0].partition("### By model")[2].partition("###")[0]


def test_bills_are_added_kind_by_kind() -> None:
    both = together([fresh_bill(), warm_bill()])
    assert both.responses == 4
    assert both.total == fresh_bill().total + warm_bill().total
