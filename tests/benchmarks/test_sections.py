"""A benchmark writes its own section of the page and nothing else."""

from pathlib import Path

import pytest

from benchmarks.sections import PAGE, Section, points
from demo.processes import DemoError

SECTION = Section(name="speed", command="scripts/benchmark speed")


def test_only_the_part_between_the_markers_is_written_anew(tmp_path: Path):
    page = tmp_path / PAGE
    page.write_text(f"# Head\n\n{SECTION.marked(['old'])}\n\n## Next\n")

    SECTION.write(tmp_path, SECTION.marked(["new"]), {"speed.svg": "<svg/>"})

    written = "<!-- speed: written by scripts/benchmark speed -->\n\nnew\n\n<!-- speed: end -->"
    assert page.read_text() == f"# Head\n\n{written}\n\n## Next\n"
    assert (tmp_path / "performance" / "speed.svg").read_text() == "<svg/>"


def test_a_page_without_the_markers_is_left_alone(tmp_path: Path):
    page = tmp_path / PAGE
    page.write_text("# Head\n")

    with pytest.raises(DemoError, match="must have the lines"):
        SECTION.write(tmp_path, SECTION.marked(["new"]), {"speed.svg": "<svg/>"})
    assert page.read_text() == "# Head\n"
    with pytest.raises(DemoError, match="cannot be written"):
        SECTION.write(tmp_path / "nowhere", SECTION.marked(["new"]), {})


def test_each_paragraph_is_a_point_with_its_values():
    assert list(points("\nTakes {time} ms,\nor more.\n\nThe end.\n", time=3)) == [
        "- Takes 3 ms, or more.",
        "- The end.",
    ]
