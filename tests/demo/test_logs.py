"""After a failure only the lines that explain it are shown."""

from demo.logs import what_matters

LOG = """\
2026-11-22 10:00:00.000+00:00 WARNING (MainThread) [homeassistant.bootstrap] Skipping pip installation of modules
2026-11-22 10:00:01.000+00:00 ERROR (ImportExecutor_0) [homeassistant.components.camera.img_util] Error loading libturbojpeg
Traceback (most recent call last):
RuntimeError: Unable to locate turbojpeg library
2026-11-22 10:00:02.000+00:00 INFO (MainThread) [homeassistant.core] Something that nobody asked for
2026-11-22 10:00:03.000+00:00 DEBUG (MainThread) [custom_components.realtime_assist.session] -> session.update
2026-11-22 10:00:04.000+00:00 ERROR (MainThread) [homeassistant.config_entries] Error setting up entry
Traceback (most recent call last):
  File "tts.py", line 1, in <module>
    from here import there
    ^^^^^^^^^~~~~~
ImportError: no there
2026-11-22 10:00:05.000+00:00 DEBUG (MainThread) [homeassistant.core] The end
"""


def test_our_records_and_errors_stay_and_noise_goes() -> None:
    kept = what_matters(LOG)
    assert [line.split(" ")[-1] for line in kept] == ["session.update", "entry", "last):", "<module>", "there", "there"]


def test_only_the_end_is_kept() -> None:
    assert what_matters(LOG, 1) == ["ImportError: no there"]


def test_a_log_without_records_is_shown_as_it_is() -> None:
    assert what_matters("python: can't open file\n") == ["python: can't open file"]
