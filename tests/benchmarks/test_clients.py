"""The clients' benchmark measures what it says, and its page and picture show what was measured."""

from collections.abc import Iterator
from pathlib import Path
import ssl
from xml.etree import ElementTree as ET

import pytest

from benchmarks.clients.certificates import AUTHORITIES, make_certificates, server_context
from benchmarks.clients.check import LIMITS, exceeded, ratios
from benchmarks.clients.environments import CONTESTANTS, FLOOR, OURS, Contestant
from benchmarks.clients.measures import COLUMNS, Measure
from benchmarks.clients.page import section
from benchmarks.clients.plot import plot
from benchmarks.clients.results import Result, figure
from benchmarks.clients.rounds import Samples, Size, arena
from benchmarks.clients.stages import EXPLAINED, Stage
from benchmarks.clients.stamps import sent_at, stamped
from benchmarks.machine import Facts, Machine

SMALL = Size(sessions=2, latencies=3, audio_s=1.0, talk_s=0.2, floods=2, flood_s=5.0)
FACTS = Facts(
    date="2026-11-22",
    machine=Machine(processor="A processor", cores=2, system="Linux 6", python="3.14.2", commit="abc"),
    load="0.1 before and 0.2 after",
)


def result(contestant: Contestant, value: float) -> Result:
    made = Result(contestant=contestant)
    made.add({measure: [value] for measure in Measure})
    return made


@pytest.mark.parametrize("contestant", [FLOOR, OURS], ids=lambda contestant: contestant.driver)
async def test_a_client_is_measured_in_every_column_in_a_process_of_its_own(contestant: Contestant, tmp_path: Path):
    async with arena(tmp_path) as place:
        samples = await place.measure(contestant, SMALL)

    assert set(samples) == set(Measure)
    assert len(samples[Measure.ALONE]) == len(samples[Measure.BURST]) == SMALL.latencies
    assert len(samples[Measure.WS]) == len(samples[Measure.WSS]) == SMALL.sessions
    positive = set(Measure) - {Measure.SESSION, Measure.GROWTH}
    assert all(sample > 0 for measure in positive for sample in samples[measure])


def test_pcm_tells_when_it_was_sent_and_other_pcm_does_not():
    assert sent_at(stamped(123_456_789) + bytes(100)) == 123_456_789
    assert sent_at(bytes(100)) is None


def test_the_server_is_trusted_by_whoever_knows_its_authority(tmp_path: Path):
    make_certificates(tmp_path)
    client = ssl.create_default_context(cafile=str(tmp_path / AUTHORITIES))
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    theirs = server_context(tmp_path).wrap_bio(to_server, to_client, server_side=True)

    for side in _taking_turns(ours, theirs):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert ours.version() == "TLSv1.3"


def _taking_turns(*sides: ssl.SSLObject) -> Iterator[ssl.SSLObject]:
    for _ in range(3):
        yield from sides


def test_a_figure_is_the_median_and_a_sample_that_95_of_100_do_not_exceed():
    found = figure([float(number) for number in range(1, 101)])

    assert (found.median, found.p95, found.count) == (50.5, 95.0, 100)


def test_sessions_per_core_is_a_minute_by_what_one_takes_of_it():
    assert result(OURS, 0.5).sessions_per_core == 120


def test_the_page_names_every_client_and_says_which_marks_are_met():
    written = section([result(FLOOR, 0.1), result(OURS, 0.2)], FACTS, Size())

    assert "A processor, 2 cores, Linux 6, Python 3.14.2, commit abc" in written
    assert all(f"*{column.title}*" in written for column in COLUMNS)
    assert "| first delta, µs | the floor | 0 | 0 | missed |" in written
    assert "| burst, µs | 250 | 0 | 0 | met |" in written
    assert max(map(len, (line for line in written.splitlines() if not line.startswith("|")))) <= 120


@pytest.mark.parametrize("contestant", [FLOOR, OURS], ids=lambda contestant: contestant.driver)
async def test_the_stages_of_an_answer_are_all_of_its_time(contestant: Contestant, tmp_path: Path):
    async with arena(tmp_path) as place:
        found = await place.stages(contestant, SMALL)

    assert set(found) == {Measure.ALONE, Measure.BURST}
    for stages in found.values():
        assert set(stages) == set(Stage)
        assert all(len(samples) == SMALL.latencies for samples in stages.values())
        assert all(sample > 0 for sample in stages[Stage.VALUES])
        assert all(sample > 0 for sample in stages[Stage.LOOP])
        assert all((sample > 0) is (contestant is OURS) for sample in stages[Stage.OWNERS])


def test_the_page_says_where_the_time_of_first_sounds_goes_where_that_was_measured():
    results = [result(FLOOR, 0.1), result(OURS, 0.2)]
    for each in results:
        each.stages = {measure: {stage: [7.0] for stage in Stage} for measure in (Measure.ALONE, Measure.BURST)}
    written = section(results, FACTS, Size())

    assert "| | first delta: floor | first delta: Realtime Assist | burst: floor | burst: Realtime Assist |" in written
    assert all(f"| {explained} | 7 | 7 | 7 | 7 |" in written for explained in EXPLAINED.values())
    assert max(map(len, (line for line in written.splitlines() if not line.startswith("|")))) <= 120


def test_the_picture_has_a_bar_for_each_client_in_each_panel():
    results = [result(contestant, number + 1.0) for number, contestant in enumerate(CONTESTANTS)]
    root = ET.fromstring(plot(results))

    panels = root.findall("{http://www.w3.org/2000/svg}g")
    assert len(panels) == 6
    assert all(len(panel.findall("{http://www.w3.org/2000/svg}rect")) == len(CONTESTANTS) for panel in panels)


def test_the_check_compares_the_best_rounds_and_names_what_has_become_slow():
    floor: Samples = {key: [1.0] for key in LIMITS}
    slow: Samples = {key: [20.0] for key in LIMITS}
    near: Samples = {key: [1.5] for key in LIMITS}

    assert exceeded(ratios([slow, near], [floor, slow])) == []
    worse = {**near, Measure.CPU_IN: [20.0]}
    assert exceeded(ratios([worse, slow], [floor])) == ["CPU in is 20.0 times the floor's, and may be 2.5 times that"]
