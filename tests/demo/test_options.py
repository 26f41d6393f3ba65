"""The command line says what is said to the house."""

from pathlib import Path

import pytest

from demo.__main__ import Options, parse


def test_without_options_the_recorded_commands_are_spoken() -> None:
    assert parse([]).speaks_commands
    assert parse(["--keep"]).speaks_commands
    assert not parse(["--text", "hello"]).speaks_commands


def test_sound_files_are_looked_for_where_the_script_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hello.wav").touch()
    monkeypatch.setenv("DEMO_CALLED_FROM", str(tmp_path))
    assert parse(["--wav", "hello.wav", "--text", "a", "--text", "b"]) == Options(
        texts=("a", "b"), sounds=(tmp_path / "hello.wav",)
    )


def test_a_sound_file_that_is_not_there_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["--wav", "nowhere.wav"])
    assert "there is no file nowhere.wav" in capsys.readouterr().err


def test_story_is_told_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["--story", "fallback"]).story == "fallback"
    with pytest.raises(SystemExit, match="2"):
        parse(["--story", "fallback", "--keep"])
    assert "--story and --satellite go with no other option" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        parse(["--story", "cinderella"])
    assert "invalid choice" in capsys.readouterr().err


def test_satellite_speaks_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["--satellite"]).story == "satellite"
    with pytest.raises(SystemExit, match="2"):
        parse(["--satellite", "--text", "hello"])
    assert "--story and --satellite go with no other option" in capsys.readouterr().err
